package main

import (
	"bytes"
	"runtime"

	"fyne.io/fyne/v2"
)

// do runs f on the main loop, or never: while that loop ends, nothing may be
// handed over, and when it has ended, the toolkit runs what it is given at once,
// on whatever goroutine asks, where the icon in the panel has lost its connection.
func (d *desktop) do(f func()) {
	if d.ended.Load() {
		return
	}
	fyne.Do(func() {
		if !d.ended.Load() && onMainLoop() {
			f()
		}
	})
}

// onMainLoop tells whether the caller is on the goroutine that the program began
// with, which is the one that the main loop runs on. A goroutine has no other
// name than the one in its stack, and that one is always number one.
func onMainLoop() bool {
	first := []byte("goroutine 1 ")
	stack := make([]byte, len(first))
	return bytes.Equal(stack[:runtime.Stack(stack, false)], first)
}
