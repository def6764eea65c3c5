package source

import (
	"errors"

	"golang.org/x/sys/unix"
)

// The calls below are repeated when a signal cut them short, which network
// file systems let happen.

func openat(dir int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, path, flags, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

func fstatat(dir int, path string, st *unix.Stat_t, flags int) error {
	for {
		err := unix.Fstatat(dir, path, st, flags)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// readlinkat returns the whole target of a link.
func readlinkat(dir int, name string) (string, error) {
	for size := 256; ; size *= 2 {
		buf := make([]byte, size)
		n, err := unix.Readlinkat(dir, name, buf)
		if err != nil {
			return "", err
		}
		if n < size {
			return string(buf[:n]), nil
		}
	}
}
