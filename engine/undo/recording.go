package undo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

// Options say what a Recording is of.
type Options struct {
	// Dir holds all restores that can be undone. It is made if it is not there.
	Dir string
	// ID is of NewID. One that was used goes on with that recording, which was
	// closed; empty makes one.
	ID string
	// Root is the folder that paths are relative to. It is there.
	Root string
	// Scratch is what names of unfinished items begin with.
	Scratch string
	// Parts is what names of large files begin with that are being written, in
	// front of 32 hexadecimal digits and .part or .old.
	Parts string
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Recording keeps what one restore changes. Its methods may be called from
// several goroutines. None but Begin and those that give an item its name fail:
// what cannot be kept is counted as Lost, and the restore goes on.
type Recording struct {
	options Options
	dir     string // of this one
	journal *journal
	root    int // the folder
	shelves shelves

	mu      sync.Mutex
	last    int64
	kept    []keptItem
	effect  bool  // something was changed
	unnoted int64 // items that were lost, which the journal does not tell
	err     error // why nothing is recorded any more
	tops    map[fsat.Mount]string
}

// keptItem is a file that was replaced.
type keptItem struct {
	n     int64
	shelf *shelf
	size  int64
}

// Begin begins to record. The caller closes the Recording.
func Begin(o Options) (*Recording, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ID == "" {
		o.ID = NewID(o.Now())
	}
	if err := checkID(o.ID); err != nil {
		return nil, err
	}
	r := &Recording{options: o, dir: filepath.Join(o.Dir, o.ID), root: -1, tops: map[fsat.Mount]string{}}
	err := r.open()
	if err != nil {
		r.release()
		return nil, fmt.Errorf("preparing to undo the restore to %s: %w", o.Root, err)
	}
	return r, nil
}

// checkID refuses names that are none of ours.
func checkID(id string) error {
	if id == "" || checkPath(id) != nil || filepath.Base(id) != id {
		return fmt.Errorf("%w: %q", ErrNone, id)
	}
	return nil
}

func (r *Recording) open() (err error) {
	if err := os.MkdirAll(filepath.Join(r.dir, keptName), 0o700); err != nil {
		return err
	}
	if r.journal, err = openJournal(r.dir, true); err != nil {
		return err
	}
	h, err := r.journal.read()
	if err != nil {
		return err
	}
	if r.root, err = fsat.Open(unix.AT_FDCWD, r.options.Root, fsat.FolderFlags, 0); err != nil {
		return err
	}
	begin := &record{Op: opBegin, Path: []byte(r.options.Root), Scratch: r.options.Scratch, Parts: r.options.Parts, Time: r.options.Now().UnixNano()}
	if h == nil {
		err = r.journal.put(begin, &record{Op: opStore, Path: []byte(filepath.Join(r.dir, keptName))})
		tag(filepath.Join(r.dir, keptName))
		err = errors.Join(err, syncFolder(r.dir), syncFolder(r.options.Dir))
	} else if err = r.goOn(h); err == nil {
		err = r.journal.put(begin)
	}
	if err != nil {
		return err
	}
	return r.shelves.add(filepath.Join(r.dir, keptName))
}

// goOn takes up a recording again.
func (r *Recording) goOn(h *history) error {
	if h.root != r.options.Root {
		return fmt.Errorf("%w: it is of %s", ErrNone, h.root)
	}
	r.last, r.effect = h.last, h.tally() != Tally{}
	for _, path := range h.stores[1:] {
		if err := r.shelves.add(path); err != nil {
			return err
		}
	}
	return nil
}

// ID names the recording.
func (r *Recording) ID() string { return r.options.ID }

// note writes a change down. With settle, it is on the disk then.
func (r *Recording) note(c *record, settle bool) (n int64, ok bool) {
	r.mu.Lock()
	r.last++
	c.N = r.last
	written, err := r.journal.write(c)
	r.mu.Unlock()
	if err == nil && settle {
		err = r.journal.settle(written)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.err = errors.Join(r.err, err)
		return c.N, false
	}
	if c.Op != opEnter {
		r.effect = true
	}
	return c.N, true
}

// lose counts an item that cannot be kept.
func (r *Recording) lose(n int64, noted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.effect = true
	if !noted {
		r.unnoted++
		return
	}
	if _, err := r.journal.write(&record{Op: opLost, N: n}); err != nil {
		r.err = errors.Join(r.err, err)
	}
}

// EnterRoot is Enter for the root itself.
func (r *Recording) EnterRoot() (n int64) { return r.Enter(r.root, "") }

// LeftRoot is Left for the root itself.
func (r *Recording) LeftRoot(n int64) { r.Left(n, r.root, ".") }

// RemoveRoot is Remove for what is in the root itself.
func (r *Recording) RemoveRoot(name string) error { return r.Remove(r.root, name, name) }

// Enter tells of a folder that was there, before anything in it changes. What
// it returns is for Left.
func (r *Recording) Enter(fd int, path string) (n int64) {
	r.findTop(fd, path)
	was, err := wholeStateAt(fd, ".", fsat.KeepsNumbers(fd))
	if err != nil || was == nil {
		return 0
	}
	n, _ = r.note(&record{Op: opEnter, Path: []byte(path), Was: was}, false)
	return n
}

// findTop remembers the first folder of each file system.
func (r *Recording) findTop(fd int, path string) {
	mount, err := fsat.MountOf(fd)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.tops[mount]; !known {
		r.tops[mount] = path
	}
}

// Settle has everything that was told so far written to the disk.
func (r *Recording) Settle() {
	r.journal.mu.Lock()
	written := r.journal.written
	r.journal.mu.Unlock()
	if err := r.journal.settle(written); err != nil {
		r.mu.Lock()
		r.err = errors.Join(r.err, err)
		r.mu.Unlock()
	}
}

// Alter tells of an item that stays, before it gets other attributes. What it
// returns is for Left.
func (r *Recording) Alter(dir int, name, path string) (n int64) {
	was, err := wholeStateAt(dir, name, fsat.KeepsNumbers(dir))
	if err != nil || was == nil {
		return 0
	}
	n, _ = r.note(&record{Op: opAlter, Path: []byte(path), Was: was}, true)
	return n
}

// Left tells that nothing more is done to an item that Enter or Alter told of.
func (r *Recording) Left(n int64, dir int, name string) {
	if n == 0 {
		return
	}
	left, err := wholeStateAt(dir, name, fsat.KeepsNumbers(dir))
	if err != nil || left == nil {
		return
	}
	if _, err := r.journal.write(&record{Op: opLeft, N: n, Left: left}); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.err = errors.Join(r.err, err)
	}
}

// Make tells of a folder that is about to be made.
func (r *Recording) Make(path string) { r.note(&record{Op: opMake, Path: []byte(path)}, false) }

// Close ends the recording. kept tells that there is something to undo: if not,
// nothing is left of it. lost counts what cannot be put back.
func (r *Recording) Close() (kept bool, lost int64, err error) {
	var tally Tally
	h, err := r.journal.read()
	if err == nil {
		tally = h.tally()
	}
	tally.Lost += r.unnoted
	if !r.effect && tally.Changes() == 0 {
		paths := r.shelves.paths()
		r.release()
		return false, 0, errors.Join(err, remove(r.dir, paths))
	}
	tally.Room = room(r.shelves.paths())
	err = errors.Join(err, r.err, r.journal.put(&record{Op: opEnd, Time: r.options.Now().UnixNano(), Tally: &tally}))
	r.release()
	return true, tally.Lost, err
}

func (r *Recording) release() {
	r.shelves.close()
	if r.journal != nil {
		_ = r.journal.close() // what counts is on the disk
	}
	if r.root >= 0 {
		unix.Close(r.root)
	}
}
