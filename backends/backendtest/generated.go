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
	for n < len(p) {
		at := off + int64(n)
		block := blockAt(at / blockSize)
		n += copy(p[n:], block[at%blockSize:])
	}
	return n, err
}

// blockSize is how often the content says where it is.
const blockSize = 512

// blockAt is one block: its number, and what is the same in all of them.
func blockAt(number int64) [blockSize]byte {
	block := pattern
	binary.LittleEndian.PutUint64(block[:], uint64(number)*0x9e3779b97f4a7c15) // no number is alike
	return block
}

// pattern is bytes that do not pack well.
var pattern = func() (p [blockSize]byte) {
	for i, word := 0, uint64(1); i < blockSize; i += 8 {
		word *= 6364136223846793005
		binary.LittleEndian.PutUint64(p[i:], word+1442695040888963407)
	}
	return p
}()

// part returns n bytes at an offset.
func (g generated) part(off, n int64) []byte {
	b := make([]byte, n)
	read, _ := g.ReadAt(b, off) // its only error is the end
	return b[:read]
}
