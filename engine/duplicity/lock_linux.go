package duplicity

import "golang.org/x/sys/unix"

// setLock takes locks that belong to the open file, not to the process: two
// jobs of one desktop application exclude each other as well, and a classic
// lock of another process still conflicts.
const setLock = unix.F_OFD_SETLK
