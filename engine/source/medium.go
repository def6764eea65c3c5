package source

import (
	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine/internal/workers"
)

// Medium is what a folder lies on, as far as reading goes.
type Medium uint8

// The media.
const (
	// SolidState reads well in several places at once, as does what is not
	// known.
	SolidState Medium = iota
	// Rotational has a head that moves from place to place.
	Rotational
	// Network waits for answers more than it reads.
	Network
)

// Workers is how many files are worked on at a time, at most. Those on a disk
// that turns are read one after the other all the same. The figures are those
// of research/dedup-peers.md section 3.3: more than four gain nothing on a solid
// state disk, and the file systems of the network want more than that.
func (m Medium) Workers() int {
	if m == Network {
		return 8
	}
	return min(max(2, workers.Count()), 4)
}

// Medium tells what the root lies on.
func (t *Tree) Medium() Medium {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(t.fd(), &fs); err == nil && isNetwork(&fs) {
		return Network
	}
	if isRotational(t.device) {
		return Rotational
	}
	return SolidState
}
