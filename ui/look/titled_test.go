package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// Controls stand beside a heading, and below it where that has too little room.
func TestTitled(t *testing.T) {
	test.NewTempApp(t)
	heading, controls := Heading("You are protected, with exceptions."), Wide(300, Gap(35))
	h := Titled(heading, controls)
	for _, row := range []struct {
		width float32
		below bool
	}{{800, false}, {500, true}, {800, false}} {
		for range 2 { // a text knows its height once it has a width
			h.Resize(fyne.NewSize(row.width, h.MinSize().Height))
			h.Layout.Layout(h.Objects, h.Size())
		}
		at := controls.Position()
		if below := at.Y >= heading.Size().Height; below != row.below {
			t.Errorf("%v wide: the controls are at %v", row.width, at)
		}
		if end := at.X + controls.Size().Width; end > row.width {
			t.Errorf("%v wide: the controls end at %v", row.width, end)
		}
	}
}
