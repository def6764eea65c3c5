package restic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// RepairedPacks is what RepairPacks did.
type RepairedPacks struct {
	// Saved blobs are in new packs; Lost ones were nowhere else.
	Saved, Lost int
	// Copies are files on this machine, one of each damaged pack.
	Copies []string
}

// RepairPacks saves what is still good in damaged packs into new ones, and
// removes them after copying them to this machine. RepairIndex goes before it,
// and RepairSnapshots after it when something was lost.
func (r *Repository) RepairPacks(ctx context.Context, names []id.ID) (RepairedPacks, error) {
	p := &packRepair{Repository: r, doomed: map[id.ID][]pack.Blob{}, saved: map[blobName]bool{}}
	for _, name := range names {
		p.doomed[name] = nil
	}
	err := r.repair(ctx, p.run)
	return p.result, err
}

// packRepair is one call of RepairPacks.
type packRepair struct {
	*Repository
	doomed map[id.ID][]pack.Blob // and what the index says is in them
	saved  map[blobName]bool     // false: it could not be read
	reader *reader
	result RepairedPacks
}

func (p *packRepair) run(ctx context.Context) error {
	dir, err := os.MkdirTemp(p.cache, "repair-*")
	if err != nil {
		return fmt.Errorf("making a folder for the repair: %w", err)
	}
	t, _, _, err := p.newTable(ctx, filepath.Join(dir, tableName))
	p.reader = p.newReader(index.New(t))
	if err == nil {
		err = p.runWith(ctx, t)
	}
	return errors.Join(err, p.reader.close(), p.reader.index.Close(), os.RemoveAll(dir))
}

func (p *packRepair) runWith(ctx context.Context, t *index.Table) error {
	for _, l := range t.All() {
		if blobs, ok := p.doomed[l.Pack]; ok {
			p.doomed[l.Pack] = append(blobs, l.Blob)
		}
	}
	s := p.newSaver(ctx, index.New(nil))
	for name, blobs := range p.doomed {
		if err := p.salvage(ctx, s, name, blobs); err != nil {
			return errors.Join(err, s.sends.Wait())
		}
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	if err := p.prove(ctx, s.index); err != nil {
		return err
	}
	p.countLost()
	if err := p.dropFromIndex(ctx); err != nil {
		return err
	}
	for name := range p.doomed {
		if err := p.remove(ctx, packFile, name); err != nil {
			return err
		}
	}
	return nil
}

// salvage saves the good blobs of a pack: those that the index knows, and
// those that its own header does.
func (p *packRepair) salvage(ctx context.Context, s *saver, name id.ID, blobs []pack.Blob) error {
	path, err := p.keepCopy(ctx, packFile, name)
	if err != nil {
		return err
	}
	if path != "" {
		p.result.Copies = append(p.result.Copies, path)
		more, err := p.header(ctx, name)
		if err != nil {
			return err
		}
		blobs = append(blobs, more...)
	}
	for i := range blobs {
		if err := p.watch.Wait(ctx); err != nil {
			return err
		}
		if err := p.saveBlob(ctx, s, name, &blobs[i]); err != nil {
			return err
		}
	}
	return nil
}

// header is what a pack says of itself, nothing when it is damaged there.
func (p *packRepair) header(ctx context.Context, name id.ID) ([]pack.Blob, error) {
	o, err := p.store.Stat(ctx, nameOf(packFile, name))
	if err != nil && !errors.Is(err, backends.ErrNotExist) {
		return nil, err
	}
	blobs, err := pack.ReadHeader(p.key, packAt{ctx, p.reader, name}, o.Size)
	return blobs, outage(ctx, err)
}

func (p *packRepair) saveBlob(ctx context.Context, s *saver, from id.ID, b *pack.Blob) error {
	key := blobName{b.ID, b.Kind}
	if p.saved[key] {
		return nil
	}
	sealed := make([]byte, b.Length)
	err := p.reader.readPack(ctx, from, sealed, int64(b.Offset))
	if err == nil {
		// A copy: opening may use the memory, and sealed is what gets stored.
		_, err = p.openBlob(bytes.Clone(sealed), b)
	}
	if err != nil {
		p.saved[key] = false
		return outage(ctx, err)
	}
	p.saved[key] = true
	p.result.Saved++
	return s.add(b, sealed)
}

// prove reads what was saved back before the packs go that it came from.
func (p *packRepair) prove(ctx context.Context, fresh *index.Index) error {
	for name, saved := range p.saved {
		if !saved {
			continue
		}
		for _, l := range fresh.Find(name.ID, name.kind) {
			if _, err := p.reader.at(ctx, &l); err != nil {
				return fmt.Errorf("proving what was saved: %w", err)
			}
		}
	}
	return nil
}

// countLost counts what was in the damaged packs alone.
func (p *packRepair) countLost() {
	for name, saved := range p.saved {
		elsewhere := false
		for _, l := range p.reader.index.Find(name.ID, name.kind) {
			_, doomed := p.doomed[l.Pack]
			elsewhere = elsewhere || !doomed
		}
		if !saved && !elsewhere {
			p.result.Lost++
		}
	}
}

func (p *packRepair) dropFromIndex(ctx context.Context) error {
	names, err := p.ids(ctx, indexFile)
	if err != nil {
		return err
	}
	w := &indexWriter{Repository: p.Repository}
	stays := func(e *index.Pack) bool { _, doomed := p.doomed[e.ID]; return !doomed }
	err = p.eachIndex(ctx, names, map[id.ID]error{}, func(name id.ID, packs []index.Pack) error {
		return w.replace(ctx, name, packs, stays)
	})
	if err != nil {
		return err
	}
	return w.finish(ctx, func(context.Context) error { return nil })
}
