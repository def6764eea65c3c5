package restore

import (
	"errors"
	"sync"

	"github.com/varve-backup/varve/engine/internal/fsat"
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
	fd, err := fsat.Open(dir, ".", fsat.FolderFlags, 0)
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
	return fsat.OpenPath(b.fd, path, flags)
}
