package restic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// A repository is repaired in three steps, each of which is whole by itself
// and makes the next one know what there is: RepairIndex, RepairPacks with the
// packs that Check calls damaged, and RepairSnapshots. What is new is stored
// before anything goes, and of every damaged file that goes a copy stays in
// the cache.

// RepairedIndex is what RepairIndex did.
type RepairedIndex struct {
	// Removed are index files that could not be read.
	Removed []id.ID
	// Reread are packs of which the header was read, Dropped those that are
	// gone.
	Reread, Dropped int
	// Unreadable are packs whose header is damaged: a case for RepairPacks.
	Unreadable []id.ID
}

// RepairIndex makes the index tell of the packs that are there.
func (r *Repository) RepairIndex(ctx context.Context) (RepairedIndex, error) {
	x := &indexRepair{
		indexWriter: indexWriter{Repository: r}, listed: map[id.ID]int64{}, fits: map[id.ID]bool{},
		unreadable: map[id.ID]bool{}, bad: map[id.ID]error{},
	}
	err := r.repair(ctx, x.run)
	return x.result, err
}

// repair runs a repair under the exclusive lock.
func (r *Repository) repair(ctx context.Context, run func(context.Context) error) error {
	if r.config.AppendOnly {
		return ErrAppendOnly
	}
	l, err := r.lock(ctx, true)
	if err != nil {
		return err
	}
	return errors.Join(run(l.ctx), l.release())
}

// indexRepair is one call of RepairIndex.
type indexRepair struct {
	indexWriter
	listed     map[id.ID]int64 // packs and their sizes
	fits       map[id.ID]bool  // packs of which an entry has that size
	unreadable map[id.ID]bool
	bad        map[id.ID]error // index files
	result     RepairedIndex
}

func (x *indexRepair) run(ctx context.Context) error {
	for f, err := range x.list(ctx, packFile) {
		if err != nil {
			return err
		}
		x.listed[f.ID] = f.Size
	}
	names, err := x.ids(ctx, indexFile)
	if err != nil {
		return err
	}
	if err := x.eachIndex(ctx, names, x.bad, x.survey); err != nil {
		return err
	}
	if err := x.readHeaders(ctx); err != nil {
		return err
	}
	if err := x.eachIndex(ctx, names, x.bad, func(name id.ID, packs []index.Pack) error {
		return x.replace(ctx, name, packs, x.stays)
	}); err != nil {
		return err
	}
	x.countDropped()
	return x.finish(ctx, x.keepBad)
}

// eachIndex hands on what is in index files, a few at a time.
func (r *Repository) eachIndex(ctx context.Context, names []id.ID, bad map[id.ID]error, use func(id.ID, []index.Pack) error) error {
	for part := range slices.Chunk(names, 2*connections) {
		var errs []error
		err := r.loadSome(ctx, part, bad, func(name id.ID, packs []index.Pack) {
			errs = append(errs, use(name, packs))
		})
		if err := errors.Join(err, errors.Join(errs...)); err != nil {
			return err
		}
	}
	return nil
}

// survey notes which packs are known as they are.
func (x *indexRepair) survey(_ id.ID, packs []index.Pack) error {
	for i := range packs {
		p := &packs[i]
		x.fits[p.ID] = x.fits[p.ID] || x.isAsListed(p)
	}
	return nil
}

func (x *indexRepair) isAsListed(p *index.Pack) bool {
	size, there := x.listed[p.ID]
	return there && size == pack.Size(p.Blobs)
}

// stays reports that an entry is right, or all that is known of a pack that is
// there.
func (x *indexRepair) stays(p *index.Pack) bool {
	return x.isAsListed(p) || x.unreadable[p.ID]
}

// readHeaders reads what is in packs that the index does not know as they are.
func (x *indexRepair) readHeaders(ctx context.Context) error {
	var names []id.ID
	for name := range x.listed {
		if !x.fits[name] {
			names = append(names, name)
		}
	}
	rd := x.newReader(nil)
	err := func() error {
		for part := range slices.Chunk(names, 20*connections) {
			if err := x.readSomeHeaders(ctx, rd, part); err != nil {
				return err
			}
		}
		return nil
	}()
	return errors.Join(err, rd.close())
}

