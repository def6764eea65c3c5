package restore

import (
	"errors"
	"fmt"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// spot is where an item goes.
type spot struct {
	folder *folder
	name   string
	// replace: what has the name is overwritten; removeTree: it is a folder.
	replace, removeTree bool
	kept                bool
	// is tells what has the name and is overwritten, nil if nothing.
	is *unix.Stat_t
}

// place finds out where e goes, and keeps the folder in use for it. It
// returns nil when e is skipped.
func (w *Writer) place(e *repository.Entry) (*spot, error) {
	f, name := w.stack[0], w.single
	if name == "" {
		var above string
		var err error
		above, name = split(e.Path)
		if f, err = w.enter(above); err != nil {
			return nil, err
		}
		if f == nil {
			w.counts.skipped.Add(1)
			return nil, nil
		}
	}
	at, err := w.freeSpot(&spot{folder: f, name: name}, e)
	if at != nil {
		f.refs.Add(1)
	}
	return at, err
}

// freeSpot settles what has the name already. In a folder that was made here
// nothing has, and should its file system take two names for one, RenameNew
// says so.
func (w *Writer) freeSpot(at *spot, e *repository.Entry) (*spot, error) {
	if at.folder.made && w.options.Clash == Refuse {
		return at, nil
	}
	st, err := at.folder.lookup(at.name)
	if err != nil {
		return nil, err
	}
	if st != nil {
		return w.settle(at, st, e.Path, e)
	}
	return at, nil
}

// settle decides a clash at a spot that st has. e is nil for a folder of
// which only content is known. The result is nil when the item is skipped.
func (w *Writer) settle(at *spot, st *unix.Stat_t, path string, e *repository.Entry) (*spot, error) {
	isDir := st.Mode&unix.S_IFMT == unix.S_IFDIR
	switch w.options.Clash {
	case Replace:
		return w.overwrite(at, st), nil
	case ReplaceOlder:
		if isDir {
			return nil, fmt.Errorf("%w: a folder, which is not replaced", ErrTargetExists)
		}
		if e != nil && isOlder(st, e) {
			return w.overwrite(at, st), nil
		}
		if e != nil && isSame(st, e) {
			return nil, w.countSame(st.Size)
		}
	case KeepBoth:
		return w.beside(at)
	case Refuse:
		return nil, fmt.Errorf("%w: %s", ErrTargetExists, path)
	}
	if e != nil {
		w.counts.skipped.Add(1)
	}
	return nil, nil
}

func (w *Writer) overwrite(at *spot, st *unix.Stat_t) *spot {
	at.replace, at.removeTree, at.is = true, st.Mode&unix.S_IFMT == unix.S_IFDIR, st
	return at
}

// beside finds a free name next to a spot.
func (w *Writer) beside(at *spot) (*spot, error) {
	name := at.name
	for attempt := 1; attempt < 1000; attempt++ {
		at.name, at.kept = keptName(name, w.now, attempt), true
		st, err := at.folder.lookup(at.name)
		if err != nil {
			return nil, err
		}
		if st == nil {
			w.counts.kept.Add(1)
			return at, nil
		}
	}
	return nil, fmt.Errorf("%w, and too many restored items beside it", ErrTargetExists)
}

// isOlder reports whether what is there is older than e, as exactly as e tells.
func isOlder(st *unix.Stat_t, e *repository.Entry) bool { return timeFor(st, e).Before(e.ModTime) }

// hasTime reports whether what is there is as old as e, as exactly as e tells.
func hasTime(st *unix.Stat_t, e *repository.Entry) bool { return timeFor(st, e).Equal(e.ModTime) }

func timeFor(st *unix.Stat_t, e *repository.Entry) time.Time {
	if !e.HasNanoseconds {
		return modified(st).Truncate(time.Second)
	}
	return modified(st)
}

// isSame reports that a file is believed to be e, by its size and time.
func isSame(st *unix.Stat_t, e *repository.Entry) bool {
	return e.Type == repository.File && st.Mode&unix.S_IFMT == unix.S_IFREG && hasTime(st, e) && st.Size == e.Size
}

// commit gives a finished item its name, or removes it.
func (w *Writer) commit(at *spot, temp string) error {
	err := w.placeItem(at, temp)
	if err == nil {
		return nil
	}
	w.discard(at, temp)
	if errors.Is(err, unix.EEXIST) {
		err = ErrTargetExists
	}
	return fmt.Errorf("giving it its name: %w", err)
}

// discard removes what was not finished. If that fails, what is left has a
// name that tells what it is.
func (w *Writer) discard(at *spot, temp string) {
	_ = unix.Unlinkat(at.folder.fd, temp, 0)
}
