package chunker

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"
)

const published Polynomial = 0x3da3358b4dc173

// Restic 0.14 drew the last two.
var polynomials = []Polynomial{published, 0x3efe08e871ab61, 0x3c5abfd734ace9}

// definedFingerprint is H of the format's definition, bit by bit.
func definedFingerprint(w []byte, p Polynomial) (h Polynomial) {
	for _, b := range w {
		h = definedNext(h, b, p)
	}
	return h
}

func definedNext(h Polynomial, b byte, p Polynomial) Polynomial {
	for bit := 7; bit >= 0; bit-- {
		h = h<<1 | Polynomial(b>>bit&1)
		if h>>53 != 0 {
			h ^= p
		}
	}
	return h
}

// definedCuts are the lengths of a file's chunks as the format defines them: one
// lane, one bit after the other. The one liberty is that H loses the byte that
// leaves the window instead of being computed anew.
func definedCuts(data []byte, p Polynomial) (lengths []int) {
	leaving := definedLeaving(p)
	for len(data) > 0 {
		n := definedCut(data, p, leaving)
		lengths = append(lengths, n)
		data = data[n:]
	}
	return lengths
}

func definedLeaving(p Polynomial) *[256]Polynomial {
	var leaving [256]Polynomial
	for v := range leaving {
		leaving[v] = definedFingerprint(append([]byte{byte(v)}, make([]byte, 64)...), p)
	}
	return &leaving
}

func definedCut(data []byte, p Polynomial, leaving *[256]Polynomial) int {
	end, longest := 524288, min(len(data), 8388608)
	if longest <= end {
		return longest
	}
	h := definedFingerprint(data[end-64:end], p)
	for ; h&0xfffff != 0 && end < longest; end++ {
		h = definedNext(h, data[end], p) ^ leaving[data[end-64]]
	}
	return end
}

func cuts(t *Tables, data []byte) (lengths []int) {
	for len(data) > 0 {
		n, ok := t.Cut(data, true)
		if !ok || n == 0 {
			panic("no cut at the end of the file")
		}
		lengths = append(lengths, n)
		data = data[n:]
	}
	return lengths
}

func hashStream(size int) []byte {
	var data []byte
	for i := uint64(0); len(data) < size; i++ {
		sum := sha256.Sum256(binary.LittleEndian.AppendUint64(nil, i))
		data = append(data, sum[:]...)
	}
	return data[:size]
}

func noise(size int, seed byte) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data) // never fails
	return data
}

// plain is data without any cut.
func plain(size int) []byte { return bytes.Repeat([]byte{1}, size) }

// cutWindow is 64 bytes after which there is a cut.
func cutWindow(t *Tables) []byte {
	data := noise(32<<20, 3)
	n, _ := t.search(data)
	return data[n+1 : n+1+window]
}

func TestPublishedFingerprint(t *testing.T) {
	w := bytes.Repeat([]byte("0123456789abcdef"), 4)
	const want = 0x1bbbebf0dd872e
	if got := NewTables(published).fingerprint(w) >> align; got != want {
		t.Errorf("got %x, want %x", got, want)
	}
	if got := definedFingerprint(w, published); got != want {
		t.Errorf("the definition gives %x, want %x", got, want)
	}
}

func TestPublishedCuts(t *testing.T) {
	data := hashStream(16 << 20)
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); got != "01c65c8d6d336a8f1e9acf8bbfe807f7c1d0ec666ff41bc2db9f679849f03c03" {
		t.Fatalf("the data is not that of the vector: %s", got)
	}
	want := []int{
		1015968, 1087132, 693439, 2344058, 903280, 1709091, 1791277,
		1802453, 1190352, 528291, 868679, 1105126, 1738070,
	}
	if got := cuts(NewTables(published), data); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := definedCuts(data, published); !slices.Equal(got, want) {
		t.Errorf("the definition gives %v, want %v", got, want)
	}
}

