package restic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/internal/workers"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// CopyOptions say which snapshots are copied, and who hears of them.
type CopyOptions struct {
	// Before leaves out snapshots that are not older; zero means none.
	Before time.Time
	// DryRun only names what would be copied.
	DryRun bool
	// Copied is called for every snapshot that is there now, or would be, as it
	// is named in the source.
	Copied func(*Snapshot)
}

// CopyFrom brings the snapshots of another repository here that are not here
// yet, oldest first, as restic copy does: with their time, host, tags and
// paths, and the name that they had first. Blobs keep their content, are sealed
// with this repository's key, and are stored only when they are not here. Where
// it was stopped the next call goes on. A snapshot that is not whole is in the
// error, and the others are copied.
func (r *Repository) CopyFrom(ctx context.Context, from *Repository, o CopyOptions) (err error) {
	missing, err := r.missing(ctx, from, o.Before)
	if err != nil {
		return err
	}
	if o.DryRun {
		for i := range missing {
			o.Copied(&missing[i])
		}
		return nil
	}
	if len(missing) == 0 {
		return nil
	}
	l, err := r.lock(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	c, err := r.newCopier(l.ctx, from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	return c.all(l.ctx, missing, o)
}

// missing lists the whole snapshots of another repository that are not here,
// oldest first.
func (r *Repository) missing(ctx context.Context, from *Repository, before time.Time) ([]Snapshot, error) {
	theirs, err := from.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	ours, err := r.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	here := map[string]bool{}
	for i := range ours {
		here[ours[i].Origin()] = true
	}
	missing := slices.DeleteFunc(theirs, func(s Snapshot) bool {
		return s.IsPartial() || here[s.Origin()] || !before.IsZero() && !s.Time.Before(before)
	})
	slices.Reverse(missing)
	return missing, nil
}

// Origin names what a snapshot shows, wherever it was copied to and however often
// it was pinned.
func (s *Snapshot) Origin() string {
	first := s.ID
	if s.Original != nil {
		first = *s.Original
	}
	return fmt.Sprint(first, s.Tree, s.Time.UnixNano())
}

// copier copies snapshots into a repository.
type copier struct {
	*saver
	journal *packJournal
	src     *reader
	seen    map[id.ID]bool // trees that were copied
	wanted  map[id.ID][]index.Location
	wants   map[id.ID]bool
}

func (r *Repository) newCopier(ctx context.Context, from *Repository) (c *copier, err error) {
	c = &copier{seen: map[id.ID]bool{}, wanted: map[id.ID][]index.Location{}, wants: map[id.ID]bool{}}
	x, err := from.newIndex(ctx)
	if err != nil {
		return nil, err
	}
	c.src = from.newLooker(x)
	c.saver, c.journal, err = r.openSaver(ctx)
	if err != nil {
		return nil, errors.Join(err, c.src.close(), x.Close())
	}
	return c, nil
}

func (c *copier) close() error {
	return errors.Join(c.src.close(), c.src.index.Close(), c.journal.close(), c.index.Close())
}

func (c *copier) all(ctx context.Context, snapshots []Snapshot, o CopyOptions) error {
	var bad []error
	for i := range snapshots {
		s := &snapshots[i]
		named := *s
		err := c.snapshot(ctx, s)
		if errors.Is(err, ErrDamaged) && ctx.Err() == nil {
			bad = append(bad, fmt.Errorf("copying snapshot %s: %w", s.ID.Short(), err))
			clear(c.seen) // of a folder that was seen something may be missing here
			continue
		}
		if err != nil {
			_ = c.sends.Wait() // what was stored shall not be lost
			return errors.Join(append(bad, err)...)
		}
		o.Copied(&named)
	}
	if err := c.flush(ctx); err != nil {
		return errors.Join(append(bad, err)...)
	}
	return errors.Join(append(bad, c.journal.done())...)
}

// snapshot copies one snapshot, which gets its name here.
func (c *copier) snapshot(ctx context.Context, s *Snapshot) error {
	if err := c.trees(ctx, *s.Tree); err != nil {
		return err
	}
	if err := c.fetch(ctx); err != nil {
		return err
	}
	c.watch.Finishing()
	if err := c.flush(ctx); err != nil {
		return err
	}
	if s.Original == nil {
		s.Original = new(s.ID)
	}
	s.Parent = nil // it has another name here, if it is here
	return c.saveSnapshot(ctx, s)
}

// mostWanted is how many blobs are noted before they are fetched.
const mostWanted = 100_000

// trees copies the folders from a tree on, and notes what the files in them
// need.
func (c *copier) trees(ctx context.Context, root id.ID) error {
	m := &room{}
	for waiting := []id.ID{root}; len(waiting) > 0; {
		at := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if c.seen[at] {
			continue
		}
		text, err := c.src.blob(ctx, at, pack.Tree)
		if err != nil {
			return err
		}
		below, err := c.need(text)
		if err != nil {
			return fmt.Errorf("tree %s: %w: %w", at.Short(), ErrDamaged, err)
		}
		waiting = append(waiting, below...)
		if _, err := c.save(text, pack.Tree, m); err != nil {
			return err
		}
		if len(c.wants) > mostWanted {
			if err := c.fetch(ctx); err != nil {
				return err
			}
		}
		c.seen[at] = true
	}
	return nil
}

// need notes the blobs of a folder's files that are not here, and returns the
// folders in it.
func (c *copier) need(text []byte) (below []id.ID, err error) {
	for n, err := range tree.Decode(text) {
		if err != nil {
			return nil, err
		}
		if n.Type == tree.Dir {
			below = append(below, *n.Subtree)
		}
		for _, blob := range n.Content {
			if c.wants[blob] || c.index.Has(blob, pack.Data) {
				continue
			}
			found := c.src.index.Find(blob, pack.Data)
			if len(found) == 0 {
				return nil, fmt.Errorf("%w: a part of %q, %s, is not in the repository", ErrMissing, n.Name, blob.Short())
			}
			c.wants[blob] = true
			c.wanted[found[0].Pack] = append(c.wanted[found[0].Pack], found[0])
		}
	}
	return below, nil
}

// fetch copies what was noted, pack by pack, each from front to back.
func (c *copier) fetch(ctx context.Context) error {
	packs := make([]id.ID, 0, len(c.wanted))
	for name := range c.wanted {
		packs = append(packs, name)
	}
	slices.SortFunc(packs, func(a, b id.ID) int { return strings.Compare(a.String(), b.String()) })
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(max(workers.Count(), backends.TraitsOf(c.src.store).Connections))
	for _, name := range packs {
		group.Go(func() error { return c.pack(inner, c.wanted[name]) })
	}
	err := group.Wait()
	clear(c.wanted)
	clear(c.wants)
	return err
}

func (c *copier) pack(ctx context.Context, blobs []index.Location) error {
	slices.SortFunc(blobs, func(a, b index.Location) int { return int(int64(a.Offset) - int64(b.Offset)) })
	m := rooms.Get().(*room)
	defer rooms.Put(m)
	for i := range blobs {
		if err := c.watch.Wait(ctx); err != nil {
			return err
		}
		content, err := c.src.blob(ctx, blobs[i].ID, pack.Data)
		if err != nil {
			return err
		}
		if _, err := c.save(content, pack.Data, m); err != nil {
			return err
		}
		c.watch.Handled(0, int64(len(content)))
	}
	return nil
}
