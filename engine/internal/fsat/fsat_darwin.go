package fsat

import (
	"errors"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// RenameNew renames from one folder to another, and never replaces anything.
func RenameNew(from int, old string, to int, name string) error {
	err := unix.RenameatxNp(from, old, to, name, unix.RENAME_EXCL)
	if errors.Is(err, unix.ENOTSUP) {
		return renameIfFree(from, old, to, name)
	}
	return err
}

// Exchange makes two items change their names. Not every file system can.
func Exchange(from int, old string, to int, name string) error {
	return unix.RenameatxNp(from, old, to, name, unix.RENAME_SWAP)
}

// openBeneath has no counterpart here.
func openBeneath(int, string, int) (fd int, err error, ok bool) { return -1, nil, false }

// SetAttribute sets an extended attribute of an item that is not open.
func SetAttribute(dir int, name string, x repository.Xattr) error {
	return opened(dir, name, func(fd int) error { return unix.Fsetxattr(fd, x.Name, x.Value, 0) })
}

// RemoveAttribute takes one away.
func RemoveAttribute(dir int, name, attribute string) error {
	return opened(dir, name, func(fd int) error { return unix.Fremovexattr(fd, attribute) })
}

// ReadAttributes are all that an item has, sorted, but for what the system gives
// every file by itself. What cannot be read is left out.
func ReadAttributes(dir int, name string) (all []repository.Xattr) {
	_ = opened(dir, name, func(fd int) error {
		size, err := unix.Flistxattr(fd, nil)
		if err != nil || size <= 0 {
			return err
		}
		list := make([]byte, size)
		if size, err = unix.Flistxattr(fd, list); err == nil {
			all = readAll(list[:size], func(attribute string, value []byte) (int, error) { return unix.Fgetxattr(fd, attribute, value) })
		}
		return err
	})
	return all
}

func opened(dir int, name string, do func(fd int) error) error {
	fd, err := Open(dir, name, unix.O_RDONLY|unix.O_SYMLINK|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return do(fd)
}

// SetFlags is a call of Linux.
func SetFlags(int, repository.Flags, repository.Flags) error { return unix.ENOTSUP }

// Flags are unknown here.
func Flags(int) repository.Flags { return 0 }

// Mount tells apart what can be renamed and linked within itself: a mounted
// file system.
type Mount struct{ Device uint64 }

// MountOf is that of an open folder.
func MountOf(fd int) (Mount, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return Mount{uint64(st.Dev)}, err
}

// KeepsNumbers tells that the inodes of a file system keep their numbers.
func KeepsNumbers(fd int) bool {
	var st unix.Statfs_t
	if unix.Fstatfs(fd, &st) != nil {
		return false
	}
	name := unix.ByteSliceToString(st.Fstypename[:])
	return name == "apfs" || name == "hfs"
}

// Lock takes a file, which is open for writing, for this process alone, as long
// as it is open. It does not wait: EAGAIN says that somebody else has it.
func Lock(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }

// IsLocked tells that somebody has a file. For a moment it is in the way.
func IsLocked(fd int) bool {
	if unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) != nil {
		return true
	}
	return unix.Flock(fd, unix.LOCK_UN) != nil
}
