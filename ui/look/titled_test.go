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

// Buttons stand below a field whose hint would be cut beside them.
func TestEntered(t *testing.T) {
	app := test.NewTempApp(t)
	for _, row := range []struct {
		letters, width, field float32
	}{{1, 600, 392}, {1, 440, 440}, {2, 800, 800}, {2, 1000, 592}} {
		app.Settings().SetTheme(&Theme{Letters: row.letters})
		field, buttons := NewField("Search every version…"), Wide(200, Gap(35))
		e := Entered(field, buttons)
		e.Resize(fyne.NewSize(row.width, 200))
		if got := field.Size().Width; got != row.field {
			t.Errorf("letters of %v, %v wide: the field is %v, want %v", row.letters, row.width, got, row.field)
		}
		if beside := buttons.Position().Y == 0; beside != (row.field < row.width) {
			t.Errorf("letters of %v, %v wide: the buttons are at %v", row.letters, row.width, buttons.Position())
		}
	}
}

// Buttons stand in the middle beside a sentence, and below one that would have
// too little room.
func TestTold(t *testing.T) {
	app := test.NewTempApp(t)
	sentence, buttons := Hint("2 items"), Wide(200, Gap(36))
	told := Told(sentence, buttons)
	told.Resize(fyne.NewSize(600, 36))
	if at := sentence.Position().Y + sentence.Size().Height/2; at != 18 {
		t.Errorf("the middle of the sentence is at %v, want 18", at)
	}
	for _, row := range []struct {
		letters, width float32
		below          bool
	}{{1, 400, false}, {2, 640, true}, {1, 300, true}} {
		app.Settings().SetTheme(&Theme{Letters: row.letters})
		told.Resize(fyne.NewSize(row.width, 80))
		if below := sentence.Position().Y == 0 && buttons.Position().Y >= sentence.Size().Height; below != row.below {
			t.Errorf("letters of %v, %v wide: the sentence is at %v, the buttons are at %v", row.letters, row.width, sentence.Position(), buttons.Position())
		}
	}
}
