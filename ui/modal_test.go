package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/look"
)

// A question that is higher than the window scrolls to what the keyboard comes
// to.
func TestQuestionsScrollToTheKeyboard(t *testing.T) {
	s := newStage(t, "light", nothing())
	rows := look.Stacked(look.Within)
	for range 40 {
		rows.Add(look.NewButton("A button", nil))
	}
	m := s.u.tallModal(rows, look.Primary("Close", nil))
	m.show()
	s.settle()
	canvas := s.u.window.Canvas()
	for i := range rows.Objects {
		canvas.FocusNext()
		o := canvas.Focused().(fyne.CanvasObject)
		if o != rows.Objects[i] {
			t.Fatalf("Tab leads to %T, not to button %d", o, i)
		}
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
		if at.Y < 0 || at.Y+o.Size().Height > canvas.Size().Height-look.AtEdge {
			t.Fatalf("the keyboard is at button %d, which is at %v of %v", i, at, canvas.Size())
		}
	}
}
