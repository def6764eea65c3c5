package restic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// PruneOptions say how much is worth doing.
type PruneOptions struct {
	// MaxUnused is what share of the repository may stay unused; negative
	// means 5 %.
	MaxUnused float64
	// MaxRepack bounds what is copied, in bytes; 0 means no bound. When the
	// destination is full, 1 frees what can be freed without copying.
	MaxRepack int64
	DryRun    bool
	// Without takes snapshots for gone, in a dry run only.
	Without map[id.ID]bool
}

// Pruned is what Prune did, or would do.
type Pruned struct {
	// Packs and Bytes were given back; Copied were written anew for it.
	Packs         int
	Bytes, Copied int64
	// Unused stays, in bytes, because copying was not worth it.
	Unused int64
}

const (
	defaultUnused = 0.05
	// orphanAge is how old a pack must be that no index tells of: a program
	// that takes no locks may be about to write that index.
	orphanAge = 48 * time.Hour
)

// Prune gives back what no snapshot needs. Others may work on the repository
// meanwhile, but for the short times in which something is deleted. Stopping
// it at any moment loses nothing.
func (r *Repository) Prune(ctx context.Context, o PruneOptions) (res Pruned, err error) {
	if r.config.AppendOnly {
		return res, ErrAppendOnly
	}
	l, err := r.lock(ctx, false)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	p := &pruner{Repository: r, options: o, shared: l, ctx: l.ctx}
	if err := p.survey(); err != nil {
		return res, errors.Join(err, p.close())
	}
	err = p.prune()
	return p.result, errors.Join(err, p.close())
}

// pruner is one call of Prune.
type pruner struct {
	*Repository
	options PruneOptions
	shared  *held
	ctx     context.Context //nolint:containedctx // of one call

	index    *index.Index
	reader   *reader
	usage    *usage
	examined map[id.ID]bool // snapshots
	listed   map[id.ID]fileInfo
	packs    []packUse // by number in the table
	keep     bits      // the record of each blob that is needed that stays
	result   Pruned
}

// packUse is what of a pack is needed.
type packUse struct {
	used, unused int64 // bytes
	blobs        int   // that are needed
	kinds        [2]bool
	fate         fate
}

// fate is what becomes of a pack.
type fate uint8

const (
	stays fate = iota
	goes
	copied
)

func (p *pruner) close() error {
	var errs []error
	if p.reader != nil {
		errs = append(errs, p.reader.close())
	}
	if p.index != nil {
		errs = append(errs, p.index.Close())
	}
	return errors.Join(errs...)
}

// survey learns what there is and what of it is needed. Snapshots are listed
// before the index is loaded, so that everything they need is in it.
func (p *pruner) survey() error {
	snapshots, err := p.Snapshots(p.ctx)
	if err != nil {
		return err // one that cannot be read may need anything
	}
	if p.options.DryRun {
		snapshots = slices.DeleteFunc(snapshots, func(s Snapshot) bool { return p.options.Without[s.ID] })
	}
	if p.index, err = p.newIndex(p.ctx); err != nil {
		return err
	}
	p.reader = p.newReader(p.index)
	p.usage = p.reader.newUsage(p.index.Table())
	p.examined = map[id.ID]bool{}
	if err := p.examine(p.usage, snapshots); err != nil {
		return err
	}
	if p.listed, err = p.listPacks(); err != nil {
		return err
	}
	return p.measure()
}

// examine marks what snapshots need.
func (p *pruner) examine(u *usage, snapshots []Snapshot) error {
	var roots []id.ID
	for _, s := range snapshots {
		p.examined[s.ID] = true
		roots = append(roots, *s.Tree)
	}
	return u.add(p.ctx, roots)
}

func (p *pruner) listPacks() (map[id.ID]fileInfo, error) {
	listed := map[id.ID]fileInfo{}
	for f, err := range p.list(p.ctx, packFile) {
		if err != nil {
			return nil, err
		}
		listed[f.ID] = f
	}
	return listed, nil
}

// measure counts what of each pack is needed. Of a blob that is there several
// times one copy counts, preferably in a pack that stays anyway.
func (p *pruner) measure() error {
	t := p.index.Table()
	p.packs, p.keep = make([]packUse, t.Packs()), newBits(t.Len())
	for i := 0; i < t.Len(); {
		i = p.measureBlob(t, i, true)
	}
	for i := 0; i < t.Len(); {
		i = p.measureBlob(t, i, false)
	}
	for n := range p.packs {
		if use := &p.packs[n]; use.blobs > 0 {
			if err := p.checkPack(t.Pack(n), use); err != nil {
				return err
			}
		}
	}
	return nil
}

