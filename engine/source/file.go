package source

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// File is the content of a regular file, read once from front to back. Holes
// read as zeros without asking the disk. Not for use from several goroutines.
type File struct {
	fd    int
	entry repository.Entry
	id    repository.FileID
	off   int64
	// dataEnd and holeEnd bound the piece that off lies in, where the file
	// has holes; both lie behind off when it is not known.
	sparse           bool
	dataEnd, holeEnd int64
	closed           bool
}

// OpenFile opens the regular file that Walk described. It follows no links,
// at no level, unless the tree does; never waits for the other end of a
// pipe; and ends with ErrReplaced when another file or item has the name now.
// Errors tell fs.ErrNotExist and fs.ErrPermission by errors.Is. The caller
// closes the file.
func (t *Tree) OpenFile(e *repository.Entry) (*File, error) {
	fd, err := t.openFile(e)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ENXIO) {
		err = ErrReplaced
	}
	if err != nil {
		return nil, fmt.Errorf("opening it: %w", err)
	}
	f := &File{fd: fd, entry: *e}
	if err := f.check(); err != nil {
		f.Close()
		return nil, fmt.Errorf("opening it: %w", err)
	}
	return f, nil
}

// openFile leaves the time of last access alone where that is allowed: to the
// owner, and to root outside of containers.
func (t *Tree) openFile(e *repository.Entry) (int, error) {
	if t.user != 0 && t.user != e.UID {
		return t.openFlags(e.Path, fileFlags)
	}
	fd, err := t.openFlags(e.Path, fileFlags|noAccessTime)
	if errors.Is(err, unix.EPERM) && noAccessTime != 0 {
		return t.openFlags(e.Path, fileFlags)
	}
	return fd, err
}

func (t *Tree) openFlags(path string, flags int) (int, error) {
	if t.single != "" {
		return openat(t.fd(), t.single, flags|unix.O_NOFOLLOW)
	}
	if t.options.FollowLinks {
		return openat(t.fd(), path, flags)
	}
	if fd, ok := openBeneath(t.fd(), path, flags); ok {
		return fd, nil
	}
	return openByFolders(t.fd(), path, flags|unix.O_NOFOLLOW)
}

// openByFolders opens one folder after the other. It is how a path is opened
// that is longer than the system takes, and how an error is told.
func openByFolders(dir int, path string, flags int) (int, error) {
	at := dir
	for {
		name, rest, more := strings.Cut(path, "/")
		next, err := -1, error(unix.ENOENT)
		switch {
		case name == "" || name == "." || name == "..":
		case more:
			next, err = openat(at, name, dirFlags|unix.O_NOFOLLOW)
		default:
			next, err = openat(at, name, flags)
		}
		if at != dir {
			unix.Close(at)
		}
		if err != nil || !more {
			return next, err
		}
		at, path = next, rest
	}
}

// check makes sure that the open file is the one that was walked past. Some
// network file systems number a file anew when they forgot it; size and time
// tell it then.
func (f *File) check() error {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return ErrReplaced
	}
	f.id = fileID(&st)
	same := f.id == f.entry.ID || f.entry.ID == repository.FileID{}
	if !same && (st.Size != f.entry.Size || !timeOf(st.Mtim).Equal(f.entry.ModTime)) {
		return ErrReplaced
	}
	f.sparse = st.Blocks*512 < st.Size
	return nil
}

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if f.sparse {
		if err := f.locate(); err != nil {
			return 0, err
		}
		if f.off < f.holeEnd {
			n := int(min(int64(len(p)), f.holeEnd-f.off))
			clear(p[:n])
			f.off += int64(n)
			return n, nil
		}
		if f.off < f.dataEnd {
			p = p[:min(int64(len(p)), f.dataEnd-f.off)]
		}
	}
	for {
		n, err := unix.Pread(f.fd, p, f.off)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, fmt.Errorf("reading it at %d: %w", f.off, err)
		case n == 0:
			return 0, io.EOF
		}
		f.off += int64(n)
		return n, nil
	}
}

// Hole returns how many bytes of a hole come next: they read as zeros, and may
// be passed with Skip. It is 0 where data comes, or where that is not known.
func (f *File) Hole() int64 {
	if !f.sparse || f.locate() != nil || !f.sparse {
		return 0
	}
	return max(f.holeEnd-f.off, 0)
}

// Skip passes n bytes of what Hole returned.
func (f *File) Skip(n int64) { f.off += n }

// locate finds out whether a hole or data begins where the last piece ended.
func (f *File) locate() error {
	if f.off < f.holeEnd || f.off < f.dataEnd {
		return nil
	}
	data, err := unix.Seek(f.fd, f.off, unix.SEEK_DATA)
	switch {
	case errors.Is(err, unix.ENXIO):
		return f.lastHole()
	case err != nil:
		f.sparse = false
		return nil //nolint:nilerr // then its holes are read as zeros
	case data > f.off:
		f.holeEnd = data
		return nil
	}
	if f.dataEnd, err = unix.Seek(f.fd, f.off, unix.SEEK_HOLE); err != nil {
		f.sparse = false
	}
	return nil
}

// lastHole reaches to the end of the file, as far as that is now.
func (f *File) lastHole() error {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return fmt.Errorf("reading it at %d: %w", f.off, err)
	}
	f.holeEnd = st.Size
	return nil
}

// Changed reports whether the file is another now than the entry said: call
// it after reading.
func (f *File) Changed() bool {
	var st unix.Stat_t
	if f.closed || unix.Fstat(f.fd, &st) != nil {
		return true
	}
	e := &f.entry
	return fileID(&st) != f.id || st.Size != e.Size || !timeOf(st.Mtim).Equal(e.ModTime) ||
		!e.ChangeTime.IsZero() && !timeOf(st.Ctim).Equal(e.ChangeTime)
}

// Close releases the file. A second call does nothing.
func (f *File) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	return unix.Close(f.fd)
}
