package restore

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/undo"
	"golang.org/x/sys/unix"
)

// What changes at the target goes through this file, so that a recording hears
// of it before. Without one, it is just done.

// beginUndo begins to keep what will be replaced. A restore that cannot be
// undone is better than none.
func (w *Writer) beginUndo(path string) {
	if w.options.Undo.Dir == "" || w.options.DryRun || w.options.Clash == Refuse {
		return
	}
	o := w.options.Undo
	o.Root, o.Scratch, o.Parts = path, w.temp, tempPrefix
	info, err := os.Stat(path)
	absent := errors.Is(err, os.ErrNotExist)
	if w.single != "" || err != nil || !info.IsDir() {
		o.Root = filepath.Dir(path)
	}
	if w.single == "" && o.Root != path {
		w.above = filepath.Base(path)
	}
	err = os.MkdirAll(o.Root, 0o700)
	if err == nil {
		w.undo, err = undo.Begin(o)
	}
	switch {
	case err != nil:
		w.watch.Notice("This restore cannot be undone: " + err.Error())
	case w.above != "":
		w.aboveChange = w.undo.EnterRoot()
		if absent {
			w.undo.Make(w.above)
		}
	}
}

// endUndo ends that.
func (w *Writer) endUndo() {
	if w.undo == nil {
		return
	}
	if w.above != "" {
		w.undo.LeftRoot(w.aboveChange)
	}
	kept, lost, err := w.undo.Close()
	if err != nil {
		w.watch.Notice("Not all of this restore can be undone: " + err.Error())
	}
	if kept {
		w.undone, w.unkept = w.undo.ID(), lost
	}
	w.undo = nil
}

// recorded is where an item lies below the root of the recording.
func (w *Writer) recorded(path string) string {
	switch {
	case w.above == "":
		return path
	case path == "":
		return w.above
	}
	return w.above + "/" + path
}

// placeItem gives an item its name.
func (w *Writer) placeItem(at *spot, temp string) error {
	if w.undo != nil {
		return w.undo.Place(at.folder.fd, temp, at.name, w.recorded(at.diskPath()), at.replace)
	}
	if at.removeTree {
		if err := fsat.RemoveTree(at.folder.fd, at.name); err != nil {
			return err
		}
	}
	if at.replace {
		return unix.Renameat(at.folder.fd, temp, at.folder.fd, at.name)
	}
	return fsat.RenameNew(at.folder.fd, temp, at.folder.fd, at.name)
}

// removeItem takes away what is no folder.
func (w *Writer) removeItem(at *spot) error {
	if w.undo != nil {
		return w.undo.Remove(at.folder.fd, at.name, w.recorded(at.diskPath()))
	}
	return unix.Unlinkat(at.folder.fd, at.name, 0)
}

// removeTarget takes away a file that stands where the target folder belongs.
func (w *Writer) removeTarget(path string) error {
	if w.undo == nil {
		return os.Remove(path)
	}
	if err := w.undo.RemoveRoot(w.above); err != nil {
		return err
	}
	w.undo.Make(w.above)
	return nil
}

// makeFolder makes one.
func (w *Writer) makeFolder(at *spot) error {
	if w.undo != nil {
		w.undo.Make(w.recorded(at.diskPath()))
	}
	return unix.Mkdirat(at.folder.fd, at.name, 0o700)
}

// entered is told of a folder that was there, before it changes.
func (w *Writer) entered(f *folder) {
	if w.undo == nil {
		return
	}
	path := ""
	if f.parent != nil {
		path = (&spot{folder: f.parent, name: f.name}).diskPath()
	}
	f.change = w.undo.Enter(f.fd, w.recorded(path))
}

// left is told of a folder to which nothing more is done.
func (w *Writer) left(f *folder) {
	if w.undo != nil && f.fd >= 0 {
		w.undo.Left(f.change, f.fd, ".")
	}
}

// alter gives an item that stays its attributes, by do.
func (w *Writer) alter(at *spot, e *repository.Entry, item *openItem, do func() (flawed bool)) (flawed bool) {
	if w.undo == nil || item.isDescribed(e, w.owner(e)) {
		return do()
	}
	n := w.undo.Alter(at.folder.fd, at.name, w.recorded(at.diskPath()))
	defer w.undo.Left(n, at.folder.fd, at.name)
	return do()
}

// isDescribed tells that an item has all attributes of e already.
func (i *openItem) isDescribed(e *repository.Entry, owner ownership) bool {
	set, remove := i.differing(e)
	switch {
	case len(set)+len(remove) > 0, owner.change && !i.belongs(owner), !hasTime(i.is, e):
		return false
	case !i.link && !i.permits(e.Mode&0o7777):
		return false
	}
	return e.Flags == 0 || i.fd >= 0 && (fsat.Flags(i.fd)^e.Flags)&repository.KeptFlags == 0
}

// makeRoom gives up something that can be undone, when err says that there is no
// room. It tells whether there is more then.
func (w *Writer) makeRoom(err error) bool {
	return w.undo != nil && (errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)) && w.undo.MakeRoom()
}
