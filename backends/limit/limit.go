// Package limit wraps a Store so that it uses no more of a network than it
// may: bytes per second in either direction, by the clock if wanted, and calls
// at once. NewLimiter holds the limits, which can change at any time; New
// wraps a Store.
package limit

import (
	"context"
	"io"
	"iter"

	"github.com/varve-backup/varve/backends"
)

// Store is held back.
type Store struct {
	inner   backends.Store
	limiter *Limiter
}

// New wraps a store.
func New(s backends.Store, l *Limiter) *Store { return &Store{s, l} }

// Limiter is what holds it back, to be changed while it runs.
func (s *Store) Limiter() *Limiter { return s.limiter }

// Unwrap implements backends.Wrapper.
func (s *Store) Unwrap() backends.Store { return s.inner }

// Hides implements backends.Hider: what is read in place is read past any
// limit, so that there is no way to do it where downloads are limited.
func (s *Store) Hides(ability any) bool {
	_, inPlace := ability.(*backends.Opener)
	return inPlace && s.limiter.limitsDownload()
}

// source is content that goes up no faster than it may.
type source struct {
	backends.Source
	ctx     context.Context //nolint:containedctx // lives as long as one call
	limiter *Limiter
}

// Open implements backends.Source.
func (s source) Open() (io.ReadCloser, error) {
	src, err := s.Source.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{&reader{s.ctx, src, &s.limiter.up, func() int64 { return s.limiter.Now().Upload }}, src}, nil
}

// AtOnce is for backends.AtOnce.
func (s source) AtOnce() backends.Source { return s.Source }

// Put implements backends.Store. The source must not read from the same Store:
// the two calls would wait for each other.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := s.limiter.slots.take(ctx); err != nil {
		return err
	}
	defer s.limiter.slots.give()
	return s.inner.Put(ctx, name, source{src, ctx, s.limiter})
}

// Get implements backends.Store. What is open but not being read does not
// count as a call, so that nobody who reads two objects at once waits for
// himself.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if err := s.limiter.slots.take(ctx); err != nil {
		return nil, err
	}
	defer s.limiter.slots.give()
	r, err := s.inner.Get(ctx, name, off, n)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{&reader{ctx, counted{ctx, r, &s.limiter.slots}, &s.limiter.down, func() int64 { return s.limiter.Now().Download }}, r}, nil
}

// counted is a reader each of whose reads is a call.
type counted struct {
	ctx   context.Context //nolint:containedctx // io.Reader has no other way
	src   io.Reader
	slots *slots
}

// Read implements io.Reader.
func (c counted) Read(p []byte) (int, error) {
	if err := c.slots.take(c.ctx); err != nil {
		return 0, err
	}
	defer c.slots.give()
	return c.src.Read(p)
}

// List implements backends.Store. Whoever looks at an object may make other
// calls meanwhile.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		if err := s.limiter.slots.take(ctx); err != nil {
			yield(backends.Object{}, err)
			return
		}
		held := true
		defer func() {
			if held {
				s.limiter.slots.give()
			}
		}()
		for o, err := range s.inner.List(ctx, prefix) {
			s.limiter.slots.give()
			held = false
			if !yield(o, err) || err != nil {
				return
			}
			if err := s.limiter.slots.take(ctx); err != nil {
				yield(backends.Object{}, err)
				return
			}
			held = true
		}
	}
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	if err := s.limiter.slots.take(ctx); err != nil {
		return backends.Object{}, err
	}
	defer s.limiter.slots.give()
	return s.inner.Stat(ctx, name)
}

// Delete implements backends.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := s.limiter.slots.take(ctx); err != nil {
		return err
	}
	defer s.limiter.slots.give()
	return s.inner.Delete(ctx, name)
}

// Close implements backends.Store.
func (s *Store) Close() error { return s.inner.Close() }