func TestCutsAreThoseOfTheDefinition(t *testing.T) {
	zeros := make([]byte, 3<<20)
	patched := bytes.Clone(zeros)
	for _, at := range []int{0, 1, MinSize - 64, MinSize - 1, 2 * MinSize, 1900000, len(patched) - 1} {
		patched[at] = 0x80
	}
	tests := []struct {
		name string
		data []byte
	}{
		{"empty", nil},
		{"one byte", []byte{7}},
		{"shorter than the window", noise(63, 1)},
		{"random", noise(6<<20+12345, 1)},
		{"short period", bytes.Repeat([]byte("varve"), 300000)},
		{"period of a window", bytes.Repeat(noise(64, 2), 30000)},
		{"period beyond the minimum", bytes.Repeat(noise(777777, 2), 3)},
		{"zero", zeros},
		{"zero with patches", patched},
		{"noise then zero", append(noise(1<<20, 4), zeros...)},
		{"minimum less one", noise(MinSize-1, 1)},
		{"minimum", noise(MinSize, 1)},
		{"minimum and one", noise(MinSize+1, 1)},
		{"minimum and a stretch", noise(MinSize+len(stretch{})-window-1, 1)},
		{"maximum without a cut", plain(MaxSize + 1000)},
	}
	for _, p := range polynomials {
		tables := NewTables(p)
		for _, tt := range tests {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				if got, want := cuts(tables, tt.data), definedCuts(tt.data, p); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			})
		}
	}
}

// Every place where the code changes from one lane to another, and both ends.
func TestEarliestCutWins(t *testing.T) {
	const last = MinSize + 2*lanes*laneSize
	tests := []struct {
		name string
		ends []int
		want int
	}{
		{"none", nil, MaxSize},
		{"before the minimum", []int{MinSize - 1}, MaxSize},
		{"at the minimum", []int{MinSize}, MinSize},
		{"second position", []int{MinSize + 1}, MinSize + 1},
		{"before and after the minimum", []int{MinSize - 1, last}, last},
		{"later lane sooner", []int{MinSize + laneSize - 1, MinSize + 3*laneSize + 1}, MinSize + laneSize - 1},
		{"later lane alone", []int{MinSize + 4*laneSize + 9}, MinSize + 4*laneSize + 9},
		{"two in a lane", []int{MinSize + laneSize + 100, MinSize + laneSize + 900}, MinSize + laneSize + 100},
		{"end of a stretch", []int{MinSize + lanes*laneSize - 1}, MinSize + lanes*laneSize - 1},
		{"begin of a stretch", []int{MinSize + lanes*laneSize}, MinSize + lanes*laneSize},
		{"last of all", []int{MaxSize - 1}, MaxSize - 1},
		{"maximum", []int{MaxSize}, MaxSize},
		{"beyond the maximum", []int{MaxSize + 1}, MaxSize},
	}
	tables := NewTables(published)
	w := cutWindow(tables)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := plain(MaxSize + 100)
			for _, end := range tt.ends {
				copy(data[end-window:], w)
			}
			if got, ok := tables.Cut(data, false); !ok || got != tt.want {
				t.Errorf("got %d, %v, want %d", got, ok, tt.want)
			}
		})
	}
}

func TestEveryLaneBorder(t *testing.T) {
	tables := NewTables(published)
	w := cutWindow(tables)
	for lane := range 2*lanes + 1 {
		for _, offset := range []int{-1, 0, 1} {
			want := MinSize + lane*laneSize + offset
			data := plain(MinSize + 3*lanes*laneSize)
			copy(data[want-window:], w)
			if got, ok := tables.Cut(data, false); want >= MinSize && (!ok || got != want) {
				t.Errorf("lane %d%+d: got %d, %v, want %d", lane, offset, got, ok, want)
			}
		}
	}
}

