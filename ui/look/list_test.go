package look

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// listed is a list of n rows in a window, and what happened to it.
func listed(t *testing.T, n int) (l *List, happened *[]string) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	happened = &[]string{}
	note := func(what string) func(int) {
		return func(i int) { *happened = append(*happened, fmt.Sprint(what, " ", i)) }
	}
	l = NewList(func() int { return n }, func() fyne.CanvasObject { return Line("row", Ink) }, func(int, fyne.CanvasObject) {})
	l.OnTapped, l.OnMoved, l.OnOpened, l.OnTicked, l.OnSide = note("tapped"), note("moved"), note("opened"), note("ticked"), note("side")
	l.OnTop = func() { *happened = append(*happened, "top") }
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(200, 300))
	return l, happened
}

func press(o fyne.Focusable, keys ...fyne.KeyName) {
	for _, k := range keys {
		o.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

func TestListByKeyboard(t *testing.T) {
	l, happened := listed(t, 30)
	press(l, fyne.KeyDown, fyne.KeyDown, fyne.KeySpace, fyne.KeyReturn, fyne.KeyRight, fyne.KeyPageDown, fyne.KeyEnd, fyne.KeyDown, fyne.KeyHome, fyne.KeyUp)
	want := []string{"moved 0", "moved 1", "ticked 1", "opened 1", "side 1", "moved 11", "moved 29", "moved 0", "top"}
	if !slices.Equal(*happened, want) {
		t.Errorf("got %v, want %v", *happened, want)
	}
}

func TestListWithoutRows(t *testing.T) {
	l, happened := listed(t, 0)
	press(l, fyne.KeyDown, fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnd, fyne.KeyPageUp)
	if len(*happened) > 0 || l.At() != -1 {
		t.Errorf("in an empty list happened %v, at %d", *happened, l.At())
	}
}

// A row that is clicked again is tapped again.
func TestListCountsEveryClick(t *testing.T) {
	l, happened := listed(t, 3)
	l.Select(1)
	l.Select(1)
	if want := []string{"tapped 1", "tapped 1"}; !slices.Equal(*happened, want) || l.At() != 1 {
		t.Errorf("got %v at %d, want %v", *happened, l.At(), want)
	}
}

// What has the keyboard is seen, and after a click nothing else stands out.
func TestListMarksTheRowOfTheKeyboard(t *testing.T) {
	l, _ := listed(t, 3)
	if l.Marks(0) {
		t.Error("a list without the keyboard marks a row")
	}
	l.FocusGained()
	if !l.Marks(0) {
		t.Error("a list with the keyboard marks nothing")
	}
	press(l, fyne.KeyDown, fyne.KeyDown)
	if l.Marks(0) || !l.Marks(1) {
		t.Error("the mark does not follow the keyboard")
	}
	l.Select(2)
	if l.Marks(1) || l.Marks(2) {
		t.Error("a click leaves a mark")
	}
}
