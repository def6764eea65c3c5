package ftp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/varve-backup/varve/backends"
)

// Get implements backends.Store. The reader holds a login until it is closed.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	p, err := s.path(name)
	if err != nil {
		return nil, err
	}
	c, err := s.take(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, classify(ctx, err))
	}
	r := &reader{store: s, c: c, name: name, ctx: ctx}
	if err := r.begin(p, off, n); err != nil {
		s.give(c, err)
		return nil, fmt.Errorf("reading %s: %w", name, classify(ctx, err))
	}
	return r, nil
}

// reader is a download.
type reader struct {
	store *Store
	ctx   context.Context //nolint:containedctx // io.Reader has no other way
	c     *conn
	d     *data // nil when nothing is to come
	name  string
	// left is how much is to come; toEnd: then the file ends.
	left  int64
	toEnd bool
	err   error
	close sync.Once
}

func (r *reader) begin(p string, off, n int64) error {
	size, _, err := r.store.stat(r.c, p)
	if err != nil {
		return err
	}
	rest := max(size-off, 0)
	if n < 0 || n >= rest {
		n, r.toEnd = rest, true
	}
	r.left = n
	if n == 0 {
		return nil
	}
	r.d, err = r.c.transfer(off, "RETR "+p)
	if off > 0 && errors.Is(err, backends.ErrUnsupported) {
		err = r.skip(p, off)
	}
	return err
}

// skip reads over what is not wanted, on servers that begin at the beginning.
func (r *reader) skip(p string, off int64) (err error) {
	if r.d, err = r.c.transfer(0, "RETR "+p); err != nil {
		return err
	}
	if _, err = io.CopyN(io.Discard, r.d, off); err != nil {
		r.d.close()
		return &transferError{err}
	}
	return nil
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.left == 0 {
		r.err = io.EOF
		if err := r.finish(); err != nil {
			r.err = fmt.Errorf("reading %s: %w", r.name, classify(r.ctx, err))
		}
		return 0, r.err
	}
	n, err := r.d.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if err != nil && r.left > 0 {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		r.err = fmt.Errorf("reading %s: %w", r.name, classify(r.ctx, r.broken(err)))
		return n, r.err
	}
	return n, nil
}

// broken says why a download broke off: the server may have said so.
func (r *reader) broken(err error) error {
	d := r.d
	r.d = nil
	d.close()
	if r.ctx.Err() == nil {
		if said := r.c.finished(); isReply(said) {
			return said
		}
	}
	return &transferError{err}
}

// finish ends a download of which everything came that was wanted. Where that
// is the end of the file, the file must end there, and the server agree.
func (r *reader) finish() error {
	d := r.d
	if d == nil {
		return nil
	}
	r.d = nil
	if !r.toEnd {
		return d.abort()
	}
	var more [1]byte
	n, err := d.Read(more[:])
	if n > 0 {
		d.close()
		return &transferError{fmt.Errorf("%w: the file became longer meanwhile", backends.ErrTemporary)}
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		d.close()
		return &transferError{err}
	}
	return d.received()
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.close.Do(func() {
		err := r.err
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if r.d != nil {
			d := r.d
			r.d = nil
			if r.left == 0 && r.toEnd {
				r.d = d
				err = r.finish()
			} else {
				err = d.abort()
			}
		}
		if r.ctx.Err() != nil {
			err = &transferError{context.Cause(r.ctx)}
		}
		r.store.give(r.c, err)
	})
	return nil
}

// newLineReader reads lines that are not longer than a name can be.
func newLineReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, maxLine) }
