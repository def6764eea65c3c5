package priority

import (
	"runtime"
	"testing"
)

// cores is how many there are, whatever the variable GOMAXPROCS and the flag
// -test.cpu say, which hold again afterwards.
func cores(t *testing.T) int {
	t.Helper()
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	runtime.SetDefaultGOMAXPROCS()
	return runtime.GOMAXPROCS(0)
}

func TestUseCores(t *testing.T) {
	there := cores(t)
	for _, row := range []struct{ asked, want int }{{1, 1}, {0, there + spare}, {3, 3}, {0, there + spare}} {
		if UseCores(row.asked); runtime.GOMAXPROCS(0) != row.want {
			t.Errorf("%d: %d cores", row.asked, runtime.GOMAXPROCS(0))
		}
	}
}

// Nobody needs a spare turn while there is no window, and a bound stays one.
func TestWindowAway(t *testing.T) {
	there := cores(t)
	defer WindowAway(false)
	for _, row := range []struct {
		asked int
		away  bool
		want  int
	}{{0, true, there}, {0, false, there + spare}, {1, true, 1}, {1, false, 1}, {0, true, there}} {
		UseCores(row.asked)
		if WindowAway(row.away); runtime.GOMAXPROCS(0) != row.want {
			t.Errorf("%+v: %d cores", row, runtime.GOMAXPROCS(0))
		}
	}
}
