//go:build !linux

package source

import "golang.org/x/sys/unix"

func isNetwork(fs *unix.Statfs_t) bool { return fs.Flags&unix.MNT_LOCAL == 0 }

// isRotational is not known here: nearly every disk is solid state.
func isRotational(uint64) bool { return false }
