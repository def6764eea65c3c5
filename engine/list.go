package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
)

// ListPlan says which items of a version are listed.
type ListPlan struct {
	Destination Destination
	// At chooses the newest version that is not younger; zero means the newest.
	At time.Time
	// Version names the version instead, as Moment.ID does.
	Version string
	// Path is a folder, of which the children are listed, or anything else,
	// which is listed itself. Empty means the root.
	Path string
	// Recursive lists everything below the folder.
	Recursive bool
}

// List is an open version, of which some items are listed.
type List struct {
	tree *tree
	plan ListPlan
	top  repository.Entry
}

// List opens a version for listing. A path that it does not hold is an error
// of the kind NotFound. The caller closes the List.
func (e *Engine) List(ctx context.Context, p ListPlan) (*List, error) {
	const op = "listing a version"
	t, err := e.version(ctx, op, p.Destination, Moment{ID: p.Version, At: p.At})
	if err != nil {
		return nil, err
	}
	l := &List{tree: t, plan: p}
	if l.top, err = topOf(ctx, t.listing, p.Path); err != nil {
		return nil, classify(ctx, op, errors.Join(err, t.Close()))
	}
	return l, nil
}

// topOf finds one item.
func topOf(ctx context.Context, l listing, path string) (repository.Entry, error) {
	for e, err := range l.Walk(ctx, path) {
		return e, err
	}
	return repository.Entry{}, fmt.Errorf("%q: %w", path, duplicity.ErrNotFound)
}

// Version is the version that was opened.
func (l *List) Version() Version { return l.tree.Version() }

// Notice says in a sentence which source the version is of, where the
// destination holds several and nobody chose one by name; "" otherwise.
func (l *List) Notice() string { return l.tree.notice }

// Entries yields the items in order. What cannot be read is an error among
// them, and the others follow.
func (l *List) Entries(ctx context.Context) iter.Seq2[repository.Entry, error] {
	switch {
	case l.top.Type != repository.Dir:
		return func(yield func(repository.Entry, error) bool) { yield(l.top, nil) }
	case !l.plan.Recursive:
		return l.tree.ReadDir(ctx, l.plan.Path)
	}
	return func(yield func(repository.Entry, error) bool) {
		for e, err := range l.tree.Walk(ctx, l.plan.Path) {
			if err == nil && e.Path == l.plan.Path {
				continue // the folder itself
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// Close ends the listing.
func (l *List) Close() error { return l.tree.Close() }
