package restore

import (
	"errors"

	"golang.org/x/sys/unix"
)

// openat is repeated when a signal cut it short.
func openat(dir int, path string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, path, flags, mode)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// renameIfFree is for file systems that cannot rename and refuse in one step.
func renameIfFree(dir int, from, to string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, to, &st, unix.AT_SYMLINK_NOFOLLOW); err == nil {
		return unix.EEXIST
	}
	return unix.Renameat(dir, from, dir, to)
}
