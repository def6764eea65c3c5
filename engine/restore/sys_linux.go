package restore

import (
	"errors"

	"golang.org/x/sys/unix"
)

// renameNew renames within a folder and never replaces anything.
func renameNew(dir int, from, to string) error {
	err := unix.Renameat2(dir, from, dir, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return renameIfFree(dir, from, to)
	}
	return err
}

// mknod makes a pipe or a device.
func (*Writer) mknod(at *spot, name string, mode uint32, device uint64) error {
	return unix.Mknodat(at.folder.fd, name, mode, int(device))
}

// makeDurable waits until everything is on the disk that fd lies on: once for
// all files, where a call for each would take longer than the restore.
func makeDurable(fd int) error { return unix.Syncfs(fd) }
