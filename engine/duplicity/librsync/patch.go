package librsync

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// patchReader makes the new file while it is read.
type patchReader struct {
	basis io.ReaderAt
	size  int64
	delta *bufio.Reader
	begun bool

	literal  int64 // bytes of it still to come
	copyFrom int64
	copyLen  int64
	err      error
}

// NewPatchReader reads what delta makes of basis, whose length is size. What
// it reads is trustworthy only when it ends with io.EOF.
func NewPatchReader(basis io.ReaderAt, size int64, delta io.Reader) io.Reader {
	return &patchReader{basis: basis, size: size, delta: bufio.NewReaderSize(delta, 1<<15)}
}

// Read implements io.Reader.
func (r *patchReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.err == nil && r.literal == 0 && r.copyLen == 0 {
		r.err = r.command()
	}
	if r.err != nil {
		return 0, r.err
	}
	if r.literal > 0 {
		return r.readLiteral(p)
	}
	return r.readCopy(p)
}

func (r *patchReader) readLiteral(p []byte) (int, error) {
	n, err := r.delta.Read(p[:min(int64(len(p)), r.literal)])
	r.literal -= int64(n)
	if err != nil {
		r.err = short(err)
		return n, r.err
	}
	return n, nil
}

func (r *patchReader) readCopy(p []byte) (int, error) {
	n, err := r.basis.ReadAt(p[:min(int64(len(p)), r.copyLen)], r.copyFrom)
	r.copyFrom += int64(n)
	r.copyLen -= int64(n)
	if err != nil && (err != io.EOF || n == 0) {
		r.err = short(err)
		return n, r.err
	}
	return n, nil
}

// command reads the next command; io.EOF after the last.
func (r *patchReader) command() error {
	if !r.begun {
		return r.begin()
	}
	op, err := r.delta.ReadByte()
	if err != nil {
		return short(err)
	}
	switch {
	case op == opEnd:
		return r.end()
	case op <= mostInline:
		r.literal = int64(op)
		return nil
	case op < opCopy:
		r.literal, err = r.number(int(op) - opLiteral)
		if err == nil && r.literal == 0 {
			err = fmt.Errorf("%w: a literal of no bytes", ErrDamaged)
		}
		return err
	case op < opReserved:
		return r.beginCopy(int(op) - opCopy)
	}
	return fmt.Errorf("%w: the command %#02x", ErrDamaged, op)
}

func (r *patchReader) begin() error {
	var magic [4]byte
	if _, err := io.ReadFull(r.delta, magic[:]); err != nil {
		return short(err)
	}
	if m := binary.BigEndian.Uint32(magic[:]); m != deltaMagic {
		return fmt.Errorf("%w: a delta begins with %08x", ErrDamaged, m)
	}
	r.begun = true
	return nil
}

// end reads the delta to its end, so that checks of the layers below happen.
func (r *patchReader) end() error {
	if _, err := io.Copy(io.Discard, r.delta); err != nil {
		return err
	}
	return io.EOF
}

func (r *patchReader) beginCopy(widths int) error {
	from, err := r.number(widths / 4)
	if err != nil {
		return err
	}
	n, err := r.number(widths % 4)
	if err != nil {
		return err
	}
	if n == 0 || from > r.size || n > r.size-from {
		return fmt.Errorf("%w: it copies %d bytes at %d of a file of %d", ErrDamaged, n, from, r.size)
	}
	r.copyFrom, r.copyLen = from, n
	return nil
}

// number reads a number of the width-th width.
func (r *patchReader) number(width int) (int64, error) {
	var b [8]byte
	if _, err := io.ReadFull(r.delta, b[8-(1<<width):]); err != nil {
		return 0, short(err)
	}
	v := int64(binary.BigEndian.Uint64(b[:]))
	if v < 0 {
		return 0, fmt.Errorf("%w: a number is too large", ErrDamaged)
	}
	return v, nil
}
