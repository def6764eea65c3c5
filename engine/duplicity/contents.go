package duplicity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/varve-backup/varve/engine/duplicity/tarstream"
	"github.com/varve-backup/varve/engine/repository"
)

// Contents is one version being read from its volumes: every chosen item
// once, in order, with what is needed to bring its content back. It is used
// by one goroutine.
type Contents struct {
	archive *Archive
	version Version
	sets    []*setReader // oldest first
	paths   []string     // what is wanted; "" is everything
	at      string       // the item that was yielded last
	started bool
	reached []bool // per path, whether an item of it was met
}

// Contents opens a version for reading: the newest one that is not younger
// than the time of v's sets. Only volumes that may hold one of paths are
// read; no paths means everything.
func (a *Archive) Contents(ctx context.Context, v *Version, paths []string) (*Contents, error) {
	if len(paths) == 0 {
		paths = []string{""}
	}
	paths = slices.SortedFunc(slices.Values(paths), repository.Compare)
	c := &Contents{archive: a, version: *v, paths: paths, reached: make([]bool, len(paths))}
	for i := range v.sets {
		s, err := a.newSetReader(ctx, &v.sets[i], paths)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.sets = append(c.sets, s)
	}
	return c, nil
}

func (a *Archive) newSetReader(ctx context.Context, s *Set, paths []string) (*setReader, error) {
	m, err := a.manifestOf(ctx, s)
	if err != nil {
		return nil, err
	}
	r := &setReader{archive: a, set: s}
	for _, v := range m.Volumes {
		if slices.ContainsFunc(paths, func(p string) bool { return v.MayHold(p) }) {
			r.volumes = append(r.volumes, v)
		}
	}
	return r, nil
}

// Next returns the next item, or nil at the end. An item that cannot be
// brought back whole comes with Broken set. The Item, and what was opened of
// it, is valid until the next call.
func (c *Contents) Next(ctx context.Context) (*Item, error) {
	for {
		if err := c.leave(ctx); err != nil {
			return nil, err
		}
		path, ok, err := c.find(ctx)
		if err != nil || !ok {
			return nil, err
		}
		c.started, c.at = true, path
		if !c.wants(path) {
			continue
		}
		if item := c.assemble(ctx, path); item != nil {
			return item, nil
		}
	}
}

// leave moves every set past the item that was yielded last.
func (c *Contents) leave(ctx context.Context) error {
	if !c.started {
		return nil
	}
	for _, s := range c.sets {
		if err := s.skip(ctx, c.at); err != nil {
			return err
		}
	}
	return nil
}

// find returns the smallest path that a set holds next. Volumes are opened
// only when nothing smaller is known.
func (c *Contents) find(ctx context.Context) (string, bool, error) {
	for {
		path, exact, lowest := "", false, (*setReader)(nil)
		for _, s := range c.sets {
			p, isExact, ok := s.bound()
			if !ok {
				continue
			}
			if order := repository.Compare(p, path); lowest == nil || order < 0 || order == 0 && !isExact {
				path, exact, lowest = p, isExact, s
			}
		}
		if lowest == nil || c.beyond(path) {
			return "", false, nil
		}
		if exact {
			return path, true, nil
		}
		if err := lowest.load(ctx); err != nil {
			return "", false, err
		}
	}
}

// beyond reports that nothing wanted can come at path or after it.
func (c *Contents) beyond(path string) bool {
	last := c.paths[len(c.paths)-1]
	return repository.Compare(path, last) > 0 && !slices.ContainsFunc(c.paths, func(p string) bool {
		return repository.Contains(p, path)
	})
}

func (c *Contents) wants(path string) bool {
	wanted := false
	for i, p := range c.paths {
		if repository.Contains(p, path) {
			c.reached[i], wanted = true, true
		}
	}
	return wanted
}

// assemble collects what the sets hold of an item (formats/duplicity.md
// section 8.3), nil when it does not exist in this version.
func (c *Contents) assemble(ctx context.Context, path string) *Item {
	var holders []*setReader
	base := -1 // index in holders of the last entry that stands alone
	for _, s := range c.sets {
		if s.head == nil || s.head.Entry.Path != path {
			continue
		}
		if !s.head.Kind.IsDelta() {
			base = len(holders)
		}
		holders = append(holders, s)
	}
	newest := holders[len(holders)-1]
	item := &Item{Entry: newest.head.Entry, archive: c.archive, Version: c.version.Time}
	if base >= 0 && base == len(holders)-1 && newest.head.Kind == tarstream.Deleted {
		if c.lostSince(newest, path) == nil {
			return nil
		}
	}
	item.Broken = c.judge(path, holders, base)
	if item.Broken != nil {
		return item
	}
	for _, s := range holders[base:] {
		item.parts = append(item.parts, newMemberData(ctx, s))
	}
	return item
}

// judge says why an item cannot be brought back, nil when it can.
func (c *Contents) judge(path string, holders []*setReader, base int) error {
	if base < 0 {
		if err := c.lostSince(c.sets[0], path); err != nil {
			return err
		}
		return fmt.Errorf("%w: there are only changes of it, without what they change", ErrDamaged)
	}
	if err := c.lostSince(holders[base], path); err != nil {
		return err
	}
	first := holders[base].head
	if len(holders)-base > 1 && (first.Kind == tarstream.Deleted || first.Entry.Type != repository.File) {
		return fmt.Errorf("%w: it is stored as a change of something that was no file", ErrDamaged)
	}
	if first.Kind.IsChunk() && first.Chunk != 1 {
		return fmt.Errorf("%w: its beginning is missing", ErrDamaged)
	}
	return nil
}

// lostSince reports that a set at or after from has lost a volume that may
// have described the item.
func (c *Contents) lostSince(from *setReader, path string) error {
	for _, s := range c.sets[slices.Index(c.sets, from):] {
		for _, l := range s.lost {
			if l.holds(path) && (s.head == nil || s.head.Entry.Path != path || s.head.Kind.IsChunk()) {
				return l.err
			}
		}
	}
	return nil
}

// holds reports that the range may have held something about path.
func (l lostRange) holds(path string) bool {
	return repository.Compare(path, l.from) >= 0 && repository.Compare(path, l.to) <= 0
}

// Missing returns the wanted paths that the version does not hold.
func (c *Contents) Missing() []string {
	var missing []string
	for i, p := range c.paths {
		if !c.reached[i] {
			missing = append(missing, p)
		}
	}
	return missing
}

// Lost returns what was wrong with each volume that could not be used.
func (c *Contents) Lost() []error {
	var errs []error
	for _, s := range c.sets {
		for _, l := range s.lost {
			errs = append(errs, l.err)
		}
	}
	return errs
}

// Close ends reading.
func (c *Contents) Close() error {
	var errs []error
	for _, s := range c.sets {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
