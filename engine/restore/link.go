package restore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// firstLink is a restored file that later items may be hard links to.
type firstLink struct {
	path string // on disk, below the target
	sum  [sha256.Size]byte
	key  string // its ContentKey
	id   repository.FileID
	size int64
}

// LinkTarget returns the restored item that e will be made a hard link to. Its
// content is not needed then: Put takes nil for it, and reads none if given.
func (w *Writer) LinkTarget(e *repository.Entry) (path string, ok bool) {
	if w.first(e) == nil {
		return "", false
	}
	return e.HardLink, true
}

// first returns the restored first member of e's group, if e surely has the
// same content.
func (w *Writer) first(e *repository.Entry) *firstLink {
	if e.Type != repository.File || e.HardLink == "" || e.HardLink == e.Path {
		return nil
	}
	first := w.links[e.HardLink]
	if first == nil || !first.holds(e) || e.Size >= 0 && e.Size != first.size {
		return nil
	}
	return first
}

// holds reports that the first member surely has the content of e.
func (f *firstLink) holds(e *repository.Entry) bool {
	if e.SHA256 == nil {
		return e.ContentKey != "" && e.ContentKey == f.key
	}
	return bytes.Equal(f.sum[:], e.SHA256)
}

// remember notes a file that later items may be links to. Such files are
// never written by the pool, so the map belongs to the goroutine of Put.
func (w *Writer) remember(at *spot, e *repository.Entry, st *unix.Stat_t, sum [sha256.Size]byte) {
	if e.HardLink == "" || e.HardLink != e.Path {
		return
	}
	w.links[e.Path] = &firstLink{path: at.diskPath(), sum: sum, key: e.ContentKey, id: idOf(st), size: st.Size}
}

// diskPath returns where an item lies below the target.
func (at *spot) diskPath() string {
	path := at.name
	for f := at.folder; f.parent != nil; f = f.parent {
		path = f.name + "/" + path
	}
	return path
}

// putLink restores a file as a hard link, or as a copy where the file system
// has no links.
func (w *Writer) putLink(ctx context.Context, at *spot, e *repository.Entry, first *firstLink) error {
	if at.is != nil && idOf(at.is) == first.id {
		return w.countSame(first.size)
	}
	folder, name, err := w.openFolderOf(first.path)
	if err != nil {
		return fmt.Errorf("finding the file it is a link to: %w", err)
	}
	defer folder.Close()
	temp := w.tempName()
	if err := unix.Linkat(int(folder.Fd()), name, at.folder.fd, temp, 0); err != nil {
		return w.putCopy(ctx, at, e, int(folder.Fd()), name)
	}
	st, err := at.folder.lookup(temp)
	if err != nil || st == nil || idOf(st) != first.id {
		w.discard(at, temp)
		return fmt.Errorf("%w: the file it is a link to was replaced", ErrMismatch)
	}
	if err := w.commit(at, temp); err != nil {
		return err
	}
	// Renaming onto another link of the same file leaves both in place.
	w.discard(at, temp)
	return w.countFile(first.size)
}

// openFolderOf opens the folder that holds an item that was restored.
func (w *Writer) openFolderOf(path string) (*os.File, string, error) {
	at := w.stack[0].fd
	above, name := split(path)
	fd, err := fsat.Open(at, ".", fsat.FolderFlags, 0)
	if above == "" {
		above = "."
	}
	for part := range strings.SplitSeq(above, "/") {
		if err != nil {
			return nil, "", err
		}
		var next int
		next, err = fsat.Open(fd, part, fsat.FolderFlags|unix.O_NOFOLLOW, 0)
		unix.Close(fd)
		fd = next
	}
	if err != nil {
		return nil, "", err
	}
	return os.NewFile(uintptr(fd), above), name, nil
}

// putCopy restores a file from the first member, and compares it like any.
func (w *Writer) putCopy(ctx context.Context, at *spot, e *repository.Entry, dir int, name string) error {
	fd, err := fsat.Open(dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("copying the file it is a link to: %w", err)
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	alone := *e
	alone.HardLink = ""
	return w.putFile(ctx, at, &alone, f)
}

func idOf(st *unix.Stat_t) repository.FileID {
	return repository.FileID{Device: uint64(st.Dev), Inode: st.Ino}
}
