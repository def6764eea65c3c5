package look

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

func boxes(widths ...float32) (all []fyne.CanvasObject) {
	for _, w := range widths {
		r := canvas.NewRectangle(color.Transparent)
		r.SetMinSize(fyne.NewSize(w, 10))
		all = append(all, r)
	}
	return all
}

func TestFlowWrapsAtTheRight(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	all := boxes(40, 40, 30)
	f := Flow(5, all...)
	Settle(f, 90)
	if f.MinSize() != fyne.NewSize(40, 25) {
		t.Errorf("it wants %v, want two rows", f.MinSize())
	}
	for i, want := range []fyne.Position{{X: 5}, {X: 50}, {X: 60, Y: 15}} {
		if got := all[i].Position(); got != want {
			t.Errorf("%d stands at %v, want %v", i, got, want)
		}
	}
	all[1].Hide()
	Settle(f, 90)
	if f.MinSize().Height != 10 || all[2].Position() != fyne.NewPos(60, 0) {
		t.Errorf("without one it wants %v, and the last stands at %v", f.MinSize(), all[2].Position())
	}
}

func TestTrailKeepsItsEnd(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	trail := Trail()
	for _, part := range boxes(40, 40, 40) {
		AddCrumb(trail, part)
	}
	all := trail.Objects
	sign := all[1].MinSize().Width
	for _, row := range []struct {
		width float32
		first int // that is seen
	}{{200, 0}, {80 + 2*sign, 2}, {80 + sign, 2}, {40 + sign, 4}, {30, 4}} {
		trail.Resize(fyne.NewSize(row.width, 10))
		for i, o := range all {
			if o.Visible() != (i >= row.first) {
				t.Errorf("%v wide: part %d is seen: %v", row.width, i, o.Visible())
			}
		}
		if all[row.first].Position().X != 0 {
			t.Errorf("%v wide: the first that is seen stands at %v", row.width, all[row.first].Position())
		}
	}
	if all[4].Size().Width != 30 {
		t.Errorf("in less room than one needs, the last is %v wide", all[4].Size().Width)
	}
}

func TestHalves(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	all := boxes(10, 10)
	h := Halves(10, all[0], all[1])
	h.Resize(fyne.NewSize(110, 40))
	if all[0].Size() != fyne.NewSize(50, 40) || all[1].Position().X != 60 {
		t.Errorf("the halves are %v and %v", all[0].Size(), all[1].Position())
	}
}

// As many columns as there is room for, which is less for larger letters.
func TestGridFollowsTheWidth(t *testing.T) {
	for _, row := range []struct {
		width, letters float32
		columns        int
	}{{330, 1, 3}, {230, 1, 2}, {90, 1, 1}, {330, 2, 1}, {430, 2, 2}} {
		test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light", Letters: row.letters})
		all := boxes(40, 40, 40)
		g := Grid(10, 100, all...)
		height := Settle(g, row.width)
		rows := (len(all) + row.columns - 1) / row.columns
		if want := float32(rows*20 - 10); height != want {
			t.Errorf("%v wide with letters of %v: %v high, want %v", row.width, row.letters, height, want)
		}
		if last := all[2].Position(); last.Y != float32((rows-1)*20) {
			t.Errorf("%v wide: the last stands at %v", row.width, last)
		}
	}
}

// What is rolled wants to be seen whole, and scrolls where it cannot be.
func TestRolled(t *testing.T) {
	test.NewTempApp(t)
	tall := Wide(50, Gap(400))
	r := Rolled(tall)
	if want := fyne.NewSize(50+2*RolledEdge, 400+2*RolledEdge); r.MinSize() != want {
		t.Errorf("it wants %v, want %v", r.MinSize(), want)
	}
	r.Resize(fyne.NewSize(100, 120))
	if got := r.(*fyne.Container).Objects[0].Size().Height; got != 120 || tall.Size().Height != 400 {
		t.Errorf("in a height of 120, %v of %v are seen", got, tall.Size().Height)
	}
}
