package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
)

// SameFiles compares two files of this computer byte for byte, up to the first
// difference. What cannot be read is an error, whichever of the two it is.
func SameFiles(ctx context.Context, a, b string) (bool, error) {
	first, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer first.Close()
	second, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer second.Close()
	return sameContent(ctx, first, second)
}

// sameContent reads both up to the first difference. It is false beside an
// error, which is one of either, or of the context.
func sameContent(ctx context.Context, a, b io.Reader) (bool, error) {
	var x, y [64 << 10]byte
	for ctx.Err() == nil {
		n, err := fill(a, x[:])
		if err != nil {
			return false, err
		}
		m, err := fill(b, y[:])
		if err != nil {
			return false, err
		}
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		if n < len(x) {
			return true, nil
		}
	}
	return false, ctx.Err()
}

// fill reads until p is full or nothing is left, which is no error.
func fill(r io.Reader, p []byte) (int, error) {
	n, err := io.ReadFull(r, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}
