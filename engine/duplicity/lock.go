package duplicity

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockName is the file in an archive directory that duplicity locks too.
const lockName = "lockfile"

// lock is the exclusive use of an archive directory by one writer. It is a
// record lock, as duplicity takes it (formats/duplicity.md section 11), so
// that the two programs exclude each other; the system drops it when the
// process dies.
type lock struct{ file *os.File }

// takeLock locks dir, or returns ErrLocked when somebody else holds it.
func takeLock(dir string) (*lock, error) {
	for {
		l, err := tryLock(dir)
		if err != nil {
			return nil, err
		}
		if l.isCurrent() {
			return l, nil
		}
		// The holder before us removed the file between our open and our
		// lock: what we hold is a file that nobody can find.
		l.file.Close()
	}
}

func tryLock(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of %s: %w", dir, err)
	}
	region := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	if err := unix.FcntlFlock(f.Fd(), setLock, &region); err != nil {
		f.Close()
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	return &lock{f}, nil
}

func (l *lock) isCurrent() bool {
	held, err := l.file.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(l.file.Name())
	return err == nil && os.SameFile(held, found)
}

// release removes the file before the lock goes, as duplicity does.
func (l *lock) release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}
