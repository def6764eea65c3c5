//go:build unix && !linux

package source

import (
	"golang.org/x/sys/unix"
)

const (
	dirFlags     = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NONBLOCK | unix.O_CLOEXEC
	fileFlags    = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	noAccessTime = 0
)

// openBeneath has no counterpart here: every file is opened folder by folder.
func openBeneath(int, string, int) (int, bool) { return -1, false }

// descriptorPath is never asked for: see hasDescriptors.
func descriptorPath(_ int, name string) string { return name }

// hasDescriptors tells that open folders have no paths here.
func hasDescriptors() bool { return false }
