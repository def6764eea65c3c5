//go:build unix && !linux

package source

import "golang.org/x/sys/unix"

// errNoAttribute: an attribute went away after it was listed.
const errNoAttribute = unix.ENOATTR

// listAt is a call of Linux.
func listAt(int, string, bool, []byte) (int, error) { return 0, unix.ENOSYS }
