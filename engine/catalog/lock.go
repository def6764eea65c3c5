package catalog

import (
	"errors"
	"os"
	"syscall"
)

// lock is shared by all that have a catalog open, so that nobody takes a file
// away that another one writes.
type lock struct{ file *os.File }

// newLock makes the lock file and shares the lock.
func newLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l := &lock{f}
	if err := l.share(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func (l *lock) share() error { return l.flock(syscall.LOCK_SH) }

// alone takes the lock for this one, or fails at once.
func (l *lock) alone() error { return l.flock(syscall.LOCK_EX | syscall.LOCK_NB) }

func (l *lock) flock(how int) error {
	for {
		if err := syscall.Flock(int(l.file.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func (l *lock) close() error { return l.file.Close() }
