package priority

import (
	"runtime"
	"testing"
)

func TestUseCores(t *testing.T) {
	there := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(there)
	for _, row := range []struct{ asked, want int }{{1, 1}, {0, there + spare}, {3, 3}, {0, there + spare}} {
		if UseCores(row.asked); runtime.GOMAXPROCS(0) != row.want {
			t.Errorf("%d: %d cores", row.asked, runtime.GOMAXPROCS(0))
		}
	}
}

// Nobody needs a spare turn while there is no window, and a bound stays one.
func TestWindowAway(t *testing.T) {
	there := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(there)
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
