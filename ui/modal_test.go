package ui

import (
	"strings"
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

// A question that is open follows the window and its letters, also when they
// shrink: it looks as if it was asked there.
func TestQuestionsFollowTheWindow(t *testing.T) {
	long := strings.Repeat("What is asked here takes a few lines. ", 60)
	for name, change := range map[string]struct{ before, after func(s *stage) }{
		"window": {
			func(s *stage) { s.u.window.Resize(fyne.NewSize(1080, 720)) },
			func(s *stage) { s.u.window.Resize(fyne.NewSize(800, 600)) },
		},
		"letters": {
			func(s *stage) { s.u.App.Settings().SetTheme(&look.Theme{Variant: "light", Letters: 2}) },
			func(s *stage) { s.u.App.Settings().SetTheme(&look.Theme{Variant: "light", Letters: 1}) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			stands := func(before, after func(s *stage)) (at fyne.Position, size fyne.Size) {
				s := newStage(t, "light", nothing())
				before(s)
				s.settle()
				m := s.u.wideModal(1000, "A question", look.Say(long), look.Primary("Close", nil))
				m.show()
				s.settle()
				after(s)
				s.settle()
				return m.popup.Position(), m.popup.Size()
			}
			wantAt, want := stands(change.after, change.after)
			if at, size := stands(change.before, change.after); at != wantAt || size != want {
				t.Errorf("it is %v at %v, and asked there it would be %v at %v", size, at, want, wantAt)
			}
		})
	}
}
