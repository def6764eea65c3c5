package transfer

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/varve-backup/varve/backends"
)

// SourceError is an error of what was to be stored. It says nothing about the
// destination.
type SourceError struct{ Err error }

// Error implements error.
func (e *SourceError) Error() string { return "reading what is to be stored: " + e.Err.Error() }

// Unwrap implements errors.Is and As.
func (e *SourceError) Unwrap() error { return e.Err }

// Open opens a source. Reading it ends with the context, and fails with a
// SourceError where the source has not exactly the size that it says.
func Open(ctx context.Context, src backends.Source) (io.ReadCloser, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	in, err := src.Open()
	if err != nil {
		return nil, &SourceError{err}
	}
	return &source{ctx: ctx, in: in, left: src.Size()}, nil
}

type source struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no other way
	in   io.ReadCloser
	left int64
	err  error
}

// Read implements io.Reader. The last byte is not handed out before the source
// was seen to end there, so that nothing is whole that should not be.
func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := s.in.Read(p[:min(int64(len(p)), max(s.left, 1))])
	s.left -= int64(n)
	switch {
	case s.left < 0 || err == io.EOF && s.left > 0:
		s.err, n = &SourceError{fmt.Errorf("%w: it is shorter or longer", backends.ErrSourceSize)}, 0
	case err != nil && err != io.EOF:
		s.err = &SourceError{err}
	case s.left == 0:
		s.err = s.atEnd(err)
		if s.err != io.EOF { // atEnd does not wrap it
			n = 0
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, s.err
}

// atEnd looks whether there is more than there should be.
func (s *source) atEnd(err error) error {
	var more [1]byte
	for range 100 { // a reader that returns nothing, as it may, is asked again
		if err != nil {
			break
		}
		var n int
		if n, err = s.in.Read(more[:]); n > 0 {
			return &SourceError{fmt.Errorf("%w: it is longer", backends.ErrSourceSize)}
		}
	}
	switch err {
	case io.EOF:
		return io.EOF
	case nil:
		err = io.ErrNoProgress
	}
	return &SourceError{err}
}

// Close implements io.Closer.
func (s *source) Close() error { return s.in.Close() }

// Spool copies a source into a file, for programs that want one.
func Spool(ctx context.Context, path string, src backends.Source) error {
	in, err := Open(ctx, src)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &SourceError{err}
	}
	_, err = io.Copy(f, in)
	if cerr := f.Close(); err == nil && cerr != nil {
		err = &SourceError{cerr}
	}
	return err
}
