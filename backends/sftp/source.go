package sftp

import (
	"context"
	"fmt"
	"io"

	"github.com/varve-backup/varve/backends"
)

// sourceError is an error of what was to be stored.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return "reading what is to be stored: " + e.err.Error() }

func (e *sourceError) Unwrap() error { return e.err }

// openSource opens a source whose reader ends with the context, yields at most
// one byte too many, and tells its errors from those of the server.
func openSource(ctx context.Context, src backends.Source) (io.ReadCloser, error) {
	in, err := src.Open()
	if err != nil {
		return nil, &sourceError{err}
	}
	return &sourceReader{ctx, io.LimitReader(in, src.Size()+1), in}, nil
}

type sourceReader struct {
	ctx context.Context //nolint:containedctx // io.Reader has no other way
	src io.Reader
	io.Closer
}

// Read implements io.Reader.
func (r *sourceReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n, err := r.src.Read(p)
	if err != nil && err != io.EOF {
		err = &sourceError{err}
	}
	return n, err
}

// checkSize refuses a source that had another size than it says.
func checkSize(n int64, src backends.Source) error {
	if n == src.Size() {
		return nil
	}
	return &sourceError{fmt.Errorf("%w: at least %d bytes instead of %d", backends.ErrSourceSize, n, src.Size())}
}
