package ui

import "testing"

// What closing the window does is said once with a tray, and once without.
func TestClosingIsExplainedOnce(t *testing.T) {
	d := newDesk(t, "light")
	closed, quit := 0, 0
	ask := func(tray bool) bool {
		defer d.settle()
		return d.u.ExplainClosing(tray, func() { closed++ }, func() { quit++ })
	}
	for tray, says := range map[bool]string{true: "Varve goes on in the tray", false: "Varve goes on in a small window"} {
		if !ask(tray) || !d.says(says) || closed > 0 {
			t.Fatalf("it does not say %q first", says)
		}
		if ask(tray) {
			t.Error("it asks twice at a time")
		}
		d.tap("Quit Varve")
		if quit != 1 || !ask(tray) {
			t.Error("quitting instead is no answer to what closing does")
		}
		d.tap("Close the window")
		d.q.until(t, "the window to close", func() bool { return closed > 0 })
		if closed != 1 || ask(tray) {
			t.Errorf("it closed %d times, or explains again", closed)
		}
		closed, quit = 0, 0
	}
}
