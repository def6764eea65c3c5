// Package retry wraps a Store and tries again what failed for a moment. New
// makes one.
package retry

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/varve-backup/varve/backends"
)

// Options say how patient a Store is.
type Options struct {
	// Attempts is how often a call is made at most; 0 means 5.
	Attempts int
	// First is the wait after the first failure; each further one is twice as
	// long, with some chance in it. 0 means half a second.
	First time.Duration
}

// Store tries again.
type Store struct {
	inner   backends.Store
	options Options
}

// New wraps a store.
func New(s backends.Store, o Options) *Store {
	if o.Attempts == 0 {
		o.Attempts = 5
	}
	if o.First == 0 {
		o.First = 500 * time.Millisecond
	}
	return &Store{s, o}
}

// final are the errors that another try cannot mend.
var final = []error{
	backends.ErrNotExist, backends.ErrPermission, backends.ErrFull, backends.ErrInvalidName, backends.ErrOffline,
	context.Canceled, context.DeadlineExceeded, fs.ErrNotExist, fs.ErrPermission, fs.ErrClosed,
}

// passes reports that the same call may succeed later.
func passes(err error) bool {
	if errors.Is(err, backends.ErrTemporary) {
		return true
	}
	for _, f := range final {
		if errors.Is(err, f) {
			return false
		}
	}
	var slow interface{ Timeout() bool }
	return errors.As(err, &slow) && slow.Timeout() || errors.Is(err, io.ErrUnexpectedEOF)
}

// again calls do until it succeeds, fails for good, or patience is at its end.
func (s *Store) again(ctx context.Context, do func() error) error {
	wait := s.options.First
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || attempt >= s.options.Attempts || !passes(err) {
			return err
		}
		if serr := sleep(ctx, wait/2+rand.N(wait)); serr != nil {
			return errors.Join(serr, err)
		}
		wait *= 2
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	return s.again(ctx, func() error { return s.inner.Put(ctx, name, src) })
}

// Get implements backends.Store. A transfer that breaks off goes on where it
// was.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	r := &reader{store: s, ctx: ctx, name: name, off: off, left: n}
	return r, s.again(ctx, r.open)
}

// reader is an object being read, over several calls if need be.
type reader struct {
	store *Store
	ctx   context.Context //nolint:containedctx // io.Reader has no other way
	name  string
	off   int64
	left  int64 // negative: to the end
	body  io.ReadCloser
}

func (r *reader) open() (err error) {
	r.body, err = r.store.inner.Get(r.ctx, r.name, r.off, r.left)
	return err
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (n int, err error) {
	err = r.store.again(r.ctx, func() error {
		if r.body == nil {
			if err := r.open(); err != nil {
				return err
			}
		}
		var rerr error
		n, rerr = r.body.Read(p)
		r.off += int64(n)
		if r.left >= 0 {
			r.left -= int64(n)
		}
		if rerr != nil && rerr != io.EOF && n == 0 {
			rerr = errors.Join(rerr, r.drop())
		}
		if n > 0 && rerr != io.EOF {
			return nil // the error comes again, without data
		}
		return rerr
	})
	return n, err
}

func (r *reader) drop() error {
	body := r.body
	r.body = nil
	return body.Close()
}

// Close implements io.Closer.
func (r *reader) Close() error {
	if r.body == nil {
		return nil
	}
	return r.drop()
}

// List implements backends.Store. It is tried again as a whole, as long as
// nothing was handed on.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		begun, ended := false, false
		err := s.again(ctx, func() error {
			for o, err := range s.inner.List(ctx, prefix) {
				if err != nil && !begun {
					return err
				}
				begun = true
				if !yield(o, err) || err != nil {
					ended = true
					return nil
				}
			}
			return nil
		})
		if err != nil && !ended {
			yield(backends.Object{}, err)
		}
	}
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (o backends.Object, err error) {
	err = s.again(ctx, func() error {
		o, err = s.inner.Stat(ctx, name)
		return err
	})
	return o, err
}

// Delete implements backends.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	return s.again(ctx, func() error { return s.inner.Delete(ctx, name) })
}

// Close implements backends.Store.
func (s *Store) Close() error { return s.inner.Close() }