func (x *indexRepair) readSomeHeaders(ctx context.Context, rd *reader, names []id.ID) error {
	var mu sync.Mutex
	var found []index.Pack
	err := eachOf(ctx, names, func(ctx context.Context, i int) error {
		blobs, err := pack.ReadHeader(x.key, packAt{ctx, rd, names[i]}, x.listed[names[i]])
		if err := outage(ctx, err); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			x.unreadable[names[i]] = true
			x.result.Unreadable = append(x.result.Unreadable, names[i])
			return nil // it is told of in the result
		}
		found = append(found, index.Pack{ID: names[i], Blobs: blobs})
		return nil
	})
	x.result.Reread += len(found)
	return errors.Join(err, x.add(ctx, found))
}

func (x *indexRepair) countDropped() {
	for name := range x.fits {
		if _, there := x.listed[name]; !there {
			x.result.Dropped++
		}
	}
}

// keepBad dooms the index files that cannot be read.
func (x *indexRepair) keepBad(ctx context.Context) error {
	for name := range x.bad {
		if _, err := x.keepCopy(ctx, indexFile, name); err != nil {
			return err
		}
		x.old = append(x.old, name)
		x.result.Removed = append(x.result.Removed, name)
	}
	return nil
}

// indexWriter replaces index files. The new ones are there before the old ones
// go.
type indexWriter struct {
	*Repository
	waiting []index.Pack
	blobs   int
	old     []id.ID
}

// replace dooms an index file when not all of its packs stay.
func (w *indexWriter) replace(ctx context.Context, name id.ID, packs []index.Pack, stays func(*index.Pack) bool) error {
	stay := slices.DeleteFunc(slices.Clone(packs), func(p index.Pack) bool { return !stays(&p) })
	if len(stay) == len(packs) {
		return nil
	}
	w.old = append(w.old, name)
	return w.add(ctx, stay)
}

// add writes packs, in time.
func (w *indexWriter) add(ctx context.Context, packs []index.Pack) error {
	for _, p := range packs {
		w.waiting = append(w.waiting, p)
		if w.blobs += len(p.Blobs); w.blobs >= indexBlobs {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *indexWriter) flush(ctx context.Context) error {
	if len(w.waiting) == 0 {
		return nil
	}
	_, err := w.saveIndex(ctx, w.waiting)
	w.waiting, w.blobs = nil, 0
	return err
}

// finish writes what waits, and removes the old files after a last step.
func (w *indexWriter) finish(ctx context.Context, last func(context.Context) error) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	if err := last(ctx); err != nil {
		return err
	}
	for _, name := range w.old {
		if err := w.remove(ctx, indexFile, name); err != nil {
			return err
		}
	}
	return nil
}

const (
	// damagedDir holds copies of damaged files, in the cache.
	damagedDir = "damaged"
	// copyPart is what is copied at once, in bytes.
	copyPart = 1 << 20
)

// keepCopy copies a file that is about to go into the cache. Parts that cannot
// be read become zeros. It returns "" for a file that is gone.
func (r *Repository) keepCopy(ctx context.Context, kind fileKind, name id.ID) (path string, err error) {
	o, err := r.store.Stat(ctx, nameOf(kind, name))
	if errors.Is(err, backends.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking at %s: %w", nameOf(kind, name), err)
	}
	dir := filepath.Join(r.cache, damagedDir, string(kind))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("keeping a copy: %w", err)
	}
	f, err := os.CreateTemp(dir, name.String()+".*")
	if err != nil {
		return "", fmt.Errorf("keeping a copy: %w", err)
	}
	err = r.copyParts(ctx, f, nameOf(kind, name), o.Size)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("keeping a copy of %s: %w", nameOf(kind, name), err)
	}
	return f.Name(), nil
}

func (r *Repository) copyParts(ctx context.Context, f *os.File, name string, size int64) error {
	for at := int64(0); at < size; at += copyPart {
		b := make([]byte, min(copyPart, size-at))
		if err := outage(ctx, r.readPart(ctx, name, b, at)); err != nil {
			return err
		}
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func (r *Repository) readPart(ctx context.Context, name string, b []byte, at int64) error {
	src, err := r.store.Get(ctx, name, at, int64(len(b)))
	if err != nil {
		return err
	}
	_, err = io.ReadFull(src, b)
	return errors.Join(err, src.Close())
}
