package restic

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// A partial snapshot holds whole files only. So that a run that was killed in
// the middle of a large file goes on in it, each checkpoint also notes, in the
// local cache, which blobs the files have that are being read.

// largeFile is from where on half a file is worth noting, in bytes.
const largeFile = 16 << 20

// halves are the files that are being read, and those that a run before left.
type halves struct {
	path string // of the notes
	left map[string]half

	mu     sync.Mutex
	inHand map[*fileJob]half // guarded by mu
}

// half is a file of which the beginning is stored.
type half struct {
	Path  []byte // raw bytes
	About []byte // the file's attributes
	// Content are the names of its blobs, one after the other.
	Content []byte
	Size    int64 // of them together
}

type halvesText struct {
	Files []half
}

// openHalves reads what the run before left. Notes that cannot be read are
// only missed.
func (b *run) openHalves() {
	b.halves.path = b.localName("half-")
	dropUnfinished(b.halves.path)
	b.halves.inHand, b.halves.left = map[*fileJob]half{}, map[string]half{}
	text, err := os.ReadFile(b.halves.path)
	if err != nil || b.options.Force {
		return
	}
	var t halvesText
	if json.Unmarshal(text, &t) != nil {
		return
	}
	for _, h := range t.Files {
		b.halves.left[string(h.Path)] = h
	}
}

// closeHalves drops the notes when everything is stored.
func (b *run) closeHalves(made bool) {
	if made && !b.options.DryRun {
		_ = os.Remove(b.halves.path) // left there they fit no file that changed
	}
}

// goOn fills in what is stored of a file already, and returns its length.
func (b *run) goOn(j *fileJob) int64 {
	if j.entry.Size < largeFile {
		return 0
	}
	h, ok := b.halves.left[j.entry.Path]
	if !ok || h.Size > j.entry.Size || !bytes.Equal(h.About, appendAbout(nil, j.entry)) {
		return 0
	}
	var content []id.ID
	size := int64(0)
	for name := range slices.Chunk(h.Content, id.Size) {
		if len(name) < id.Size {
			return 0
		}
		n, ok := b.index.Length(id.ID(name), pack.Data)
		if !ok {
			return 0
		}
		content, size = append(content, id.ID(name)), size+n
	}
	if size != h.Size {
		return 0
	}
	j.node.Content, j.node.Size = content, uint64(size)
	return size
}

// inHand notes how far a file is read.
func (b *run) inHand(j *fileJob) {
	if j.entry.Size < largeFile {
		return
	}
	b.halves.mu.Lock()
	defer b.halves.mu.Unlock()
	h := b.halves.inHand[j]
	for _, name := range j.node.Content[len(h.Content)/id.Size:] {
		h.Content = append(h.Content, name[:]...)
	}
	h.Size = int64(j.node.Size)
	b.halves.inHand[j] = h
}

// outOfHand tells that a file is whole, or given up.
func (b *run) outOfHand(j *fileJob) {
	b.halves.mu.Lock()
	defer b.halves.mu.Unlock()
	delete(b.halves.inHand, j)
}

// halvesNow are the files that are being read. What they have is stored by
// every flush that begins later.
func (b *run) halvesNow() (t halvesText) {
	b.halves.mu.Lock()
	now := maps.Clone(b.halves.inHand)
	b.halves.mu.Unlock()
	for j, h := range now {
		if !b.trustsFor(j.entry, b.now()) {
			continue // a change would not show
		}
		h.Path, h.About = []byte(j.entry.Path), appendAbout(nil, j.entry)
		t.Files = append(t.Files, h)
	}
	return t
}

// noteHalves writes the notes. Without them the next run takes longer.
func (b *run) noteHalves(t halvesText) {
	text, err := json.Marshal(t)
	if err != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(b.halves.path), filepath.Base(b.halves.path)+".*")
	if err != nil {
		return
	}
	_, err = f.Write(text)
	if f.Close() != nil || err != nil || os.Rename(f.Name(), b.halves.path) != nil {
		_ = os.Remove(f.Name())
	}
}

// trustsFor reports that a change of the item after a moment would show in its
// times.
func (b *run) trustsFor(e *repository.Entry, at time.Time) bool {
	return at.Sub(e.ChangeTime) >= trusted && (e.Type != repository.File || at.Sub(e.ModTime) >= trusted)
}
