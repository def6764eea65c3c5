// Package faulty wraps a Store and makes it fail on purpose, for tests.
package faulty

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/varve-backup/varve/backends"
)

// Op is a kind of call.
type Op uint8

// The calls that can fail.
const (
	Put Op = iota + 1
	Get
	List
	Stat
	Delete
)

// Fault is one failure.
type Fault struct {
	Op Op
	// On is which call of its kind fails, from 1; 0 means every one.
	On int
	// Err is what the call returns.
	Err error
	// Hang lets the call go on until its context ends, whose cause it returns.
	// It does nothing else.
	Hang bool
	// Done lets the call happen before it fails: the answer got lost.
	Done bool
	// Cut lets a Get deliver that many bytes before it fails, or a Put
	// store no more than that and say that all is well when Err is nil. A Get
	// without Err just ends there.
	Cut int64
}

// Store fails as its faults say.
type Store struct {
	backends.Store
	mu     sync.Mutex
	counts map[Op]int
	faults []Fault
	// room is how many bytes can still be put, negative for any number.
	room int64
}

// New wraps a store.
func New(s backends.Store, faults ...Fault) *Store {
	return &Store{Store: s, counts: map[Op]int{}, faults: faults, room: -1}
}

// FullAfter makes the destination full once n more bytes are put: what does
// not fit whole is ErrFull, and stores nothing. Deleting makes no room.
func (s *Store) FullAfter(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room = n
}

// take takes room for a Put.
func (s *Store) take(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room < 0 {
		return nil
	}
	if n > s.room {
		return fmt.Errorf("%w: %d bytes do not fit into %d", backends.ErrFull, n, s.room)
	}
	s.room -= n
	return nil
}

// Calls is how often a kind of call was made.
func (s *Store) Calls(op Op) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[op]
}

// next counts a call and returns its fault, nil for none.
func (s *Store) next(op Op) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[op]++
	for i := range s.faults {
		if f := &s.faults[i]; f.Op == op && (f.On == 0 || f.On == s.counts[op]) {
			return f
		}
	}
	return nil
}

// hang waits for the end of a context.
func hang(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// cutSource is the beginning of a source.
type cutSource struct {
	backends.Source
	size int64
}

func (c cutSource) Size() int64 { return c.size }

func (c cutSource) Open() (io.ReadCloser, error) {
	r, err := c.Source.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, c.size), r}, nil
}

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	f := s.next(Put)
	if f == nil {
		if err := s.take(src.Size()); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		return s.Store.Put(ctx, name, src)
	}
	switch {
	case f.Hang:
		return hang(ctx)
	case f.Cut > 0:
		src = cutSource{src, min(f.Cut, src.Size())}
	case !f.Done:
		return f.Err
	}
	if err := s.Store.Put(ctx, name, src); err != nil {
		return err
	}
	return f.Err
}

// Get implements backends.Store.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	f := s.next(Get)
	if f != nil && f.Hang {
		return nil, hang(ctx)
	}
	if f != nil && f.Cut == 0 {
		return nil, f.Err
	}
	r, err := s.Store.Get(ctx, name, off, n)
	if err != nil || f == nil {
		return r, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, f.Cut), failing{f.Err}), r}, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, cmp.Or(f.err, io.EOF) }

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	if f := s.next(List); f != nil {
		return func(yield func(backends.Object, error) bool) {
			if f.Hang {
				yield(backends.Object{}, hang(ctx))
				return
			}
			yield(backends.Object{}, f.Err)
		}
	}
	return s.Store.List(ctx, prefix)
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	if f := s.next(Stat); f != nil {
		if f.Hang {
			return backends.Object{}, hang(ctx)
		}
		return backends.Object{}, f.Err
	}
	return s.Store.Stat(ctx, name)
}

// Delete implements backends.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	f := s.next(Delete)
	if f != nil && f.Hang {
		return hang(ctx)
	}
	if f != nil && !f.Done {
		return f.Err
	}
	if err := s.Store.Delete(ctx, name); err != nil || f == nil {
		return err
	}
	return f.Err
}
