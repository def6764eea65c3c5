package workers

import (
	"runtime"
	"testing"
)

func TestCount(t *testing.T) {
	turns := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(turns)
	cores := runtime.NumCPU()
	for given, want := range map[int]int{1: 1, cores: cores, cores + 4: cores} {
		runtime.GOMAXPROCS(given)
		if got := Count(); got != want {
			t.Errorf("%d workers with %d turns on %d cores, want %d", got, given, cores, want)
		}
	}
}
