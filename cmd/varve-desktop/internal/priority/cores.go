package priority

import (
	"runtime"
	"sync"
)

// spare is how many of Go's turns are kept beyond the cores. The window needs one
// to go on after each picture, and work that gives way must not sit on the last.
const spare = 4

// chosen is what Go was told last.
var chosen struct {
	sync.Mutex
	cores int  // 0 for as many as there are
	away  bool // nobody sees the window
}

// UseCores has so many cores work for the program at any moment, 0 as many as
// there are. Who bounds them gets no spare turn: the bound holds for the window
// too.
func UseCores(n int) {
	chosen.Lock()
	defer chosen.Unlock()
	chosen.cores = n
	apply()
}

// WindowAway tells whether nobody sees the window. No turn is kept for it then:
// Go looks after each, also when nothing is to be done.
func WindowAway(away bool) {
	chosen.Lock()
	defer chosen.Unlock()
	if chosen.away != away {
		chosen.away = away
		apply()
	}
}

func apply() {
	if chosen.cores > 0 {
		runtime.GOMAXPROCS(chosen.cores)
		return
	}
	runtime.SetDefaultGOMAXPROCS()
	if !chosen.away {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	}
}
