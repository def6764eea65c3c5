package look

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestSliderIsMoved(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	var told []int
	s := NewSlider(5, func(stop int) { told = append(told, stop) })
	w := test.NewTempWindow(t, s)
	passed := 0
	w.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { passed++ })
	w.SetPadded(false)
	w.Resize(fyne.NewSize(216, 40)) // a way of 200
	s.Put(2)
	if s.Stop() != 2 || len(told) != 0 {
		t.Errorf("Put moved it to %d, and told of %v", s.Stop(), told)
	}
	test.TapAt(s, fyne.NewPos(8+150, 10))
	s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(1000, 0)}})
	s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(900, 0)}})
	s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(-50, 0)}})
	for _, key := range []fyne.KeyName{fyne.KeyRight, fyne.KeyEnd, fyne.KeyRight, fyne.KeyLeft, fyne.KeyHome, fyne.KeyEscape, fyne.KeyReturn} {
		s.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if want := []int{3, 4, 0, 1, 4, 3, 0}; !slices.Equal(told, want) {
		t.Errorf("told of %v, want %v", told, want)
	}
	if passed != 2 || w.Canvas().Focused() != s {
		t.Errorf("%d keys reached the window, want 2; %v has the keyboard", passed, w.Canvas().Focused())
	}
}

func TestOptionIsChosen(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "dark"})
	chosen, passed := 0, 0
	o := NewOption("Every version", func() { chosen++ })
	w := test.NewTempWindow(t, o)
	w.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { passed++ })
	test.Tap(o)
	o.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	o.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) // leads on
	if chosen != 2 || passed != 1 || w.Canvas().Focused() != o {
		t.Errorf("chosen %d times, %d keys reached the window, %v has the keyboard", chosen, passed, w.Canvas().Focused())
	}
	o.Choose(true)
	if !o.Chosen() {
		t.Error("it is not chosen")
	}
}
