package look

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// newRing is the mark of what has the keyboard. It is hidden at first.
func newRing() *canvas.Rectangle {
	r := canvas.NewRectangle(color.Transparent)
	r.StrokeColor, r.StrokeWidth, r.CornerRadius = theme.Color(Lake), 2, 7
	r.Hide()
	return r
}

// ringRoom is how far a ring stands off what it is around.
const ringRoom = 3

// ringed draws a ring around what Fyne draws, while that has the keyboard:
// Fyne's own mark is a change of the ground, which is not seen on one of the
// same colour.
type ringed struct {
	fyne.WidgetRenderer
	ring *canvas.Rectangle
	on   *bool
	room float32
}

func newRinged(inner fyne.WidgetRenderer, on *bool, room float32) *ringed {
	return &ringed{inner, newRing(), on, room}
}

// Objects implements fyne.WidgetRenderer.
func (r *ringed) Objects() []fyne.CanvasObject {
	return append(append([]fyne.CanvasObject(nil), r.WidgetRenderer.Objects()...), r.ring)
}

// Layout implements fyne.WidgetRenderer.
func (r *ringed) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.Move(fyne.NewSquareOffsetPos(-r.room))
	r.ring.Resize(size.AddWidthHeight(2*r.room, 2*r.room))
}

// Refresh implements fyne.WidgetRenderer.
func (r *ringed) Refresh() {
	r.WidgetRenderer.Refresh()
	r.ring.StrokeColor = theme.Color(Lake)
	Visible(r.ring, *r.on)
	r.ring.Refresh()
}

// Covered is a layout of a window's content that knows what questions lie over
// it: the toolkit's own list of them does not tell what they hold.
type Covered interface {
	Over() []fyne.CanvasObject
}

// Reveal scrolls so that an object is in sight: the keyboard may come to what is
// not.
func Reveal(o fyne.CanvasObject) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	var around []*container.Scroll // from the outermost
	roots := []fyne.CanvasObject{c.Content()}
	if page, ok := c.Content().(*fyne.Container); ok {
		if known, ok := page.Layout.(Covered); ok {
			roots = append(roots, known.Over()...)
		}
	}
	for _, root := range roots {
		if leadsTo(root, o, &around) {
			break
		}
	}
	for _, outer := range slices.Backward(around) {
		bring(outer, o)
	}
}

// Replace shows an object in place of what a container holds, once no control in
// it is pressed. What is scrolled stays so, and a control that has the keyboard
// hands it on to the one that stands at its place.
func Replace(body *fyne.Container, o fyne.CanvasObject) {
	if p := pressed(body); p != nil {
		p.then = func() { Replace(body, o) }
		return
	}
	at, canvas := -1, fyne.CurrentApp().Driver().CanvasForObject(body)
	if canvas != nil && canvas.Focused() != nil {
		at = slices.Index(stops(body), canvas.Focused())
	}
	before := scrolling(body)
	body.Objects = []fyne.CanvasObject{o}
	body.Refresh()
	for i, s := range scrolling(body) {
		if i < len(before) {
			s.ScrollToOffset(before[i].Offset)
		}
	}
	if after := stops(body); at >= 0 && at < len(after) {
		canvas.Focus(after[at])
	}
}

// stops are what Tab leads to in an object.
func stops(o fyne.CanvasObject) (all []fyne.Focusable) {
	if o == nil || !o.Visible() {
		return nil
	}
	if f, ok := o.(fyne.Focusable); ok {
		if d, ok := o.(fyne.Disableable); !ok || !d.Disabled() {
			all = append(all, f)
		}
	}
	for _, i := range within(o) {
		all = append(all, stops(i)...)
	}
	return all
}

// scrolling are the parts of an object that can be scrolled, from the outermost.
func scrolling(o fyne.CanvasObject) (all []*container.Scroll) {
	if s, ok := o.(*container.Scroll); ok {
		all = append(all, s)
	}
	for _, i := range within(o) {
		if i != nil {
			all = append(all, scrolling(i)...)
		}
	}
	return all
}

// within is what an object holds, as far as that can be seen from here.
func within(o fyne.CanvasObject) []fyne.CanvasObject {
	switch x := o.(type) {
	case *fyne.Container:
		return x.Objects
	case *container.Scroll:
		return []fyne.CanvasObject{x.Content}
	}
	return nil
}

// leadsTo tells whether an object holds another, and collects what scrolls on
// the way.
func leadsTo(from, to fyne.CanvasObject, around *[]*container.Scroll) bool {
	if from == to {
		return true
	}
	n := len(*around)
	if s, ok := from.(*container.Scroll); ok {
		*around = append(*around, s)
	}
	for _, i := range within(from) {
		if i != nil && i.Visible() && leadsTo(i, to, around) {
			return true
		}
	}
	*around = (*around)[:n]
	return false
}

// revealRoom stays free above and below what is brought into sight.
const revealRoom = Between

// bring scrolls as little as needed.
func bring(s *container.Scroll, o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(s).Y - revealRoom
	bottom := top + o.Size().Height + 2*revealRoom
	to := s.Offset
	if over := bottom - s.Size().Height; over > 0 {
		to.Y += min(over, top)
	}
	if top < 0 {
		to.Y += top
	}
	to.Y = max(0, min(to.Y, s.Content.MinSize().Height-s.Size().Height))
	if to != s.Offset {
		s.ScrollToOffset(to)
	}
}
