package restic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
)

// tableName is the local index in the cache.
const tableName = "index"

// batch is how many blobs are sorted in memory at a time.
const batch = 1 << 20

func cacheDir(base string, repository id.ID) string {
	return filepath.Join(base, "restic-"+repository.String())
}

// table opens the local index after bringing it up to date: what new index
// files tell is merged in, and it is made anew when one that it knows is gone.
func (r *Repository) table(ctx context.Context) (*index.Table, error) {
	names, err := r.ids(ctx, indexFile)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(r.cache, tableName)
	t, err := index.OpenTable(path)
	if err != nil {
		t = nil // there is none, or it cannot be read
	}
	missing, fits := difference(names, t.Files())
	if !fits {
		if err := errors.Join(t.Close(), ignoreMissing(os.Remove(path))); err != nil {
			return nil, fmt.Errorf("making the local index anew: %w", err)
		}
		t, missing = nil, names
	}
	if t == nil && len(missing) == 0 {
		return nil, nil
	}
	return r.mergeFiles(ctx, path, t, missing)
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// difference returns what of all is not in known, and whether all that is
// known is there.
func difference(all, known []id.ID) (missing []id.ID, fits bool) {
	compare := func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) }
	all = slices.SortedFunc(slices.Values(all), compare)
	for _, name := range known {
		if _, there := slices.BinarySearchFunc(all, name, compare); !there {
			return nil, false
		}
	}
	for _, name := range all {
		if _, there := slices.BinarySearchFunc(known, name, compare); !there {
			missing = append(missing, name)
		}
	}
	return missing, true
}

// mergeFiles adds index files to the table, some at a time so that memory
// stays bounded. It owns t.
func (r *Repository) mergeFiles(ctx context.Context, path string, t *index.Table, names []id.ID) (*index.Table, error) {
	for len(names) > 0 {
		files, packs, err := r.loadIndexes(ctx, names)
		if err == nil {
			err = index.Merge(path, t, files, packs)
		}
		if err := errors.Join(err, t.Close()); err != nil {
			return nil, err
		}
		if t, err = index.OpenTable(path); err != nil {
			return nil, fmt.Errorf("opening the local index: %w", err)
		}
		names = names[len(files):]
	}
	return t, nil
}

// loadIndexes reads index files from the front of names, until they tell of
// enough blobs for one batch.
func (r *Repository) loadIndexes(ctx context.Context, names []id.ID) (files []id.ID, packs []index.Pack, err error) {
	blobs := 0
	for part := range slices.Chunk(names, 2*connections) {
		if blobs > batch {
			break
		}
		found := make([][]index.Pack, len(part))
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(connections)
		for i, name := range part {
			g.Go(func() (err error) {
				found[i], err = r.loadIndex(gctx, name)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return nil, nil, err
		}
		files = append(files, part...)
		for _, p := range slices.Concat(found...) {
			packs = append(packs, p)
			blobs += len(p.Blobs)
		}
	}
	return files, packs, nil
}

func (r *Repository) loadIndex(ctx context.Context, name id.ID) ([]index.Pack, error) {
	text, err := r.load(ctx, indexFile, name)
	if err != nil {
		return nil, err
	}
	packs, err := index.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading index %s: %w: %w", name.Short(), ErrDamaged, err)
	}
	return packs, nil
}
