package restore

import (
	"errors"
	"fmt"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// earlyFlags tell how content is stored, so that they mean nothing to what was
// written before.
const earlyFlags = repository.FlagNoCopyOnWrite | repository.FlagCompressed | repository.FlagNoCompression | repository.FlagDirectAccess

// prepare gives a file that is still empty the flags that cannot wait. Those
// that are refused are told by describe.
func prepare(fd int, e *repository.Entry) {
	if e.Flags&earlyFlags != 0 {
		_ = fsat.SetFlags(fd, e.Flags, earlyFlags)
	}
}

// lock is an item that gets the flags that bar changes when everything else is
// done.
type lock struct {
	path string // on disk, below the target
	name string // in the archive
	want repository.Flags
	id   repository.FileID
}

// lockFile gives a file that has its name the flags that bar renaming and
// linking it; of several names, when all are there. It reports a flaw.
func (w *Writer) lockFile(at *spot, e *repository.Entry, st *unix.Stat_t) bool {
	l := lock{name: e.Path, want: e.Flags & repository.LockingFlags, id: idOf(st)}
	switch {
	case l.want == 0:
		return false
	case e.HardLink == "":
		return w.flaws.note(w, e.Path, "flags", l.set(at.folder.fd, at.name))
	}
	l.path = at.diskPath()
	w.locks = append(w.locks, l)
	return false
}

// lockLinked locks the files of several names.
func (w *Writer) lockLinked() {
	for _, l := range w.locks {
		folder, name, err := w.openFolderOf(l.path)
		if err == nil {
			err = errors.Join(l.set(int(folder.Fd()), name), folder.Close())
		}
		w.isInexact(w.flaws.note(w, l.name, "flags", err))
	}
	w.locks = nil
}

func (l *lock) set(dir int, name string) error {
	fd, err := fsat.Open(dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if idOf(&st) != l.id {
		return fmt.Errorf("%w: it was replaced", ErrMismatch)
	}
	return fsat.SetFlags(fd, l.want, repository.LockingFlags)
}
