package restore

import (
	"errors"
	"strconv"

	"github.com/varve-backup/varve/engine/repository"
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

// openBeneath opens a path in one step, refusing links on the way; ok is false
// when the system has no such call.
func openBeneath(dir int, path string, flags int) (fd int, err error, ok bool) { //nolint:revive // ok tells whether the others mean anything
	how := unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS}
	fd, err = unix.Openat2(dir, path, &how)
	unknown := errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENAMETOOLONG)
	return fd, err, !unknown
}

// setByPath sets an attribute of an item of an open folder, following no links.
// Without /proc it cannot.
func setByPath(dir int, name string, x repository.Xattr) error {
	err := unix.Lsetxattr("/proc/self/fd/"+strconv.Itoa(dir)+"/"+name, x.Name, x.Value, 0)
	if errors.Is(err, unix.ENOENT) {
		return unix.ENOTSUP
	}
	return err
}
