package openpgp

import (
	"io"
	"sync"
)

// source is where a message comes from. It remembers that it failed: to the
// readers above, that looks as if the message were cut.
type source struct {
	r   io.Reader
	mu  sync.Mutex
	err error // guarded by mu: gpg is fed by a goroutine
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
	return n, err
}

// blame returns the error of the source if it has one, else err.
func (s *source) blame(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	return err
}

// opened is the content of a message.
type opened struct {
	io.ReadCloser
	source *source
}

// Read implements io.Reader.
func (o *opened) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = o.source.blame(err)
	}
	return n, err
}
