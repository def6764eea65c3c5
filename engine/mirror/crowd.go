package mirror

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/varve-backup/varve/backends"
)

// failure is an item that could not be handled.
type failure[T any] struct {
	item T
	err  error
}

// inARow is how many failures that may be of any file, one after the other, end
// a round.
const inARow = 32

var errNotTried = errors.New("it was not tried, because too many others failed")

// each calls do for all items, several at once, and returns those for which it
// failed, in their order. Where nothing works any more the rest is not tried.
func each[T any](ctx context.Context, workers int, items []T, do func(context.Context, T) error) []failure[T] {
	c := crowd[T]{items: items, errs: make([]error, len(items)), do: do}
	var all sync.WaitGroup
	for range min(workers, len(items)) {
		all.Go(func() { c.run(ctx) })
	}
	all.Wait()
	var failed []failure[T]
	for i, err := range c.errs {
		if i >= c.next {
			err = c.why(ctx)
		}
		if err != nil {
			failed = append(failed, failure[T]{items[i], err})
		}
	}
	return failed
}

// crowd is the work of several goroutines.
type crowd[T any] struct {
	items []T
	errs  []error // each written by whoever has the item
	do    func(context.Context, T) error

	mu    sync.Mutex
	next  int   // guarded by mu
	inRow int   // failures since the last success; guarded by mu
	over  error // why no more are tried; guarded by mu
}

func (c *crowd[T]) run(ctx context.Context) {
	for i, ok := c.take(ctx); ok; i, ok = c.take(ctx) {
		c.errs[i] = c.do(ctx, c.items[i])
		c.count(c.errs[i])
	}
}

func (c *crowd[T]) take(ctx context.Context) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == len(c.items) || c.over != nil || ctx.Err() != nil {
		return 0, false
	}
	c.next++
	return c.next - 1, true
}

func (c *crowd[T]) count(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case isHopeless(err):
		c.over = err
	case errors.Is(err, backends.ErrTemporary), errors.Is(err, backends.ErrFull):
		if c.inRow++; c.inRow >= inARow {
			c.over = err
		}
	default:
		c.inRow = 0 // it works, or it is this file
	}
}

// isHopeless tells of what no other file will fare better with.
func isHopeless(err error) bool {
	for _, e := range [...]error{
		backends.ErrAuth, backends.ErrHostKey, backends.ErrCertificate, backends.ErrOffline, backends.ErrServiceGone, backends.ErrConfig,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (c *crowd[T]) why(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%w: %w", errNotTried, c.over)
}
