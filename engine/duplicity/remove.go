package duplicity

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/engine/duplicity/collection"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/zone"
)

// Removed is what a removal deleted, or would in a dry run.
type Removed struct {
	// Versions are gone, oldest first. Damaged is not looked into.
	Versions []Version
	// Loose counts the sets, and the signatures, that were of no version.
	Loose int
	// Files are the names of what was deleted, in that order.
	Files []string
	// Bytes is the room that they took.
	Bytes int64
}

// RemoveChains deletes the chains whose full versions are of these times, and
// nothing else. A time that no chain has is ErrNotFound, and one that is pinned
// or needed by a pinned one ErrPinned, before anything is deleted. With dryRun it
// only says what it would do.
func (a *Archive) RemoveChains(ctx context.Context, fulls []time.Time, dryRun bool) (Removed, error) {
	return a.remove(ctx, dryRun, func(c *inventory) (collection.Removal, error) {
		var chains []collection.Chain
		for _, t := range fulls {
			i := slices.IndexFunc(c.Chains, func(chain collection.Chain) bool { return chain[0].End.Equal(t) })
			if i < 0 {
				return collection.Removal{}, fmt.Errorf("%w: there is no full version of %s", ErrNotFound, zone.Of(t).Format(time.DateTime))
			}
			chains = append(chains, c.Chains[i])
		}
		r := collection.Whole(chains)
		if stay := r.Spare(c.pinned(a.now())); len(stay) > 0 {
			return r, fmt.Errorf("%w: the version of %s", ErrPinned, local(stay[len(stay)-1].End))
		}
		return r, nil
	})
}

// RemoveOlderThan deletes the chains that end before t, except the last one.
func (a *Archive) RemoveOlderThan(ctx context.Context, t time.Time, dryRun bool) (Removed, error) {
	return a.remove(ctx, dryRun, func(c *inventory) (collection.Removal, error) { return c.OlderThan(t), nil })
}

// RemoveAllButFull deletes the chains before the last n.
func (a *Archive) RemoveAllButFull(ctx context.Context, n int, dryRun bool) (Removed, error) {
	return a.remove(ctx, dryRun, func(c *inventory) (collection.Removal, error) { return c.AllButFull(n), nil })
}

// RemoveIncrementals deletes the incremental versions of the chains before
// the last n.
func (a *Archive) RemoveIncrementals(ctx context.Context, n int, dryRun bool) (Removed, error) {
	return a.remove(ctx, dryRun, func(c *inventory) (collection.Removal, error) {
		return c.IncrementalsOfAllButFull(n), nil
	})
}

// Cleanup deletes what belongs to no version, an interrupted run included.
func (a *Archive) Cleanup(ctx context.Context, dryRun bool) (Removed, error) {
	removed, err := a.remove(ctx, dryRun, func(c *inventory) (collection.Removal, error) { return c.Extraneous(), nil }, a.cleanLocal)
	if n := len(removed.Versions); n > 0 {
		removed.Versions, removed.Loose = nil, removed.Loose+n
	}
	return removed, err
}

// choice says what of an archive is deleted.
type choice func(*inventory) (collection.Removal, error)

// remove deletes what choose says, holding the archive directory's lock, and
// then does what else there is to do with what is left.
func (a *Archive) remove(ctx context.Context, dryRun bool, choose choice, finish ...func(*inventory) error) (removed Removed, err error) {
	if !dryRun {
		if err := os.MkdirAll(a.cacheDir, 0o700); err != nil {
			return removed, fmt.Errorf("making the archive directory: %w", err)
		}
		held, err := takeLock(a.cacheDir)
		if err != nil {
			return removed, err
		}
		defer func() { err = errors.Join(err, held.release()) }()
	}
	inv, err := a.inventory(ctx)
	if err != nil {
		return removed, err
	}
	chosen, err := choose(inv)
	if err != nil {
		return removed, err
	}
	a.explainPins(inv, chosen.Spare(inv.pinned(a.now())))
	a.explain(&chosen)
	r := &remover{archive: a, inv: inv, dryRun: dryRun}
	if err := r.all(ctx, &chosen); err != nil || dryRun {
		return r.removed, err
	}
	inv.drop(r.removed.Files)
	err = a.tidyPins(ctx, inv)
	for _, f := range finish {
		err = errors.Join(err, f(inv))
	}
	return r.removed, err
}

// drop forgets files that are gone.
func (inv *inventory) drop(names []string) {
	gone := map[string]bool{}
	for _, n := range names {
		gone[n] = true
	}
	inv.stored = slices.DeleteFunc(inv.stored, func(f storedName) bool { return gone[f.Stored] })
	inv.Collection = collection.Build(inv.stored)
}

// cleanLocal removes from the archive directory what the destination does not
// have, and what an interrupted run left.
func (a *Archive) cleanLocal(inv *inventory) error {
	if err := a.dropStrangers(inv); err != nil {
		return fmt.Errorf("cleaning the archive directory: %w", err)
	}
	run, err := readJournal(a.cacheDir)
	if err != nil {
		return fmt.Errorf("reading the journal of an interrupted run: %w", err)
	}
	if run != nil && !inv.complete(run.header.Full, run.header.Start, run.header.Time) {
		return a.dropRun(filename.Name{Kind: filename.Volume, Full: run.header.Full, Start: run.header.Start, End: run.header.Time})
	}
	set, ok, err := a.partialSet()
	if err != nil || !ok || inv.complete(set.Full, set.Start, set.End) {
		return err
	}
	return a.dropRun(set)
}

// complete reports that a set has its manifest.
func (inv *inventory) complete(full bool, start, end time.Time) bool {
	return slices.ContainsFunc(inv.stored, func(f storedName) bool {
		n := f.Name
		return n.Kind == filename.Manifest && n.Full == full && n.Start.Equal(start) && n.End.Equal(end)
	})
}

