package priority

import "runtime"

// spare is how many of Go's turns are kept beyond the cores. The window needs one
// to go on after each picture, and work that gives way must not sit on the last.
const spare = 4

// UseCores has so many cores work for the program at any moment, 0 as many as
// there are. Who bounds them gets no spare turn: the bound holds for the window
// too.
func UseCores(n int) {
	if n == 0 {
		runtime.SetDefaultGOMAXPROCS()
		n = runtime.GOMAXPROCS(0) + spare
	}
	runtime.GOMAXPROCS(n)
}
