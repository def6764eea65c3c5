//go:build journey

package ui

import (
	"cmp"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/retentionform"
)

// Item is something that a person sees in a window. X, Y, W and H are pixels,
// from the upper left corner of the window's inside.
type Item struct {
	Text string
	// Kind is button, entry, check or text.
	Kind       string
	X, Y, W, H int
	Disabled   bool `json:",omitempty"`
}

// Locate lists what is seen in a window, what lies on top last. It is called
// on the main loop. Tests with a real pointer learn from it where to click.
func Locate(w fyne.Window) []Item {
	c := w.Canvas()
	l := &locator{scale: c.Scale()}
	all := area{max: fyne.NewPos(c.Size().Width, c.Size().Height)}
	l.walk(c.Content(), positionIn(c, c.Content()), all)
	for _, o := range c.Overlays().List() {
		l.walk(o, o.Position(), all)
	}
	return l.items
}

// positionIn is where the content stands: inside the padding of the window.
func positionIn(c fyne.Canvas, content fyne.CanvasObject) fyne.Position {
	inner, _ := c.InteractiveArea()
	return inner.Add(content.Position())
}

// area is what can be seen of something that scrolls.
type area struct{ min, max fyne.Position }

func (a area) within(b area) area {
	return area{
		min: fyne.NewPos(max(a.min.X, b.min.X), max(a.min.Y, b.min.Y)),
		max: fyne.NewPos(min(a.max.X, b.max.X), min(a.max.Y, b.max.Y)),
	}
}

type locator struct {
	scale float32
	items []Item
}

// walk lists o, which stands at pos, as far as it is inside seen.
func (l *locator) walk(o fyne.CanvasObject, pos fyne.Position, seen area) {
	if o == nil || !o.Visible() {
		return
	}
	if _, ok := o.(*container.Scroll); ok { // nothing else hides what is beyond it
		seen = seen.within(area{pos, pos.AddXY(o.Size().Width, o.Size().Height)})
	}
	if i, ok := describeItem(o); ok {
		// The titles of dialogs have no size.
		l.add(i, pos, o.Size().Max(o.MinSize()), seen)
		return
	}
	var inside []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		inside = o.Objects
	case fyne.Widget:
		inside = test.WidgetRenderer(o).Objects()
	}
	for _, child := range inside {
		l.walk(child, pos.Add(child.Position()), seen)
	}
}

// add leaves out what has no text and what is scrolled out of sight.
func (l *locator) add(i Item, pos fyne.Position, size fyne.Size, seen area) {
	mid := pos.AddXY(size.Width/2, size.Height/2)
	if mid.X < seen.min.X || mid.Y < seen.min.Y || mid.X >= seen.max.X || mid.Y >= seen.max.Y {
		return
	}
	pixels := func(f float32) int { return int(math.Round(float64(f * l.scale))) }
	i.X, i.Y, i.W, i.H = pixels(pos.X), pixels(pos.Y), pixels(size.Width), pixels(size.Height)
	l.items = append(l.items, i)
}

// describeItem tells what o is, for what a person would point at as a whole.
func describeItem(o fyne.CanvasObject) (Item, bool) {
	switch o := o.(type) {
	case *look.Button:
		return Item{Text: cmp.Or(o.Text, o.Name), Kind: "button", Disabled: o.Disabled()}, true
	case *look.Tile:
		return Item{Text: o.Title, Kind: "button"}, true
	case *look.Option:
		return Item{Text: o.Title, Kind: "button"}, true
	case *retentionform.Text:
		return Item{Text: cmp.Or(o.Text, o.PlaceHolder), Kind: "entry"}, true
	case *look.Combo:
		return Item{Text: o.Value(), Kind: "button"}, true
	case *look.Lines:
		return Item{Text: o.String(), Kind: "text"}, true
	case *look.Field:
		return Item{Text: cmp.Or(o.PlaceHolder, o.Text), Kind: "entry", Disabled: o.Disabled()}, true
	case *look.Check:
		return Item{Text: o.Text, Kind: "check", Disabled: o.Disabled()}, true
	case *look.Text:
		return Item{Text: o.String(), Kind: "text"}, o.String() != ""
	case *look.Tick:
		return Item{Kind: "check"}, true
	case *widget.Button: // of Fyne's own dialogs
		return Item{Text: o.Text, Kind: "button", Disabled: o.Disabled()}, true
	case *widget.Entry:
		return Item{Text: cmp.Or(o.PlaceHolder, o.Text), Kind: "entry", Disabled: o.Disabled()}, true
	case *widget.Label:
		return Item{Text: o.Text, Kind: "text"}, true
	case *widget.RichText:
		return Item{Text: o.String(), Kind: "text"}, o.String() != ""
	case *canvas.Text:
		return Item{Text: o.Text, Kind: "text"}, o.Text != ""
	}
	return Item{}, false
}
