package restore

import (
	"errors"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// below opens what lies below the target, following no links, beside the
// goroutine that writes.
type below struct {
	mu sync.RWMutex
	fd int // -1 when closed, or when there is nothing; guarded by mu
}

var errClosed = errors.New("the target is not open")

func newBelow(dir int) *below {
	if dir < 0 {
		return &below{fd: -1}
	}
	fd, err := openat(dir, ".", folderFlags, 0)
	if err != nil {
		fd = -1
	}
	return &below{fd: fd}
}

func (b *below) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fd >= 0 {
		unix.Close(b.fd)
	}
	b.fd = -1
}

// open opens a file for reading.
func (b *below) open(path string) (int, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.fd < 0 {
		return -1, errClosed
	}
	const flags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	if fd, err, ok := openBeneath(b.fd, path, flags); ok {
		return fd, err
	}
	return openByFolders(b.fd, path, flags)
}

// openByFolders opens one folder after the other.
func openByFolders(dir int, path string, flags int) (int, error) {
	at := dir
	for {
		name, rest, more := strings.Cut(path, "/")
		use := flags
		if more {
			use = folderFlags | unix.O_NOFOLLOW
		}
		next, err := openat(at, name, use, 0)
		if at != dir {
			unix.Close(at)
		}
		if err != nil || !more {
			return next, err
		}
		at, path = next, rest
	}
}
