package restic

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
)

// sweep deletes packs under the exclusive lock, after making sure that what
// snapshots need of them is elsewhere: between the survey and now others may
// have made snapshots, and another pruner may have taken our copies for
// needless ones. orphans: packs that no index tells of go too.
func (p *pruner) sweep(doomed map[id.ID]bool, orphans bool) error {
	if len(doomed) == 0 && !orphans {
		return nil
	}
	l, err := p.lockBeside(p.ctx, true, p.shared)
	if err != nil {
		return err
	}
	err = p.sweepLocked(l.ctx, doomed, orphans)
	return errors.Join(err, l.release())
}

func (p *pruner) sweepLocked(ctx context.Context, doomed map[id.ID]bool, orphans bool) error {
	t, err := p.table(ctx)
	if err != nil {
		return err
	}
	x := index.New(t)
	rd := p.newReader(x)
	err = p.sweepWith(ctx, rd, t, doomed, orphans)
	return errors.Join(err, rd.close(), x.Close())
}

func (p *pruner) sweepWith(ctx context.Context, rd *reader, t *index.Table, doomed map[id.ID]bool, orphans bool) error {
	late, err := p.lateUsage(ctx, rd, t)
	if err != nil {
		return err
	}
	listed, err := p.listPacks()
	if err != nil {
		return err
	}
	p.spare(t, late, listed, doomed)
	if err := p.rewriteIndexes(ctx, doomed); err != nil {
		return err
	}
	if orphans {
		p.addOrphans(t, listed, doomed)
	}
	for name := range doomed {
		f, there := listed[name]
		if !there {
			continue
		}
		if err := p.remove(ctx, packFile, name); err != nil {
			return err
		}
		p.result.Packs++
		p.result.Bytes += f.Size
	}
	return nil
}

// lateUsage is what snapshots need that were made since the survey.
func (p *pruner) lateUsage(ctx context.Context, rd *reader, t *index.Table) (*usage, error) {
	all, err := p.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	var late []Snapshot
	for _, s := range all {
		if !p.examined[s.ID] {
			late = append(late, s)
		}
	}
	u := rd.newUsage(t)
	var roots []id.ID
	for _, s := range late {
		roots = append(roots, *s.Tree)
	}
	return u, u.add(ctx, roots)
}

// spare takes packs off the list that hold the last copy of something needed.
func (p *pruner) spare(t *index.Table, late *usage, listed map[id.ID]fileInfo, doomed map[id.ID]bool) {
	for {
		spared := false
		for i := range t.Len() {
			b, n := t.Record(i)
			name := t.Pack(n)
			if !doomed[name] || !p.usage.needs(b.ID, b.Kind) && !late.needs(b.ID, b.Kind) {
				continue
			}
			if !hasOtherCopy(t, i, listed, doomed) {
				delete(doomed, name)
				spared = true
			}
		}
		// What was spared may be the other copy of something, never less.
		if !spared {
			return
		}
	}
}

// hasOtherCopy reports that a blob is also in a pack that is there and stays.
func hasOtherCopy(t *index.Table, i int, listed map[id.ID]fileInfo, doomed map[id.ID]bool) bool {
	b, _ := t.Record(i)
	for j := t.Find(b.ID, b.Kind); j >= 0 && j < t.Len(); j++ {
		o, n := t.Record(j)
		if o.ID != b.ID {
			break
		}
		name := t.Pack(n)
		if _, there := listed[name]; there && o.Kind == b.Kind && !doomed[name] {
			return true
		}
	}
	return false
}

// addOrphans dooms packs that no index tells of, once they are old.
func (p *pruner) addOrphans(t *index.Table, listed map[id.ID]fileInfo, doomed map[id.ID]bool) {
	known := map[id.ID]bool{}
	for n := range t.Packs() {
		known[t.Pack(n)] = true
	}
	for name, f := range listed {
		if !known[name] && !f.ModTime.IsZero() && p.now().Sub(f.ModTime) > orphanAge {
			doomed[name] = true
		}
	}
}

// rewriteIndexes replaces the index files that tell of doomed packs. The new
// ones are there before the old ones go.
func (p *pruner) rewriteIndexes(ctx context.Context, doomed map[id.ID]bool) error {
	if len(doomed) == 0 {
		return nil
	}
	names, err := p.ids(ctx, indexFile)
	if err != nil {
		return err
	}
	var old []id.ID
	var rest []index.Pack
	blobs := 0
	for _, name := range names {
		packs, err := p.loadIndex(ctx, name)
		if err != nil {
			return err
		}
		stay, changed := without(packs, doomed)
		if !changed {
			continue
		}
		old, rest = append(old, name), append(rest, stay...)
		for _, s := range stay {
			blobs += len(s.Blobs)
		}
		if blobs >= indexBlobs {
			if _, err := p.saveIndex(ctx, rest); err != nil {
				return err
			}
			rest, blobs = nil, 0
		}
	}
	if len(rest) > 0 {
		if _, err := p.saveIndex(ctx, rest); err != nil {
			return err
		}
	}
	for _, name := range old {
		if err := p.remove(ctx, indexFile, name); err != nil {
			return err
		}
	}
	return nil
}

// without leaves doomed packs out.
func without(packs []index.Pack, doomed map[id.ID]bool) (stay []index.Pack, changed bool) {
	for _, p := range packs {
		if doomed[p.ID] {
			changed = true
			continue
		}
		stay = append(stay, p)
	}
	return stay, changed
}