func TestCutAsksForMoreOnlyBeforeTheEnd(t *testing.T) {
	tables := NewTables(published)
	zeros := make([]byte, MinSize)
	tests := []struct {
		name string
		b    []byte
		end  bool
		n    int
		ok   bool
	}{
		{"nothing yet", nil, false, 0, false},
		{"empty file", nil, true, 0, true},
		{"short of the minimum", zeros[1:], false, MinSize - 1, false},
		{"short file", zeros[1:], true, MinSize - 1, true},
		{"cut at the last byte known", zeros, false, MinSize, true},
		{"short of the maximum", plain(MaxSize - 1), false, MaxSize - 1, false},
		{"maximum", plain(MaxSize), false, MaxSize, true},
		{"longer file", plain(MaxSize + 1), true, MaxSize, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if n, ok := tables.Cut(tt.b, tt.end); n != tt.n || ok != tt.ok {
				t.Errorf("got %d, %v, want %d, %v", n, ok, tt.n, tt.ok)
			}
		})
	}
}

// cutsInPieces gives CutFrom a file that arrives bit by bit.
func cutsInPieces(t *Tables, data []byte, piece func() int) (lengths []int) {
	known, searched := 0, 0
	for len(data) > 0 {
		known = min(known+piece(), len(data))
		n, ok := t.CutFrom(data[:known], searched, known == len(data))
		if !ok {
			searched = known
			continue
		}
		lengths = append(lengths, n)
		data = data[n:]
		known, searched = known-n, 0
	}
	return lengths
}

func TestPiecesAreCutAsTheWhole(t *testing.T) {
	data := slices.Concat(noise(4<<20, 5), make([]byte, 1<<20), noise(1<<20, 6), plain(MaxSize+77))
	tables := NewTables(published)
	want := cuts(tables, data)
	rnd := rand.New(rand.NewPCG(1, 2))
	tests := []struct {
		name  string
		piece func() int
	}{
		{"window", func() int { return window }},
		{"odd", func() int { return 1021 }},
		{"page", func() int { return 4096 }},
		{"minimum", func() int { return MinSize }},
		{"maximum", func() int { return MaxSize }},
		{"mixed", func() int { return 1 << rnd.IntN(21) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := cutsInPieces(tables, data, tt.piece); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestCutFromBeginsAtTheNextPosition(t *testing.T) {
	const end = MinSize + 5000
	tables := NewTables(published)
	data := plain(end + 300)
	copy(data[end-window:], cutWindow(tables))
	for _, searched := range []int{0, MinSize - 1, MinSize, end - window, end - 1} {
		if n, ok := tables.CutFrom(data, searched, false); !ok || n != end {
			t.Errorf("searched %d: got %d, %v, want %d", searched, n, ok, end)
		}
	}
	if n, ok := tables.CutFrom(data, end, false); ok || n != len(data) {
		t.Errorf("searched beyond: got %d, %v", n, ok)
	}
}

// FuzzCuts repeats what the fuzzer gives beyond the minimum and puts a cut in,
// since no input of its own would be long enough.
func FuzzCuts(f *testing.F) {
	f.Add([]byte{0}, uint32(MinSize), uint32(0), uint16(4096))
	f.Add([]byte("varve"), uint32(MinSize+70000), uint32(MinSize+300), uint16(1))
	f.Add(noise(1000, 7), uint32(MinSize+40000), uint32(MinSize+39999), uint16(7777))
	tables := NewTables(published)
	w := cutWindow(tables)
	f.Fuzz(func(t *testing.T, pattern []byte, size, patch uint32, piece uint16) {
		if len(pattern) == 0 {
			return // there is nothing to repeat
		}
		size %= 2 * MinSize
		data := bytes.Repeat(pattern, int(size)/len(pattern)+1)[:size]
		copy(data[min(patch, size):], w)
		want := definedCuts(data, published)
		if got := cuts(tables, data); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		step := func() int { return 64 + int(piece) }
		if got := cutsInPieces(tables, data, step); !slices.Equal(got, want) {
			t.Errorf("in pieces: got %v, want %v", got, want)
		}
	})
}