// explain says what stays that one might not expect.
func (a *Archive) explain(r *collection.Removal) {
	if n := len(r.Required); n > 0 {
		a.watch.Notice(fmt.Sprintf("%d older versions stay because younger ones need them, the oldest of %s.", n, local(r.Required[0].End)))
	}
	if c := r.Newest; c != nil {
		a.watch.Notice(fmt.Sprintf("The newest chain, which ends on %s, is older too. It stays with its signatures: no archive is left without a version.", local(c.End())))
	}
	if n := len(r.Spared); n > 0 {
		a.watch.Notice(fmt.Sprintf("%d signature files of versions that stay are kept, which duplicity would delete.", n))
	}
	for i := range r.Empty {
		a.watch.Notice(fmt.Sprintf("The version of %s has no volumes. duplicity leaves its manifest, and so do we.", local(r.Empty[i].End)))
	}
	if s := r.Unsigned; s != nil {
		a.watch.Notice(fmt.Sprintf("The version of %s lost its signatures and can be restored, so it stays, which duplicity would delete.", local(s.End)))
	}
}

func local(t time.Time) string { return zone.Of(t).Format(time.DateTime) }

// remover deletes files.
type remover struct {
	archive *Archive
	inv     *inventory
	dryRun  bool
	removed Removed
}

// all deletes in the order that collection.Removal prescribes.
func (r *remover) all(ctx context.Context, chosen *collection.Removal) error {
	of := map[string]bool{}
	for i := range chosen.Sets {
		of[chosen.Sets[i].Signature.Stored] = true
	}
	for _, f := range chosen.Signatures {
		if err := r.delete(ctx, f); err != nil {
			return err
		}
		if !of[f.Stored] {
			r.removed.Loose++
		}
		if err := r.forget(f.Name); err != nil {
			return err
		}
	}
	for i := range chosen.Sets {
		if err := r.set(ctx, &chosen.Sets[i]); err != nil {
			return err
		}
	}
	slices.SortStableFunc(r.removed.Versions, func(x, y Version) int { return x.Time.Compare(y.Time) })
	return nil
}

// set deletes one set: its manifest makes an end of the version, so it goes
// first and alone.
func (r *remover) set(ctx context.Context, s *Set) error {
	files := collection.FilesOf(s, r.inv.stored)
	for len(files) > 0 && files[0].Name.Kind == filename.Manifest {
		if err := r.delete(ctx, files[0]); err != nil {
			return err
		}
		files = files[1:]
	}
	if err := r.volumes(ctx, files); err != nil {
		return err
	}
	if !s.Complete() {
		r.removed.Loose++
	} else {
		r.removed.Versions = append(r.removed.Versions, r.version(s))
	}
	set := filename.Name{Kind: filename.Volume, Full: s.Full, Start: s.Start, End: s.End}
	if err := r.forget(signatureName(set), manifestName(set)); err != nil || r.dryRun {
		return err
	}
	return r.archive.dropRun(set)
}

// version describes a set that goes.
func (r *remover) version(s *Set) Version {
	v := Version{Time: s.End, Full: s.Full, Chain: s.Start, Volumes: len(s.Volumes), Stored: s.Size(), Encrypted: s.Encrypted}
	for _, chain := range r.inv.Chains {
		if slices.ContainsFunc(chain, func(x Set) bool { return x.Full == s.Full && x.End.Equal(s.End) && x.Start.Equal(s.Start) }) {
			v.Chain = chain[0].End
		}
	}
	return v
}

// deletesAtOnce is how many volumes are being deleted at a time.
const deletesAtOnce = 4

func (r *remover) volumes(ctx context.Context, files []storedName) error {
	if r.dryRun {
		for _, f := range files {
			r.note(f)
		}
		return nil
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(deletesAtOnce)
	for _, f := range files {
		group.Go(func() error { return r.gone(inner, f) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, f := range files {
		r.note(f)
	}
	return nil
}

func (r *remover) delete(ctx context.Context, f storedName) error {
	if !r.dryRun {
		if err := r.gone(ctx, f); err != nil {
			return err
		}
	}
	r.note(f)
	return nil
}

// gone deletes a file at the destination.
func (r *remover) gone(ctx context.Context, f storedName) error {
	if err := r.archive.watch.Wait(ctx); err != nil {
		return err
	}
	r.archive.watch.Item(f.Stored)
	if err := r.archive.store.Delete(ctx, f.Stored); err != nil {
		return fmt.Errorf("removing %s: %w", f.Stored, err)
	}
	r.archive.watch.Handled(1, f.Size)
	return nil
}

func (r *remover) note(f storedName) {
	r.removed.Files = append(r.removed.Files, f.Stored)
	r.removed.Bytes += f.Size
}

// forget removes copies in the archive directory.
func (r *remover) forget(names ...filename.Name) error {
	if r.dryRun {
		return nil
	}
	for _, n := range names {
		if err := r.archive.removeCached(r.archive.localName(n)); err != nil {
			return fmt.Errorf("cleaning the archive directory: %w", err)
		}
	}
	return nil
}

// dropRun drops what the archive directory knows of an unfinished run of set.
func (a *Archive) dropRun(set filename.Name) error {
	run, err := readJournal(a.cacheDir)
	if err != nil {
		return fmt.Errorf("reading the journal of an interrupted run: %w", err)
	}
	if run != nil && run.header.Full == set.Full && run.header.Start.Equal(set.Start) && run.header.Time.Equal(set.End) {
		return a.dropParts(set)
	}
	return a.removeCached(a.partName(signatureName(set)), a.partName(manifestName(set)))
}
