package librsync

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	xmd4 "golang.org/x/crypto/md4" //nolint:staticcheck // to compare with
)

// The vectors of formats/duplicity.md section 6.1.
func TestSums(t *testing.T) {
	pattern := make([]byte, 512)
	for i := range pattern {
		pattern[i] = byte(i)
	}
	for _, row := range []struct {
		in                       string
		roll, rabin, md4, blake2 string
	}{
		{"a", "00800080", "08104286", "bde52cb31de33e46245e05fbdbd6fb24", "8928aae63c84d87e"},
		{"abc", "03040183", "66298923", "a448017aaf21d8525fc10ae87aa6729d", "bddd813c63423972"},
		{strings.Repeat("\x00", 16), "107801f0", "0bb409c1", "487c3f5e2b0d6a79324ecdbe9c15166f", "94c1c088cc945399"},
		{string(pattern), "f4003d00", "c3104701", "a1d29a83b83c408e21a056e456036266", "540b20132d8aeae5"},
	} {
		var r rollsum
		var k rabinKarp
		r.set([]byte(row.in))
		k.set([]byte(row.in))
		got := []string{
			fmt.Sprintf("%08x", r.value()), fmt.Sprintf("%08x", k.value()),
			hex.EncodeToString(MD4.strong(nil, []byte(row.in))), hex.EncodeToString(BLAKE2.strong(nil, []byte(row.in))[:8]),
		}
		want := []string{row.roll, row.rabin, row.md4, row.blake2}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("sums of %.8q:\n got %v\nwant %v", row.in, got, want)
		}
	}
}

func TestRollingEqualsSettingAnew(t *testing.T) {
	data := noise(3, 4000)
	for _, w := range []func() weakSum{func() weakSum { return &rollsum{} }, func() weakSum { return &rabinKarp{} }} {
		const n = 700
		rolled, anew := w(), w()
		rolled.set(data[:n])
		for i := n; i < len(data); i++ {
			rolled.roll(data[i-n], data[i])
			if anew.set(data[i-n+1 : i+1]); anew.value() != rolled.value() {
				t.Fatalf("%T: rolled to %08x, is %08x", rolled, rolled.value(), anew.value())
			}
		}
		for tail := data[len(data)-n:]; len(tail) > 1; tail = tail[1:] {
			rolled.shrink(tail[0])
			if anew.set(tail[1:]); anew.value() != rolled.value() {
				t.Fatalf("%T: shrunk to %08x, is %08x", rolled, rolled.value(), anew.value())
			}
		}
	}
}

