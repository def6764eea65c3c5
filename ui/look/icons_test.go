package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// An icon grows with the letters beside it, also one that is shown already.
func TestIconsGrowWithTheLetters(t *testing.T) {
	app := test.NewTempApp(t)
	p := Picture(IconFile, 20)
	for _, letters := range []float32{1, 2, 1.5} {
		app.Settings().SetTheme(&Theme{Letters: letters})
		if got, want := p.MinSize(), fyne.NewSquareSize(20*letters); got != want {
			t.Errorf("letters of %v: the icon is %v, want %v", letters, got, want)
		}
	}
}
