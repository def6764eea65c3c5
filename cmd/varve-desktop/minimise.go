//go:build !ci

package main

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// minimise makes the window small. Fyne has no call for it, but GLFW below it
// has, and tells its window while that one's drawing context is current.
func minimise(w fyne.Window) {
	withHandle(w, func(h *glfw.Window) { h.Iconify() })
}

// restore undoes minimise.
func restore(w fyne.Window) {
	withHandle(w, func(h *glfw.Window) { h.Restore() })
}

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
