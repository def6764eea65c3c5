package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// What is cut is cut between two lines, at every size of the letters.
func TestShortShowsWholeLines(t *testing.T) {
	app := test.NewTempApp(t)
	for _, letters := range []float32{1, 2} {
		app.Settings().SetTheme(&Theme{Letters: letters})
		three, four := Note("a\nb\nc"), Note("a\nb\nc\nd")
		s := NewShort(3, four)
		for _, o := range []fyne.CanvasObject{three, s} {
			o.Resize(fyne.NewSize(300, 10))
		}
		if got, want := s.MinSize().Height, three.MinSize().Height; got != want {
			t.Errorf("letters of %v: three of four lines are %v high, want %v", letters, got, want)
		}
	}
}
