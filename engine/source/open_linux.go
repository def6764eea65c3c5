package source

import (
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	dirFlags  = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NONBLOCK | unix.O_CLOEXEC
	fileFlags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	// noAccessTime leaves the time of last access alone; only the owner may.
	noAccessTime = unix.O_NOATIME
)

// openBeneath opens a path below dir in one step, refusing links on the way.
// It reports false when the system cannot say, and the long way must.
func openBeneath(dir int, path string, flags int) (int, bool) {
	how := unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS}
	fd, err := unix.Openat2(dir, path, &how)
	return fd, err == nil
}

// descriptorPath names an item of an open folder for calls that take a path.
func descriptorPath(dir int, name string) string {
	buf := make([]byte, 0, 64)
	buf = append(buf, descriptors...)
	buf = strconv.AppendInt(buf, int64(dir), 10)
	buf = append(buf, '/')
	return string(append(buf, name...))
}

const descriptors = "/proc/self/fd/"

// hasDescriptors tells that descriptorPath works: /proc may not be mounted.
func hasDescriptors() bool {
	var st unix.Stat_t
	return unix.Stat(descriptors, &st) == nil
}
