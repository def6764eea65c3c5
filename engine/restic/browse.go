package restic

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// Listing is a snapshot opened for browsing. Folders are read when they are
// asked for.
type Listing struct {
	view *view
	// mu is held for reading while a folder is read: Close takes the memory of
	// the index away.
	mu     sync.RWMutex
	closed bool // guarded by mu
}

// errClosed: the listing was closed while somebody still reads.
var errClosed = errors.New("the version is closed already")

// read finds the item at a path and hands it to use; nobody closes the listing
// before that returns.
func (l *Listing) read(ctx context.Context, path string, yield entryYield, use func(*tree.Node)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		yield(repository.Entry{}, errClosed)
		return
	}
	n, err := l.view.node(ctx, path)
	if err != nil {
		yield(repository.Entry{}, fmt.Errorf("%q: %w", path, err))
		return
	}
	use(n)
}

type entryYield = func(repository.Entry, error) bool

// Browse opens a snapshot; the caller closes the Listing, before the
// Repository.
func (r *Repository) Browse(ctx context.Context, s *Snapshot) (*Listing, error) {
	x, err := r.newIndex(ctx)
	if err != nil {
		return nil, err
	}
	rd := r.newLooker(x)
	v, err := rd.newView(ctx, s)
	if err != nil {
		return nil, errors.Join(err, rd.close(), x.Close())
	}
	return &Listing{view: v}, nil
}

// Close ends browsing.
func (l *Listing) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	return errors.Join(l.view.close(), l.view.index.Close())
}

// ReadDir yields the children of a folder.
func (l *Listing) ReadDir(ctx context.Context, dir string) iter.Seq2[repository.Entry, error] {
	return func(yield func(repository.Entry, error) bool) {
		l.read(ctx, dir, yield, func(n *tree.Node) {
			if at, ok := l.view.subtree(n); ok {
				l.children(ctx, dir, at, yield)
			}
		})
	}
}

// children yields the nodes of a tree; it reports false when yield did.
func (l *Listing) children(ctx context.Context, dir string, at id.ID, yield func(repository.Entry, error) bool) bool {
	b, err := l.view.blob(ctx, at, pack.Tree)
	if err != nil {
		return yield(repository.Entry{}, err)
	}
	for n, err := range tree.Decode(b) {
		if err != nil {
			err = fmt.Errorf("folder %q: %w: %w", dir, ErrDamaged, err)
		}
		if n == nil || err != nil {
			if !yield(repository.Entry{}, err) {
				return false
			}
			continue
		}
		if n.Type.Entry() != 0 && !yield(l.entryOf(n, strings.TrimPrefix(dir+"/"+n.Name, "/")), nil) {
			return false
		}
	}
	return true
}

// Walk yields an item and everything below it, in order.
func (l *Listing) Walk(ctx context.Context, from string) iter.Seq2[repository.Entry, error] {
	return func(yield func(repository.Entry, error) bool) {
		l.read(ctx, from, yield, func(n *tree.Node) { l.walk(ctx, from, n, yield) })
	}
}

func (l *Listing) walk(ctx context.Context, p string, n *tree.Node, yield func(repository.Entry, error) bool) bool {
	if err := ctx.Err(); err != nil {
		return yield(repository.Entry{}, err)
	}
	if n != nil && n.Type.Entry() == 0 {
		return true
	}
	if !yield(l.entryOf(n, p), nil) {
		return false
	}
	at, ok := l.view.subtree(n)
	if !ok {
		return true
	}
	nodes, bad, err := l.view.nodesBelow(ctx, at)
	if err != nil && !yield(repository.Entry{}, fmt.Errorf("folder %q: %w", p, err)) {
		return false
	}
	for i, child := range nodes {
		below := strings.TrimPrefix(p+"/"+child.Name, "/")
		if bad[i] != nil {
			if !yield(repository.Entry{}, fmt.Errorf("%q: %w: %w", below, ErrDamaged, bad[i])) {
				return false
			}
			continue
		}
		if !l.walk(ctx, below, child, yield) {
			return false
		}
	}
	return true
}

// entryOf describes a node, and names its content.
func (l *Listing) entryOf(n *tree.Node, p string) repository.Entry {
	e := l.view.entryOf(n, p)
	if n != nil && n.Type == tree.File {
		e.ContentKey = contentKey(n.Content)
	}
	return e
}

// Totals counts the files of a snapshot below paths, for progress only. known
// is false where that would take long.
func (s *Snapshot) Totals(paths []string) (files, bytes int64, known bool) {
	if s.Summary == nil || len(paths) > 0 && paths[0] != "" {
		return 0, 0, false
	}
	return s.Summary.FilesProcessed, s.Summary.BytesProcessed, true
}

// SnapshotAt returns the newest snapshot that is not younger than at among
// those that are newest first: the newest of all when at is zero, and the
// oldest when all are younger. Partial ones count only when there are no
// others.
func SnapshotAt(all []Snapshot, isYounger func(*Snapshot) bool) *Snapshot {
	var found, partial *Snapshot
	for i := range all {
		s := &all[i]
		if s.IsPartial() {
			if partial == nil && !isYounger(s) {
				partial = s
			}
			continue
		}
		found = s
		if !isYounger(s) {
			return s
		}
	}
	if found == nil {
		return partial
	}
	return found
}
