package restore

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

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
