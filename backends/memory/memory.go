// Package memory stores objects in memory, for tests. New makes an empty
// Store.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
)

// Store is a destination that ends with the process.
type Store struct {
	mu      sync.Mutex
	objects map[string]object
}

// object is never changed: a reader goes on with what it began.
type object struct {
	content []byte
	stored  time.Time
}

// New makes an empty store.
func New() *Store { return &Store{objects: map[string]object{}} }

// check ends a call before it begins.
func check(ctx context.Context, name string) error {
	if !fs.ValidPath(strings.ToValidUTF8(name, "x")) || name == "." || strings.IndexByte(name, 0) >= 0 {
		return fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	in, err := src.Open()
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	defer in.Close()
	content, err := io.ReadAll(untilDone{ctx, io.LimitReader(in, src.Size()+1)})
	if err == nil && int64(len(content)) != src.Size() {
		err = fmt.Errorf("%w: at least %d bytes instead of %d", backends.ErrSourceSize, len(content), src.Size())
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[name] = object{content, time.Now()}
	return nil
}

// untilDone ends a copy with its context.
type untilDone struct {
	ctx context.Context //nolint:containedctx // io.Reader has no other way
	src io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.src.Read(p)
}

func (s *Store) object(ctx context.Context, name string) (object, error) {
	if err := check(ctx, name); err != nil {
		return object{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[name]
	if !ok {
		return o, fmt.Errorf("%w: %s", backends.ErrNotExist, name)
	}
	return o, nil
}

// Get implements backends.Store.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	o, err := s.object(ctx, name)
	if err != nil {
		return nil, err
	}
	size := int64(len(o.content))
	if n < 0 {
		n = max(size-off, 0)
	}
	return io.NopCloser(io.NewSectionReader(bytes.NewReader(o.content), off, n)), nil
}

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		s.mu.Lock()
		now := maps.Clone(s.objects)
		s.mu.Unlock()
		for _, name := range slices.Sorted(maps.Keys(now)) {
			if ctx.Err() != nil {
				yield(backends.Object{}, context.Cause(ctx))
				return
			}
			if strings.HasPrefix(name, prefix) && !yield(describe(name, now[name]), nil) {
				return
			}
		}
	}
}

func describe(name string, o object) backends.Object {
	return backends.Object{Name: name, Size: int64(len(o.content)), ModTime: o.stored}
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	o, err := s.object(ctx, name)
	if err != nil {
		return backends.Object{}, err
	}
	return describe(name, o), nil
}

// Delete implements backends.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, name)
	return nil
}

// Close implements backends.Store. What is stored stays.
func (s *Store) Close() error { return nil }
