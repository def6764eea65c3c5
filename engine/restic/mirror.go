package restic

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
)

// mirror holds copies of what a remote repository is looked through with: its
// snapshots, and the packs that hold folders. They are named by the sum of
// what is in them, which proves them. What is not here is fetched; a copy that
// cannot be made is only missed; and a check never looks here.
type mirror struct {
	store backends.Store
	dir   string

	mu    sync.Mutex
	packs map[id.ID]*mirrored // guarded by mu
}

// mirrored is a pack that somebody asked for.
type mirrored struct {
	mu    sync.Mutex
	asked int      // how often it was, before it was here
	file  *os.File // nil until then
	gone  bool     // it cannot be kept here
}

// fetchAfter is how many single blobs of a pack are fetched before all of it
// is: it takes as long as several journeys.
const fetchAfter = 4

// newMirror returns nil where the destination is near.
func (r *Repository) newMirror() *mirror {
	if !backends.TraitsOf(r.store).Remote {
		return nil
	}
	return &mirror{store: r.store, dir: filepath.Join(r.cache, "mirror"), packs: map[id.ID]*mirrored{}}
}

// path is where a copy lies.
func (m *mirror) path(kind fileKind, name id.ID) string {
	return filepath.Join(m.dir, string(kind)+"-"+name.String())
}

// keep makes a copy of what was stored.
func (m *mirror) keep(kind fileKind, name id.ID, src backends.Source) {
	if m == nil {
		return
	}
	in, err := src.Open()
	if err != nil {
		return
	}
	defer in.Close()
	_ = m.write(kind, name, in) // see mirror
}

// unfinished begins the names of copies that are being made.
const unfinished = "new-"

// write makes a copy, which appears when it is whole.
func (m *mirror) write(kind fileKind, name id.ID, in io.Reader) error {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(m.dir, unfinished)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, sum), in)
	if err == nil && id.ID(sum.Sum(nil)) != name {
		err = fmt.Errorf("reading %s: %w", nameOf(kind, name), ErrDamaged)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), m.path(kind, name))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error tells what is wrong
	}
	return err
}

// whole returns a small file, from here if it can be.
func (r *Repository) whole(ctx context.Context, kind fileKind, name id.ID) ([]byte, error) {
	if r.mirror != nil {
		if b, err := os.ReadFile(r.mirror.path(kind, name)); err == nil && id.Of(b) == name {
			return b, nil
		}
	}
	b, err := r.read(ctx, kind, name)
	if err == nil {
		r.mirror.keep(kind, name, backends.BytesSource(b))
	}
	return b, err
}

// readAt reads a part of a pack. It returns false when the pack is not here,
// and not yet worth being fetched.
func (m *mirror) readAt(ctx context.Context, name id.ID, b []byte, off int64) bool {
	p := m.of(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil && !p.gone {
		m.open(ctx, name, p)
	}
	if p.file == nil {
		return false
	}
	n, _ := p.file.ReadAt(b, off)
	return n == len(b)
}

func (m *mirror) of(name id.ID) *mirrored {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.packs[name]
	if p == nil {
		p = &mirrored{}
		m.packs[name] = p
	}
	return p
}

// open opens the copy of a pack, which is made when it was asked for often
// enough.
func (m *mirror) open(ctx context.Context, name id.ID, p *mirrored) {
	f, err := os.Open(m.path(packFile, name))
	if err == nil {
		p.file = f
		return
	}
	if p.asked++; p.asked < fetchAfter {
		return
	}
	if m.fetch(ctx, name) == nil {
		p.file, err = os.Open(m.path(packFile, name))
	}
	p.gone = err != nil && ctx.Err() == nil
}

func (m *mirror) fetch(ctx context.Context, name id.ID) error {
	src, err := m.store.Get(ctx, nameOf(packFile, name), 0, -1)
	if err != nil {
		return err
	}
	defer src.Close()
	return m.write(packFile, name, src)
}

// tidy removes copies of packs that the index does not know, and of copies
// that were not finished.
func (m *mirror) tidy(t *index.Table) {
	entries, _ := os.ReadDir(m.dir) // there may be none
	if len(entries) == 0 {
		return
	}
	known := make(map[string]bool, t.Packs())
	for i := range t.Packs() {
		known[filepath.Base(m.path(packFile, t.Pack(i)))] = true
	}
	for _, e := range entries {
		stale := strings.HasPrefix(e.Name(), string(packFile)+"-") && !known[e.Name()]
		if info, err := e.Info(); err == nil && (stale || strings.HasPrefix(e.Name(), unfinished)) && time.Since(info.ModTime()) > staleCopy {
			_ = os.Remove(filepath.Join(m.dir, e.Name())) // see mirror
		}
	}
}

// staleCopy is the age from which on a copy that nothing refers to is one of a
// run that is over.
const staleCopy = 24 * time.Hour

// close gives the open packs back.
func (m *mirror) close() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for _, p := range m.packs {
		if p.file != nil {
			errs = append(errs, p.file.Close())
		}
	}
	clear(m.packs)
	return errors.Join(errs...)
}
