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

// polynomials are the one of the published vectors and two that the real
// restic 0.14 drew.
var polynomials = []Polynomial{published}

// definedFingerprint is H of the format's definition, bit by bit.
func definedFingerprint(w []byte, p Polynomial) (h Polynomial) {
	for _, b := range w {
		for bit := 7; bit >= 0; bit-- {
			h = h<<1 | Polynomial(b>>bit&1)
			if h>>degree != 0 {
				h ^= p
			}
		}
	}
	return h
}

// definedCuts are the lengths of a file's chunks, after the definition: one
// lane, every bit by itself, and nothing skipped but the minimum. The one liberty
// is to take a leaving byte out of H instead of computing 64 bytes anew.
func definedCuts(data []byte, p Polynomial) (lengths []int) {
	leaving := make([]Polynomial, 256)
	for v := range leaving {
		leaving[v] = definedFingerprint(append([]byte{byte(v)}, make([]byte, 64)...), p)
	}
	for len(data) > 0 {
		n := definedCut(data, p, leaving)
		lengths = append(lengths, n)
		data = data[n:]
	}
	return lengths
}

func definedCut(data []byte, p Polynomial, leaving []Polynomial) int {
	longest := min(len(data), 8388608)
	if longest < 524288 {
		return longest
	}
	h := definedFingerprint(data[524288-64:524288], p)
	for end := 524288; ; end++ {
		if h&0xfffff == 0 || end == longest {
			return end
		}
		for bit := 7; bit >= 0; bit-- {
			h = h<<1 | Polynomial(data[end]>>bit&1)
			if h>>degree != 0 {
				h ^= p
			}
		}
		h ^= leaving[data[end-64]]
	}
}

func cuts(t *Tables, data []byte) (lengths []int) {
	for len(data) > 0 {
		n, ok := t.Cut(data, true)
		if !ok {
			panic("more bytes asked for after the end")
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
	rand.NewChaCha8([32]byte{seed}).Read(data)
	return data
}

func TestPublishedFingerprint(t *testing.T) {
	w := bytes.Repeat([]byte("0123456789abcdef"), 4)
	const want = 0x1bbbebf0dd872e
	if got := NewTables(published).fingerprint(w) >> align; got != want {
		t.Errorf("got %x, want %x", got, want)
	}
	if got := definedFingerprint(w, published); got != want {
		t.Errorf("the reference says %x, want %x", got, want)
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
		t.Errorf("the reference says %v, want %v", got, want)
	}
}
