package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// touched is a widget under the pointer, or with the keyboard, which looks
// different then.
type touched struct {
	pressing
	hover, focused bool

	widget fyne.CanvasObject
	paint  func() // shows the two above
}

// MouseIn implements desktop.Hoverable.
func (t *touched) MouseIn(*desktop.MouseEvent) {
	t.hover = true
	t.paint()
}

// MouseMoved implements desktop.Hoverable.
func (t *touched) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *touched) MouseOut() {
	t.hover = false
	t.paint()
	t.pressing.end()
}

// FocusGained implements fyne.Focusable.
func (t *touched) FocusGained() {
	t.focused = true
	t.paint()
	Reveal(t.widget)
}

// FocusLost implements fyne.Focusable.
func (t *touched) FocusLost() {
	t.focused = false
	t.paint()
}

// TypedRune implements fyne.Focusable.
func (t *touched) TypedRune(rune) {}
