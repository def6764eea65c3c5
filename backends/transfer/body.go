package transfer

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/varve-backup/varve/backends"
)

// Exactly is a body of n bytes. It never yields more, and fails where there is
// less.
func Exactly(ctx context.Context, body io.ReadCloser, n int64) io.ReadCloser {
	return &exact{ctx, body, n}
}

type exact struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no other way
	body io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (e *exact) Read(p []byte) (int, error) {
	if e.ctx.Err() != nil {
		return 0, context.Cause(e.ctx)
	}
	if e.left <= 0 {
		return 0, io.EOF
	}
	n, err := e.body.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	switch {
	case err == nil, err == io.EOF && e.left == 0:
		return n, nil
	case e.ctx.Err() != nil:
		return n, context.Cause(e.ctx)
	case err == io.EOF:
		return n, fmt.Errorf("%w: it ended %d bytes too early", backends.ErrTemporary, e.left)
	}
	return n, NetError(err)
}

// Close implements io.Closer.
func (e *exact) Close() error { return e.body.Close() }

// Range says which bytes of an object of some size are meant by an offset and
// a length as Get takes them.
func Range(size, off, n int64) (from, count int64) {
	if off >= size {
		return size, 0
	}
	if n < 0 || n > size-off {
		n = size - off
	}
	return off, n
}

// FromFile reads a part of a file and calls done when it is closed.
func FromFile(ctx context.Context, f *os.File, off, n int64, done func() error) (io.ReadCloser, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	off, n = Range(info.Size(), off, n)
	return Exactly(ctx, struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, off, n), closer(done)}, n), nil
}

type closer func() error

func (c closer) Close() error { return c() }
