package fsat

import (
	"cmp"
	"errors"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// SetFlags gives an open item those of the flags that among speaks of; the
// others stay as they are. What cannot be set all at once is set one by one,
// as far as that goes.
func SetFlags(fd int, want, among repository.Flags) error {
	flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	if err != nil {
		return noFlags(err)
	}
	is := repository.Flags(flags)
	wanted := is&^among | want&among
	if wanted == is || trySet(fd, wanted) == nil {
		return nil
	}
	var first error
	for bit := repository.Flags(1); bit != 0; bit <<= 1 {
		if (is^wanted)&bit == 0 {
			continue
		}
		if err := trySet(fd, is^bit); err != nil {
			first = cmp.Or(first, err)
			continue
		}
		is ^= bit
	}
	return first
}

// trySet sets flags, and makes sure of it: file systems pass over some.
func trySet(fd int, flags repository.Flags) error {
	if err := unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, int(flags)); err != nil {
		return noFlags(err)
	}
	now, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	if err == nil && repository.Flags(now)&repository.KeptFlags != flags&repository.KeptFlags {
		err = unix.ENOTSUP
	}
	return err
}

// noFlags is one error for the ways to say that a file system has no flags.
func noFlags(err error) error {
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		return unix.ENOTSUP
	}
	return err
}

// Flags are those of an open item, zero where there are none.
func Flags(fd int) repository.Flags {
	flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	if err != nil {
		return 0
	}
	return repository.Flags(flags)
}
