// Package workers tells how many may work at a time.
package workers

import "runtime"

// Count is how many goroutines that compute are worth having: one for each core
// that the program may use. Go may have been given more turns than that, so that
// a window always gets one; they are not for work.
func Count() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }
