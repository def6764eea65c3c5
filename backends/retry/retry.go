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
	"slices"
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
	// Longest is how long a wait becomes; 0 means 30 seconds.
	Longest time.Duration
}

// Store tries again.
type Store struct {
	inner   backends.Store
	options Options
}

// New wraps a store.
func New(s backends.Store, o Options) backends.Store {
	if o.Attempts == 0 {
		o.Attempts = 5
	}
	if o.First == 0 {
		o.First = 500 * time.Millisecond
	}
	if o.Longest == 0 {
		o.Longest = 30 * time.Second
	}
	return &Store{s, o}
}

// Unwrap implements backends.Wrapper: what a store can besides is not tried
// again.
func (s *Store) Unwrap() backends.Store { return s.inner }

// final lists the errors of the system that another try cannot mend.
var final = [...]error{context.Canceled, context.DeadlineExceeded, fs.ErrNotExist, fs.ErrPermission, fs.ErrClosed}

// passes reports that the same call may succeed later. What no store has a
// name for counts: disks and networks have many ways to stumble.
func passes(err error) bool {
	return errors.Is(err, backends.ErrTemporary) ||
		!backends.IsPermanent(err) && !slices.ContainsFunc(final[:], func(f error) bool { return errors.Is(err, f) })
}

// again calls do until it succeeds, fails for good, or patience is at its end.
func (s *Store) again(ctx context.Context, do func() error) error {
	wait := s.options.First
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || attempt >= s.options.Attempts || ctx.Err() != nil || !passes(err) {
			return err
		}
		pausing := wait
		if busy, ok := errors.AsType[*backends.BusyError](err); ok {
			pausing = max(pausing, busy.After) // it knows better
		}
		if serr := pause(ctx, pausing); serr != nil {
			return errors.Join(serr, err)
		}
		wait = min(2*wait, s.options.Longest)
	}
}

// pause waits for about d: programs that failed together do not all come back
// together.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d/2 + rand.N(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Put implements backends.Store. What arrived, although the answer did not, is
// not sent again.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	tried := false
	return s.again(ctx, func() error {
		if tried && arrived(ctx, s.inner, name, src) {
			return nil
		}
		tried = true
		return s.inner.Put(ctx, name, src)
	})
}

// Get implements backends.Store. A transfer that breaks off goes on where it
// was.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	r := &reader{store: s, ctx: ctx, name: name, off: off, left: n}
	if err := s.again(ctx, r.open); err != nil {
		return nil, err
	}
	return r, nil
}

// reader is an object being read, over several calls if need be.
type reader struct {
	store *Store
	ctx   context.Context //nolint:containedctx // io.Reader has no other way
	name  string
	off   int64
	left  int64 // negative: to the end
	// body is nil after the transfer broke off.
	body io.ReadCloser
}

func (r *reader) open() error {
	body, err := r.store.inner.Get(r.ctx, r.name, r.off, r.left)
	if err == nil {
		r.body = body
	}
	return err
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (n int, err error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	ended := false
	err = r.store.again(r.ctx, func() error {
		n, err = r.step(p)
		ended = err == io.EOF // a lost connection may wrap it, and is no end
		if ended {
			return nil
		}
		return err
	})
	if err == nil && ended {
		err = io.EOF
	}
	return n, err
}

// step reads once. Bytes that came before an error are kept, and the error
// with them comes to light when the rest is asked for.
func (r *reader) step(p []byte) (int, error) {
	if r.body == nil {
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	n, err := r.body.Read(p)
	r.off += int64(n)
	if r.left > 0 {
		r.left = max(r.left-int64(n), 0)
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	r.drop()
	if n > 0 {
		return n, pause(r.ctx, r.store.options.First)
	}
	return 0, err
}

// drop gives up a transfer that broke off. Closing it has nothing to add.
func (r *reader) drop() {
	_ = r.body.Close()
	r.body = nil
}

// Close implements io.Closer.
func (r *reader) Close() error {
	if r.body == nil {
		return nil
	}
	defer func() { r.body = nil }()
	return r.body.Close()
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
