package mirror

import (
	"context"
	"errors"
	"hash"
	"io"
	"sync"

	"github.com/varve-backup/varve/backends"
)

// stream is a file of the source on its way to the destination. It is read as
// it is sent, and again from its beginning when that is tried again.
type stream struct {
	ctx  context.Context //nolint:containedctx // lives as long as one call
	from backends.Store
	name string
	size int64
	wait func(context.Context) error
	read func(bytes int64)
	// sum, when not nil, makes the sum of what was read; it is begun anew with
	// each Open.
	sum hash.Hash

	mu  sync.Mutex
	err error // why the source could not be read; guarded by mu
}

// Size implements backends.Source.
func (s *stream) Size() int64 { return s.size }

// Open implements backends.Source.
func (s *stream) Open() (io.ReadCloser, error) {
	s.mu.Lock()
	s.err = nil
	s.mu.Unlock()
	if s.sum != nil {
		s.sum.Reset()
	}
	r, err := s.from.Get(s.ctx, s.name, 0, -1)
	if err != nil {
		return nil, s.failed(err)
	}
	return &streamReader{s, r}, nil
}

// failed keeps an error of the source, and returns what the destination may
// know of it: its own errors mean something else.
func (s *stream) failed(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return &readError{err}
}

// cause is why the source could not be read, nil when it could.
func (s *stream) cause() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

type streamReader struct {
	s *stream
	r io.ReadCloser
}

// Read implements io.Reader.
func (r *streamReader) Read(p []byte) (int, error) {
	if err := r.s.wait(r.s.ctx); err != nil {
		return 0, err
	}
	n, err := r.r.Read(p)
	if n > 0 {
		r.s.read(int64(n))
		if r.s.sum != nil {
			r.s.sum.Write(p[:n])
		}
	}
	if err != nil && err != io.EOF { // a lost connection may wrap it, and is no end
		err = r.s.failed(err)
	}
	return n, err
}

// Close implements io.Closer.
func (r *streamReader) Close() error { return r.r.Close() }

// readError is an error of the source as the destination sees it: one that may
// pass, or one of what is to be stored, and no other.
type readError struct{ err error }

func (e *readError) Error() string { return "reading the source: " + e.err.Error() }

func (e *readError) Unwrap() error {
	if backends.IsPermanent(e.err) && !errors.Is(e.err, backends.ErrTemporary) {
		return backends.ErrSourceSize
	}
	return backends.ErrTemporary
}
