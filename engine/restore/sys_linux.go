package restore

import (
	"golang.org/x/sys/unix"
)

// mknod makes a pipe or a device.
func (*Writer) mknod(at *spot, name string, mode uint32, device uint64) error {
	return unix.Mknodat(at.folder.fd, name, mode, int(device))
}

// makeDurable waits until everything is on the disk that fd lies on: once for
// all files, where a call for each would take longer than the restore.
func makeDurable(fd int) error { return unix.Syncfs(fd) }
