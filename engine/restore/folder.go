package restore

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// The folders on the way to the item that was put last are held open. Because
// items come in order, one that is left gets no more items, and receives its
// own attributes as soon as those that are still being written are done.

// folder is one folder below the target.
type folder struct {
	parent *folder
	fd     int    // -1 in a dry run, when it is not there
	path   string // in the archive
	name   string // on disk, which differs with KeepBoth
	// entry holds the attributes it gets when everything in it is written,
	// nil to leave those it has.
	entry *repository.Entry
	owner ownership
	// made: it was not there before.
	made bool
	// reset is the mode it had before it was opened for writing, if any.
	reset *uint32
	// change is what the recording calls it.
	change int64
	refs   atomic.Int32
}

func newFolder(parent *folder, fd int, path, name string) *folder {
	f := &folder{parent: parent, fd: fd, path: path, name: name}
	f.refs.Store(1)
	if parent != nil {
		parent.refs.Add(1)
	}
	return f
}

// release gives up one use of the folder. The last one finishes it.
func (f *folder) release(w *Writer) {
	if f.refs.Add(-1) > 0 {
		return
	}
	w.finishFolder(f)
	w.left(f)
	f.close()
	if f.parent != nil {
		f.parent.release(w)
	}
}

func (f *folder) close() {
	if f.fd >= 0 {
		unix.Close(f.fd)
		f.fd = -1
	}
}

// lookup returns what has that name in the folder, nil if nothing has.
func (f *folder) lookup(name string) (*unix.Stat_t, error) {
	if f.fd < 0 {
		return nil, nil
	}
	var st unix.Stat_t
	err := unix.Fstatat(f.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for an item of that name: %w", err)
	}
	return &st, nil
}

// finishFolder gives a folder its attributes.
func (w *Writer) finishFolder(f *folder) {
	switch {
	case f.fd < 0 || w.options.DryRun:
	case f.entry != nil:
		if w.undo != nil && !f.made {
			w.undo.Settle()
		}
		flawed := w.describe(f.entry, f.owner, f.openItem())
		if locking := f.entry.Flags & repository.LockingFlags; locking != 0 {
			err := fsat.SetFlags(f.fd, locking, repository.LockingFlags)
			flawed = w.flaws.note(w, f.path, "flags", err) || flawed
		}
		w.isInexact(flawed)
	case f.reset != nil:
		w.flaws.note(w, f.path, "permissions", unix.Fchmod(f.fd, *f.reset))
	}
}

// openItem is the folder as describe takes it. Of one that was there, what it
// has is looked at.
func (f *folder) openItem() *openItem {
	item := &openItem{fd: f.fd, dir: f.fd, name: "."}
	var st unix.Stat_t
	if !f.made && unix.Fstat(f.fd, &st) == nil {
		item.is, item.there = &st, true
	}
	return item
}

func (w *Writer) top() *folder { return w.stack[len(w.stack)-1] }

// leave ends the use of the innermost folder.
func (w *Writer) leave() {
	w.top().release(w)
	w.stack = w.stack[:len(w.stack)-1]
}

// enter goes to the folder of that path, making what is missing of it. It
// returns nil when the way there is barred and shall stay so.
func (w *Writer) enter(path string) (*folder, error) {
	for !repository.Contains(w.top().path, path) {
		w.leave()
	}
	for w.top().path != path {
		above := w.top()
		rest := strings.TrimPrefix(path[len(above.path):], "/")
		name, _, _ := strings.Cut(rest, "/")
		here := name
		if above.path != "" {
			here = above.path + "/" + name
		}
		f, err := w.folderAt(above, here, name, nil)
		if err != nil || f == nil {
			return nil, err
		}
		w.stack = append(w.stack, f)
	}
	return w.top(), nil
}

// putFolder restores a folder. Its attributes come last.
func (w *Writer) putFolder(e *repository.Entry) error {
	f, err := w.goInto(e)
	if err == nil && f != nil {
		w.counts.items.Add(1)
	}
	return err
}

// goInto enters the folder that e describes; the result is nil when it is
// skipped.
func (w *Writer) goInto(e *repository.Entry) (*folder, error) {
	for !repository.Contains(w.top().path, e.Path) {
		w.leave()
	}
	if f := w.top(); f.path == e.Path {
		if f.made || w.mayDescribe(f.fd, e) {
			f.entry, f.owner = new(*e), w.owner(e)
		}
		return f, nil
	}
	above, name := split(e.Path)
	parent, err := w.enter(above)
	if err != nil || parent == nil {
		return nil, err
	}
	f, err := w.folderAt(parent, e.Path, name, e)
	if err == nil && f != nil {
		w.stack = append(w.stack, f)
	}
	return f, err
}

// folderAt opens or makes one folder. e is nil as long as only its content is
// known. The result is nil when it is skipped.
func (w *Writer) folderAt(parent *folder, path, name string, e *repository.Entry) (*folder, error) {
	if other, ok := w.renamed[path]; ok {
		name = other
	}
	st, err := parent.lookup(name)
	if err != nil {
		return nil, err
	}
	if st != nil && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		at, err := w.settle(&spot{folder: parent, name: name}, st, path, e)
		if err != nil {
			return nil, err
		}
		if at == nil {
			w.skipped = &path
			return nil, nil
		}
		if w.options.DryRun {
			w.met(path, st, e, false)
		} else if at.replace {
			if err := w.removeItem(at); err != nil {
				return nil, fmt.Errorf("removing what is in the way: %w", err)
			}
		}
		if at.name != name {
			w.renamed[path], name = at.name, at.name
		}
		st = nil
	}
	return w.openFolder(parent, path, name, st, e)
}

// openFolder opens a folder, which is made when st is nil.
func (w *Writer) openFolder(parent *folder, path, name string, st *unix.Stat_t, e *repository.Entry) (*folder, error) {
	if w.options.DryRun && st == nil {
		return newFolder(parent, -1, path, name), nil
	}
	if st == nil {
		if err := w.makeFolder(&spot{folder: parent, name: name}); err != nil {
			return nil, fmt.Errorf("making the folder: %w", err)
		}
	}
	fd, err := fsat.Open(parent.fd, name, fsat.FolderFlags|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the folder: %w", err)
	}
	f := newFolder(parent, fd, path, name)
	if f.made = st == nil; !f.made {
		w.entered(f)
		w.sweep(fd)
	}
	if e != nil && (f.made || w.mayDescribe(fd, e)) {
		f.entry, f.owner = new(*e), w.owner(e)
	}
	if st != nil && !w.root && !w.options.DryRun && uint32(st.Mode)&0o700 != 0o700 {
		// A folder that was closed for writing is filled all the same, as it
		// was when it was backed up.
		mode := uint32(st.Mode) & 0o7777
		if unix.Fchmod(fd, mode|0o700) == nil {
			f.reset = &mode
		}
	}
	return f, nil
}

// mayDescribe says whether a folder that was there gets the attributes of e.
func (w *Writer) mayDescribe(fd int, e *repository.Entry) bool {
	switch w.options.Clash {
	case Refuse, Replace:
		return true
	case ReplaceOlder:
		var st unix.Stat_t
		return fd >= 0 && unix.Fstat(fd, &st) == nil && isOlder(&st, e)
	}
	return false
}
