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
