package restic

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// packJournal names, in the cache, the packs of a run that no index may tell
// of yet. Where the run dies the next one looks into those packs instead of
// storing what is in them again.
type packJournal struct{ file *os.File }

const journalName = "stored-packs"

// openSaver makes a saver whose packs are noted, and which knows those of a
// run that died.
func (r *Repository) openSaver(ctx context.Context) (*saver, *packJournal, error) {
	x, err := r.newIndex(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := r.adopt(ctx, x); err != nil {
		return nil, nil, errors.Join(err, x.Close())
	}
	f, err := os.OpenFile(filepath.Join(r.cache, journalName), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("noting what is stored: %w", err), x.Close())
	}
	j := &packJournal{f}
	s := r.newSaver(ctx, x)
	s.note = j.add
	return s, j, nil
}

// add notes a pack that is stored.
func (j *packJournal) add(name id.ID) error {
	if _, err := j.file.WriteString(name.String() + "\n"); err != nil {
		return fmt.Errorf("noting what is stored: %w", err)
	}
	return nil
}

// done forgets the packs: an index tells of them.
func (j *packJournal) done() error {
	if err := os.Remove(j.file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("noting what is stored: %w", err)
	}
	return nil
}

func (j *packJournal) close() error { return j.file.Close() }

// adopt tells an index of the packs that a run of ours stored before it died.
// Only those are looked for: a pack that no index tells of may also be one that
// somebody is about to delete.
func (r *Repository) adopt(ctx context.Context, x *index.Index) error {
	text, err := os.ReadFile(filepath.Join(r.cache, journalName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading what was stored: %w", err)
	}
	known := map[id.ID]bool{}
	for n := range x.Table().Packs() {
		known[x.Table().Pack(n)] = true
	}
	rd := r.newReader(x)
	for line := range strings.Lines(string(text)) {
		name, err := id.Parse(strings.TrimSpace(line))
		if err != nil || known[name] {
			continue // a line that was cut
		}
		known[name] = true
		if err := r.adoptPack(ctx, rd, name); err != nil {
			return errors.Join(err, rd.close())
		}
	}
	return rd.close()
}

func (r *Repository) adoptPack(ctx context.Context, rd *reader, name id.ID) error {
	o, err := r.store.Stat(ctx, nameOf(packFile, name))
	if errors.Is(err, backends.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for what was stored: %w", err)
	}
	blobs, err := pack.ReadHeader(r.key, packAt{ctx, rd, name}, o.Size)
	if err := outage(ctx, err); err != nil {
		return err
	}
	if err == nil && len(blobs) > 0 {
		rd.index.Stored(name, blobs)
	}
	return nil // what cannot be read is stored again
}
