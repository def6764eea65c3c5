package look

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func strip(t *testing.T, layers []Layer, chosen int) (s *Strip, taken *[]int) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	taken = &[]int{}
	s = NewStrip()
	s.OnChosen = func(i int) { *taken = append(*taken, i) }
	w := test.NewTempWindow(t, s)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(200, 60))
	s.Set(layers, chosen)
	return s, taken
}

// made is a strip in which a dot is a gap.
func made(pattern string) (layers []Layer) {
	for i, c := range pattern {
		layers = append(layers, Layer{Weight: float64(i), Made: c == '|'})
	}
	return layers
}

func TestStripStepsOverGaps(t *testing.T) {
	s, taken := strip(t, made("|.||."), 3)
	press(s, fyne.KeyRight, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyEnd, fyne.KeyHome)
	if got, want := fmt.Sprint(*taken), "[2 0 3 0]"; got != want {
		t.Errorf("chosen were %s, want %s", got, want)
	}
}

func TestStripIsClicked(t *testing.T) {
	s, taken := strip(t, made("|.||."), 3)
	at := func(i int) {
		g := s.grid(s.Size().Width)
		s.Tapped(&fyne.PointEvent{Position: fyne.NewPos((float32(i)+0.5)*g.pitch, 20)})
	}
	at(2)
	at(1) // a gap: what was there before it
	at(4)
	at(9) // nothing
	if got, want := fmt.Sprint(*taken), "[2 0 3]"; got != want {
		t.Errorf("chosen were %s, want %s", got, want)
	}
}

// The chosen layer is in sight, however many there are.
func TestStripOfThousandsShowsTheChosen(t *testing.T) {
	layers := make([]Layer, 5000)
	for i := range layers {
		layers[i] = Layer{Weight: float64(i % 7), Made: true}
	}
	for _, chosen := range []int{-1, 0, 17, 2500, 4999} {
		s, _ := strip(t, layers, chosen)
		g := s.grid(s.Size().Width)
		if float32(g.shown)*g.pitch > s.Size().Width {
			t.Errorf("%d layers of %v do not fit into %v", g.shown, g.pitch, s.Size().Width)
		}
		if chosen >= 0 && (chosen < g.first || chosen >= g.first+g.shown) {
			t.Errorf("of layer %d nothing is seen, but from %d on %d", chosen, g.first, g.shown)
		}
	}
}

func TestEmptyStrip(t *testing.T) {
	s, taken := strip(t, nil, -1)
	press(s, fyne.KeyLeft, fyne.KeyRight, fyne.KeyHome, fyne.KeyEnd)
	s.Tapped(&fyne.PointEvent{Position: fyne.NewPos(5, 5)})
	if len(*taken) > 0 {
		t.Errorf("in an empty strip %v was chosen", *taken)
	}
}
