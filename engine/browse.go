package engine

import (
	"context"
	"errors"
	"iter"

	"github.com/varve-backup/varve/engine/repository"
)

// Versions lists the complete versions at a destination, newest first.
func (e *Engine) Versions(ctx context.Context, d Destination) ([]Version, error) {
	const op = "listing versions"
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return nil, classify(ctx, op, err)
	}
	defer archive.close()
	versions, err := archive.versions(ctx)
	return versions, classify(ctx, op, err)
}

// Browse opens a version. The caller closes the Tree.
func (e *Engine) Browse(ctx context.Context, d Destination, m Moment) (Tree, error) {
	t, err := e.version(ctx, "opening a version", d, m)
	if err != nil {
		return nil, err // not an interface that holds nil
	}
	return t, nil
}

// version opens one for what op says. The caller closes it.
func (e *Engine) version(ctx context.Context, op string, d Destination, m Moment) (*tree, error) {
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return nil, classify(ctx, op, err)
	}
	t, err := openTree(ctx, archive, m)
	if err != nil {
		return nil, classify(ctx, op, errors.Join(err, archive.close()))
	}
	return t, nil
}

func openTree(ctx context.Context, a archive, m Moment) (*tree, error) {
	version, err := pick(ctx, a, m)
	if err != nil {
		return nil, err
	}
	listing, err := version.browse(ctx)
	if err != nil {
		return nil, err
	}
	return &tree{a, version, listing, version.version(), tellSource(ctx, a, m, version)}, nil
}

// tree is a Tree over a listing.
type tree struct {
	archive archive
	from    openVersion
	listing listing
	version Version
	notice  string // which source it is of, "" where that needs no saying
}

func (t *tree) Version() Version { return t.version }

func (t *tree) ReadDir(ctx context.Context, path string) iter.Seq2[repository.Entry, error] {
	return classified(ctx, t.listing.ReadDir(ctx, path))
}

func (t *tree) Walk(ctx context.Context, path string) iter.Seq2[repository.Entry, error] {
	return classified(ctx, t.listing.Walk(ctx, path))
}

func (t *tree) Close() error { return errors.Join(t.listing.Close(), t.archive.close()) }

func classified(ctx context.Context, entries iter.Seq2[repository.Entry, error]) iter.Seq2[repository.Entry, error] {
	return func(yield func(repository.Entry, error) bool) {
		for e, err := range entries {
			if !yield(e, classify(ctx, "reading a version", err)) {
				return
			}
		}
	}
}

// Status tells what a destination holds, as collection-status prints it.
type Status struct {
	Format Format
	// ArchiveDir is the local archive directory.
	ArchiveDir string
	// Chains are oldest first; Active is the index of the one that the next
	// incremental backup continues, -1 when the next one is full.
	Chains []Chain
	Active int
	// Orphaned and Incomplete count sets that belong to no version.
	Orphaned, Incomplete int
}

// Chain is a full version and the incremental ones on it, oldest first.
type Chain struct {
	Versions []Version
}

// Status looks at a destination.
func (e *Engine) Status(ctx context.Context, d Destination) (Status, error) {
	const op = "looking at the collection"
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return Status{ArchiveDir: e.cacheDir(d), Active: -1}, classify(ctx, op, err)
	}
	defer archive.close()
	archive.withReasons()
	status, err := archive.status(ctx)
	return status, classify(ctx, op, err)
}