// measureBlob counts the copies of a blob from record i on, those that are
// alone first and then the others. It returns the record behind them.
func (p *pruner) measureBlob(t *index.Table, i int, alone bool) int {
	first, n := t.Record(i)
	end := i + 1
	for ; end < t.Len(); end++ {
		if b, _ := t.Record(end); b.ID != first.ID || b.Kind != first.Kind {
			break
		}
	}
	if (end == i+1) != alone {
		return end
	}
	chosen := -1
	if p.usage.used.has(p.index.Table().Find(first.ID, first.Kind)) {
		chosen = i
		for j := i + 1; j < end; j++ {
			_, m := t.Record(j)
			if cmp.Compare(p.packs[m].blobs, p.packs[n].blobs) > 0 {
				chosen, n = j, m
			}
		}
	}
	for j := i; j < end; j++ {
		b, m := t.Record(j)
		if m >= len(p.packs) {
			continue
		}
		use := &p.packs[m]
		use.kinds[b.Kind] = true
		if j != chosen {
			use.unused += int64(b.Length)
			continue
		}
		use.used += int64(b.Length)
		use.blobs++
		p.keep.set(j)
	}
	return end
}

// checkPack makes sure that a pack that is needed is there as it should be.
func (p *pruner) checkPack(name id.ID, use *packUse) error {
	f, ok := p.listed[name]
	if !ok {
		return fmt.Errorf("pack %s: %w: it is missing", name.Short(), ErrDamaged)
	}
	if f.Size < use.used+use.unused {
		return fmt.Errorf("pack %s: %w: it is cut short", name.Short(), ErrDamaged)
	}
	return nil
}

// prune does what is worth doing: what frees room without writing comes first.
func (p *pruner) prune() error {
	candidates := p.decide()
	p.choose(candidates)
	if p.options.DryRun {
		p.foresee()
		return nil
	}
	if err := p.sweep(p.doomed(goes), true); err != nil {
		return err
	}
	doomed := p.doomed(copied)
	if len(doomed) == 0 {
		return nil
	}
	if err := p.copyOut(); err != nil {
		return err
	}
	return p.sweep(doomed, false)
}

// decide finds the packs that go as a whole and those that could be copied.
func (p *pruner) decide() (candidates []int) {
	for n := range p.packs {
		use := &p.packs[n]
		switch {
		case use.blobs == 0:
			use.fate = goes
		case use.unused > 0, use.kinds[pack.Data] && use.kinds[pack.Tree] && p.config.Version >= 2:
			candidates = append(candidates, n)
		}
	}
	return append(candidates, p.smallPacks()...)
}

// smallPacks are whole packs that are much smaller than they should be, when
// there are many.
func (p *pruner) smallPacks() (small []int) {
	for n := range p.packs {
		if use := &p.packs[n]; use.blobs > 0 && use.unused == 0 && use.used < packTarget/4 {
			small = append(small, n)
		}
	}
	if len(small) < 10 {
		return nil
	}
	return small
}

// choose takes those with the most to gain until little enough is unused.
func (p *pruner) choose(candidates []int) {
	slices.SortFunc(candidates, func(a, b int) int {
		x, y := &p.packs[a], &p.packs[b]
		return cmp.Compare(y.unused*(x.used+1), x.unused*(y.used+1))
	})
	var total, unused, moved int64
	for n := range p.packs {
		if use := &p.packs[n]; use.fate == stays {
			total, unused = total+use.used, unused+use.unused
		}
	}
	share := p.options.MaxUnused
	if share < 0 {
		share = defaultUnused
	}
	for _, n := range candidates {
		use := &p.packs[n]
		enough := float64(unused) <= share*float64(total) && use.unused > 0
		if enough || p.options.MaxRepack > 0 && moved+use.used > p.options.MaxRepack {
			continue
		}
		use.fate = copied
		unused, moved = unused-use.unused, moved+use.used
	}
	p.result.Unused = unused
}

// foresee counts what would be done.
func (p *pruner) foresee() {
	for n := range p.packs {
		use := &p.packs[n]
		if use.fate == stays {
			continue
		}
		p.result.Packs++
		p.result.Bytes += use.used + use.unused
		if use.fate == copied {
			p.result.Copied += use.used
		}
	}
}

func (p *pruner) doomed(f fate) map[id.ID]bool {
	doomed := map[id.ID]bool{}
	for n := range p.packs {
		if p.packs[n].fate == f {
			doomed[p.index.Table().Pack(n)] = true
		}
	}
	return doomed
}

// copyOut writes what is needed of the packs that are copied into new ones,
// sealed as it is, and tells of them in an index.
func (p *pruner) copyOut() error {
	s := p.newSaver(p.ctx, index.New(nil))
	t := p.index.Table()
	for i := range t.Len() {
		b, n := t.Record(i)
		if !p.keep.has(i) || p.packs[n].fate != copied {
			continue
		}
		if err := p.watch.Wait(p.ctx); err != nil {
			return errors.Join(err, s.sends.Wait())
		}
		if err := p.copyBlob(s, t.Pack(n), &b); err != nil {
			return errors.Join(err, s.sends.Wait())
		}
		p.result.Copied += int64(b.Length)
	}
	return s.flush(p.ctx)
}

func (p *pruner) copyBlob(s *saver, from id.ID, b *pack.Blob) error {
	sealed := make([]byte, b.Length)
	if err := p.reader.readPack(p.ctx, from, sealed, int64(b.Offset)); err != nil {
		return fmt.Errorf("reading pack %s: %w", from.Short(), err)
	}
	if _, err := p.openBlob(sealed, b); err != nil {
		return fmt.Errorf("pack %s, %s %s: %w", from.Short(), b.Kind, b.ID.Short(), err)
	}
	return s.add(b, sealed)
}
