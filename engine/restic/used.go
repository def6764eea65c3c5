package restic

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/engine/internal/workers"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// bits is a set of records of a table.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bits) set(i int)      { b[i/64] |= 1 << (i % 64) }

// usage finds out which blobs snapshots need. Of several copies of a blob the
// first record stands for all.
type usage struct {
	*reader
	table *index.Table

	mu    sync.Mutex
	ready *sync.Cond
	used  bits    // guarded by mu
	queue []id.ID // trees that are to be read; guarded by mu
	busy  int     // goroutines that may still find more; guarded by mu
}

func (rd *reader) newUsage(t *index.Table) *usage {
	u := &usage{reader: rd, table: t, used: newBits(t.Len())}
	u.ready = sync.NewCond(&u.mu)
	return u
}

// add marks everything that trees need.
func (u *usage) add(ctx context.Context, roots []id.ID) error {
	for _, root := range roots {
		if err := u.mark(root, pack.Tree); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, u.ready.Broadcast)
	defer stop()
	for range workers.Count() + 1 {
		g.Go(func() error { return u.work(ctx) })
	}
	return g.Wait()
}

// mark notes a blob; a tree that is new is to be read.
func (u *usage) mark(blob id.ID, kind pack.Kind) error {
	i := u.table.Find(blob, kind)
	if i < 0 {
		return fmt.Errorf("%s %s: %w: %w", kind, blob.Short(), ErrDamaged, ErrMissing)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.used.has(i) {
		return nil
	}
	u.used.set(i)
	if kind == pack.Tree {
		u.queue = append(u.queue, blob)
		u.ready.Signal()
	}
	return nil
}

// next returns a tree to read; ok is false when there is none and will be none.
func (u *usage) next(ctx context.Context) (blob id.ID, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for len(u.queue) == 0 && u.busy > 0 && ctx.Err() == nil {
		u.ready.Wait()
	}
	if len(u.queue) == 0 || ctx.Err() != nil {
		u.ready.Broadcast()
		return blob, false
	}
	last := len(u.queue) - 1
	blob, u.queue = u.queue[last], u.queue[:last]
	u.busy++
	return blob, true
}

func (u *usage) done() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.busy--
	u.ready.Broadcast()
}

func (u *usage) work(ctx context.Context) error {
	for {
		at, ok := u.next(ctx)
		if !ok {
			return ctx.Err()
		}
		err := u.read(ctx, at)
		u.done()
		if err != nil {
			return err
		}
	}
}

// read marks what a tree refers to.
func (u *usage) read(ctx context.Context, at id.ID) error {
	b, err := u.blob(ctx, at, pack.Tree)
	if err != nil {
		return err
	}
	for n, err := range tree.Decode(b) {
		if err != nil {
			return fmt.Errorf("tree %s: %w: %w", at.Short(), ErrDamaged, err)
		}
		for _, blob := range n.Content {
			if err := u.mark(blob, pack.Data); err != nil {
				return fmt.Errorf("%q: %w", n.Name, err)
			}
		}
		if n.Subtree != nil {
			if err := u.mark(*n.Subtree, pack.Tree); err != nil {
				return fmt.Errorf("%q: %w", n.Name, err)
			}
		}
	}
	return nil
}

// needs reports that a snapshot needs a blob.
func (u *usage) needs(blob id.ID, kind pack.Kind) bool {
	i := u.table.Find(blob, kind)
	return i >= 0 && u.used.has(i)
}