func noise(seed uint64, n int) []byte {
	rnd := rand.New(rand.NewPCG(seed, 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// blocksize.tsv is duplicity's own answer.
func TestBlockLength(t *testing.T) {
	for size, want := range map[int64]int{
		-1: 512, 0: 512, 1023999: 512, 1024000: 512, 2047999: 512, 2048000: 1024, 3072000: 1536, 4096000: 2048,
		1 << 30: 2048, 2 << 30: 2048,
	} {
		if got := BlockLength(size, 0); got != want {
			t.Errorf("BlockLength(%d) = %d, want %d", size, got, want)
		}
	}
	for _, size := range []int64{2<<30 + 1, 100 << 30, 1 << 42} {
		b := int64(BlockLength(size, 0))
		if blocks := (size + b - 1) / b; blocks > mostBlocks || b%512 != 0 {
			t.Errorf("a file of %d has %d blocks of %d", size, blocks, b)
		}
	}
}

// The fixtures were made by rdiff 2.3.2.
func TestFixtures(t *testing.T) {
	b := read(t, "testdata/index.tsv")
	rows := 0
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		rows++
		t.Run(f[0]+"/"+f[1], func(t *testing.T) { checkFixture(t, f) })
	}
	if rows < 40 {
		t.Fatalf("only %d rows", rows)
	}
}

func checkFixture(t *testing.T, f []string) {
	dir := filepath.Join("testdata", f[0])
	kinds := map[string]Kind{"md4rollsum": MD4, "blake2rollsum": BLAKE2, "md4rabinkarp": RabinMD4, "blake2rabinkarp": RabinBLAKE2}
	kind, ok := kinds[f[4]+f[5]]
	if !ok {
		t.Fatalf("unknown kind %v", f)
	}
	block, _ := strconv.Atoi(f[6])
	strong, _ := strconv.Atoi(f[7])
	basis, want := read(t, filepath.Join(dir, "basis")), read(t, filepath.Join(dir, "new"))
	sig := read(t, filepath.Join(dir, f[1]+".sig"))
	if got := sign(t, basis, kind, block, strong); !bytes.Equal(got, sig) {
		t.Errorf("the signature differs from rdiff's")
	}
	checkPatch(t, basis, read(t, filepath.Join(dir, f[1]+".delta")), want)
	checkPatch(t, basis, delta(t, sig, want), want)
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sign(t testing.TB, data []byte, kind Kind, block, strong int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewSignatureWriter(&out, kind, block, strong)
	for rest := data; len(rest) > 0; {
		n := min(len(rest), 1000)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func delta(t testing.TB, sig, data []byte) []byte {
	t.Helper()
	s, err := ReadSignature(bytes.NewReader(sig))
	if err != nil {
		t.Fatal(err)
	}
	d, err := io.ReadAll(NewDeltaReader(bytes.NewReader(data), s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func checkPatch(t testing.TB, basis, delta, want []byte) {
	t.Helper()
	got, err := io.ReadAll(NewPatchReader(bytes.NewReader(basis), int64(len(basis)), iotest.OneByteReader(bytes.NewReader(delta))))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("a delta of %d bytes makes %d bytes of %d, want %d; %v", len(delta), len(got), len(basis), len(want), err)
	}
}

func TestAllCommands(t *testing.T) {
	dir := "testdata/all-opcodes/"
	checkPatch(t, read(t, dir+"basis"), read(t, dir+"delta"), read(t, dir+"new"))
}

func TestMalformedDeltas(t *testing.T) {
	paths, err := filepath.Glob("testdata/malformed/*.delta")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v, %v", paths, err)
	}
	basis := read(t, "testdata/malformed/basis")
	for _, path := range paths {
		_, err := io.ReadAll(NewPatchReader(bytes.NewReader(basis), int64(len(basis)), bytes.NewReader(read(t, path))))
		if strings.Contains(path, "trailing") || strings.Contains(path, "after-end") {
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", path, err)
		}
	}
}

func TestDeltaIsSmall(t *testing.T) {
	basis := noise(1, 3<<20)
	changed := bytes.Clone(basis)
	copy(changed[1<<20:], "sixteen bytes!!!")
	changed = append(changed[:2<<20:2<<20], append([]byte("inserted in the middle"), changed[2<<20:]...)...)
	sig := sign(t, basis, MD4, 512, 8)
	d := delta(t, sig, changed)
	if len(d) > 4096 {
		t.Errorf("the delta has %d bytes", len(d))
	}
	checkPatch(t, basis, d, changed)
	if same := delta(t, sig, basis); len(same) > 32 {
		t.Errorf("the delta of an unchanged file has %d bytes", len(same))
	}
}

// rdiff must take what we make, and we what it makes.
func TestRdiff(t *testing.T) {
	if _, err := exec.LookPath("rdiff"); err != nil {
		t.Fatal("rdiff is missing: Debian package rdiff")
	}
	dir := t.TempDir()
	basis := noise(5, 1_500_001)
	fresh := append(append(noise(6, 70_000), basis[300_000:900_000]...), basis[100_000:]...)
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if b != nil {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	old, sig := file("old", basis), file("sig", nil)
	run(t, "rdiff", "-H", "md4", "-R", "rollsum", "-b", "2048", "-S", "8", "signature", old, sig)
	if !bytes.Equal(read(t, sig), sign(t, basis, MD4, 2048, 8)) {
		t.Error("the signature differs from rdiff's")
	}
	run(t, "rdiff", "patch", old, file("delta", delta(t, read(t, sig), fresh)), file("made", nil))
	if !bytes.Equal(read(t, file("made", nil)), fresh) {
		t.Error("rdiff made something else of our delta")
	}
	run(t, "rdiff", "delta", sig, file("new", fresh), file("theirs", nil))
	checkPatch(t, basis, read(t, file("theirs", nil)), fresh)
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func TestDamagedSignatures(t *testing.T) {
	good := sign(t, noise(1, 5000), MD4, 512, 8)
	for name, bad := range map[string][]byte{
		"empty": nil, "cut head": good[:7], "cut block": good[:len(good)-3],
		"magic": append([]byte{1}, good[1:]...), "no block length": append(append([]byte{}, good[:4]...), make([]byte, 8)...),
		"huge strong sum": append(append([]byte{}, good[:8]...), 0xff, 0xff, 0xff, 0xff),
	} {
		if _, err := ReadSignature(bytes.NewReader(bad)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Lengths around the border where MD4 needs another 64 bytes, and long ones.
func TestMD4(t *testing.T) {
	for _, n := range []int{0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 512, 2048, 5000} {
		p, q := noise(1, n), noise(2, n)
		want := [2][16]byte{reference(p), reference(q)}
		if got := md4(p); got != want[0] {
			t.Errorf("the sum of %d bytes is %x, want %x", n, got, want[0])
		}
		x, y := md4Pair(p, q)
		if got := [2][16]byte{x, y}; got != want {
			t.Errorf("the sums of twice %d bytes are %x, want %x", n, got, want)
		}
	}
}

func reference(p []byte) (sum [16]byte) {
	h := xmd4.New()
	h.Write(p)
	return [16]byte(h.Sum(nil))
}

// However a file is cut when it is written, its signature is the same.
func TestSignatureOfAnyPieces(t *testing.T) {
	data := noise(4, 100_000)
	want := sign(t, data, MD4, 512, 8)
	for _, pieces := range []int{1, 511, 512, 513, 1023, 1024, 1025, 5000, len(data)} {
		var got bytes.Buffer
		w := NewSignatureWriter(&got, MD4, 512, 8)
		for piece := range slices.Chunk(data, pieces) {
			if _, err := w.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("in pieces of %d the signature is another, %v", pieces, err)
		}
	}
}

// In a signature made on purpose every window of a file of zeros has the weak
// sum of a block, and never its strong one. That must not cost a sum for
// every byte.
func TestHostileWeakSums(t *testing.T) {
	const block = 1 << 20
	sig := sign(t, make([]byte, block), MD4, block, 8)
	sig[len(sig)-1] ^= 1
	s, err := ReadSignature(bytes.NewReader(sig))
	if err != nil {
		t.Fatal(err)
	}
	d := NewDeltaReader(io.LimitReader(zeros{}, 4*block), s).(*deltaReader)
	n, err := io.Copy(io.Discard, d)
	if err != nil || n < 4*block {
		t.Errorf("%d bytes, %v", n, err)
	}
	if d.credit >= firstCredit {
		t.Error("no sum was in vain: this tests nothing")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func FuzzReadSignature(f *testing.F) {
	f.Add(sign(f, noise(1, 5000), MD4, 512, 8), []byte("some text"))
	f.Fuzz(func(t *testing.T, b, data []byte) {
		s, err := ReadSignature(bytes.NewReader(b))
		if err == nil {
			if _, err := io.Copy(io.Discard, NewDeltaReader(bytes.NewReader(data), s)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	f.Add([]byte("basis"), read(f, "testdata/all-opcodes/delta"))
	f.Fuzz(func(t *testing.T, basis, d []byte) {
		r := NewPatchReader(bytes.NewReader(basis), int64(len(basis)), bytes.NewReader(d))
		n, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
		if err == nil && n == 1<<20 {
			return // a long copy, many times
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
	})
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("abcabcabcabcx"), []byte("xabcabcabcabc"), uint8(3))
	f.Add(bytes.Repeat([]byte{0}, 100), bytes.Repeat([]byte{0}, 131), uint8(8))
	f.Fuzz(func(t *testing.T, basis, data []byte, block uint8) {
		sig := sign(t, basis, MD4, int(block)+1, 8)
		checkPatch(t, basis, delta(t, sig, data), data)
	})
}

func BenchmarkSignature(b *testing.B) {
	data := noise(1, 8<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		w := NewSignatureWriter(io.Discard, MD4, 2048, 8)
		w.Write(data)
		w.Close()
	}
}

func BenchmarkDelta(b *testing.B) {
	data := noise(1, 8<<20)
	s, err := ReadSignature(bytes.NewReader(sign(b, data, MD4, 2048, 8)))
	if err != nil {
		b.Fatal(err)
	}
	for name, fresh := range map[string][]byte{"same": data, "different": noise(2, 8<<20)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				io.Copy(io.Discard, NewDeltaReader(bytes.NewReader(fresh), s))
			}
		})
	}
}

// A signature describes the content that it was made of, and no other.
func TestDescribes(t *testing.T) {
	for _, size := range []int{0, 1, 99, 100, 101, 1000, 1050} {
		for _, kind := range []Kind{MD4, BLAKE2} {
			data := noise(uint64(size), size)
			s, err := ReadSignature(bytes.NewReader(sign(t, data, kind, 100, 8)))
			if err != nil {
				t.Fatal(err)
			}
			others := [][]byte{append(bytes.Clone(data), 0), append(bytes.Clone(data), data...)}
			if size > 0 {
				flipped := bytes.Clone(data)
				flipped[size/2] ^= 1
				others = append(others, data[:size-1], flipped, nil)
			} else {
				others = others[:1]
			}
			if same, err := s.Describes(iotest.HalfReader(bytes.NewReader(data))); !same || err != nil {
				t.Errorf("%d bytes: %v, %v", size, same, err)
			}
			for i, other := range others {
				if same, err := s.Describes(bytes.NewReader(other)); same || err != nil {
					t.Errorf("%d bytes, other %d: %v, %v", size, i, same, err)
				}
			}
			if _, err := s.Describes(iotest.ErrReader(io.ErrClosedPipe)); err == nil {
				t.Error("a broken file has no error")
			}
		}
	}
}
