package main

import (
	"os"
	"testing"

	"fyne.io/fyne/v2/test"
)

// mainIsFirst is what onMainLoop said on the goroutine that the program began with.
var mainIsFirst bool

func TestMain(m *testing.M) {
	mainIsFirst = onMainLoop()
	os.Exit(m.Run())
}

// The toolkit for tests behaves as the real one does after its end: it runs on
// the goroutine that asks.
func TestNothingRunsBesideTheMainLoop(t *testing.T) {
	test.NewTempApp(t)
	if !mainIsFirst {
		t.Error("the goroutine that the program begins with is not known")
	}
	d := new(desktop)
	d.do(func() { t.Error("it ran beside the main loop") })
}
