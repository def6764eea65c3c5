//go:build !ci

package main

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// Fyne cannot make a window small, nor tell whether it is, but GLFW below it
// can, and tells its window while that one's drawing context is current.

// minimise makes the window small.
func minimise(w fyne.Window) {
	withHandle(w, func(h *glfw.Window) { h.Iconify() })
}

// restore undoes minimise. To a window that is not small it would do something
// else: it would no longer fill the screen.
func restore(w fyne.Window) {
	withHandle(w, func(h *glfw.Window) {
		if h.GetAttrib(glfw.Iconified) == glfw.True {
			h.Restore()
		}
	})
}

// standing is how a window stands on the screen.
func standing(w fyne.Window) (s stand) {
	withHandle(w, func(h *glfw.Window) {
		is := func(what glfw.Hint) bool { return h.GetAttrib(what) == glfw.True }
		s = stand{is(glfw.Visible), is(glfw.Iconified), is(glfw.Maximized), is(glfw.Focused)}
	})
	return s
}

// maximise makes the window fill the screen.
func maximise(w fyne.Window) {
	withHandle(w, func(h *glfw.Window) { h.Maximize() })
}

// withHandle does nothing before the window was shown for the first time.
func withHandle(w fyne.Window, do func(*glfw.Window)) {
	drawn, ok := w.(interface{ RunWithContext(func()) })
	if !ok {
		return
	}
	drawn.RunWithContext(func() {
		if h := glfw.GetCurrentContext(); h != nil {
			do(h)
		}
	})
}
