//go:build !linux

package duplicity

import "golang.org/x/sys/unix"

// setLock takes the classic lock, which belongs to the process.
const setLock = unix.F_SETLK
