package restore

import (
	"errors"
	"path/filepath"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// renameNew renames within a folder and never replaces anything.
func renameNew(dir int, from, to string) error {
	err := unix.RenameatxNp(dir, from, dir, to, unix.RENAME_EXCL)
	if errors.Is(err, unix.ENOTSUP) {
		return renameIfFree(dir, from, to)
	}
	return err
}

// mknod makes a pipe or a device. The system has no call that takes a folder.
func (w *Writer) mknod(at *spot, name string, mode uint32, device uint64) error {
	beside := spot{folder: at.folder, name: name}
	path := filepath.Join(w.target, beside.diskPath())
	if mode&unix.S_IFMT == unix.S_IFIFO {
		return unix.Mkfifo(path, mode&0o7777)
	}
	return unix.Mknod(path, mode, int(device))
}

// makeDurable asks for everything to be written to disk.
func makeDurable(fd int) error {
	if err := unix.Sync(); err != nil {
		return err
	}
	return unix.Fsync(fd)
}

// openBeneath has no counterpart here.
func openBeneath(int, string, int) (fd int, err error, ok bool) { return -1, nil, false } //nolint:revive // as on Linux

// setByPath has no counterpart here.
func setByPath(int, string, repository.Xattr) error { return unix.ENOTSUP }
