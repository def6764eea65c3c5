package backendtest

import (
	"encoding/binary"
	"errors"
	"io"
)

// generated is content of any size that needs no memory: what lies at an
// offset follows from the offset.
type generated int64

// Size implements backends.Source.
func (g generated) Size() int64 { return int64(g) }

// Open implements backends.Source.
func (g generated) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(g, 0, int64(g))), nil
}

// ReadAt implements io.ReaderAt.
func (g generated) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("backendtest: negative offset")
	}
	if off >= int64(g) {
		return 0, io.EOF
	}
	if left := int64(g) - off; int64(len(p)) > left {
		p, err = p[:left], io.EOF
	}
	var word [8]byte
	for n < len(p) {
		at := off + int64(n)
		// Weyl's sequence: no word comes twice, and none packs well.
		binary.LittleEndian.PutUint64(word[:], uint64(at/8)*0x9e3779b97f4a7c15)
		n += copy(p[n:], word[at%8:])
	}
	return n, err
}

// part returns n bytes at an offset.
func (g generated) part(off, n int64) []byte {
	b := make([]byte, n)
	read, _ := g.ReadAt(b, off) // its only error is the end
	return b[:read]
}
