package fsat

import (
	"errors"
	"strconv"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// RenameNew renames from one folder to another, and never replaces anything.
func RenameNew(from int, old string, to int, name string) error {
	err := unix.Renameat2(from, old, to, name, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return renameIfFree(from, old, to, name)
	}
	return err
}

// Exchange makes two items change their names. Not every file system can.
func Exchange(from int, old string, to int, name string) error {
	return unix.Renameat2(from, old, to, name, unix.RENAME_EXCHANGE)
}

// openBeneath opens a path in one step, refusing links on the way; ok is false
// when the system has no such call.
func openBeneath(dir int, path string, flags int) (fd int, err error, ok bool) {
	how := unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS}
	fd, err = unix.Openat2(dir, path, &how)
	unknown := errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENAMETOOLONG)
	return fd, err, !unknown
}

// SetAttribute sets an extended attribute of an item that is not open. Without
// /proc it cannot.
func SetAttribute(dir int, name string, x repository.Xattr) error {
	return withoutProc(unix.Lsetxattr(pathAt(dir, name), x.Name, x.Value, 0))
}

// RemoveAttribute takes one away.
func RemoveAttribute(dir int, name, attribute string) error {
	return withoutProc(unix.Lremovexattr(pathAt(dir, name), attribute))
}

// ReadAttributes are all that an item has, sorted, but for what the system gives
// every file by itself. What cannot be read is left out.
func ReadAttributes(dir int, name string) (all []repository.Xattr) {
	path := pathAt(dir, name)
	size, err := unix.Llistxattr(path, nil)
	if err != nil || size <= 0 {
		return nil
	}
	list := make([]byte, size)
	if size, err = unix.Llistxattr(path, list); err != nil {
		return nil
	}
	return readAll(list[:size], func(attribute string, value []byte) (int, error) { return unix.Lgetxattr(path, attribute, value) })
}

// pathAt is the way that descriptors have as paths.
func pathAt(dir int, name string) string { return "/proc/self/fd/" + strconv.Itoa(dir) + "/" + name }

func withoutProc(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return unix.ENOTSUP
	}
	return err
}

// Mount tells apart what can be renamed and linked within itself: a mounted
// file system, or a folder of one that is mounted once more.
type Mount struct{ Device, Mount uint64 }

// MountOf is that of an open folder.
func MountOf(fd int) (Mount, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Mount{}, err
	}
	m := Mount{Device: uint64(st.Dev)}
	var stx unix.Statx_t
	if unix.Statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_MNT_ID, &stx) == nil && stx.Mask&unix.STATX_MNT_ID != 0 {
		m.Mount = stx.Mnt_id
	}
	return m, nil
}

// The numbers of file systems whose inodes get other numbers from time to time.
const (
	magicFAT   = 0x4d44
	magicExFAT = 0x2011bab0
	magicFUSE  = 0x65735546
	magicCIFS  = 0xff534d42
	magicSMB2  = 0xfe534d42
	magicNTFS3 = 0x7366746e
)

// KeepsNumbers tells that the inodes of a file system keep their numbers.
func KeepsNumbers(fd int) bool {
	var st unix.Statfs_t
	if unix.Fstatfs(fd, &st) != nil {
		return false
	}
	switch uint32(st.Type) {
	case magicFAT, magicExFAT, magicFUSE, magicCIFS, magicSMB2, magicNTFS3:
		return false
	}
	return true
}

// Lock takes a file, which is open for writing, for this process alone, as long
// as it is open. It does not wait: EAGAIN says that somebody else has it.
func Lock(fd int) error {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	return unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &lock)
}

// IsLocked tells that somebody has a file, and is in nobody's way.
func IsLocked(fd int) bool {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	return unix.FcntlFlock(uintptr(fd), unix.F_OFD_GETLK, &lock) == nil && lock.Type != unix.F_UNLCK
}
