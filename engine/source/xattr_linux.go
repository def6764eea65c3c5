package source

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// errNoAttribute: an attribute went away after it was listed.
const errNoAttribute = unix.ENODATA

// listAt lists the attributes of an item of an open folder: listxattrat(2) of
// Linux 6.13. Before it, only a path can be asked, which takes twice the time.
func listAt(dir int, name string, follow bool, buf []byte) (int, error) {
	path, err := unix.BytePtrFromString(name)
	if err != nil {
		return 0, err
	}
	flags := unix.AT_SYMLINK_NOFOLLOW
	if follow {
		flags = 0
	}
	n, _, errno := unix.Syscall6(unix.SYS_LISTXATTRAT, uintptr(dir), uintptr(unsafe.Pointer(path)), uintptr(flags),
		uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)), 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
