package look

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Slider chooses one of a row of stops, by drawing, by a click or with the
// arrows. Keys that it does not use reach the window.
type Slider struct {
	widget.BaseWidget
	// OnChanged is called when a person moves it.
	OnChanged func(stop int)

	stops, stop    int
	focused, hover bool
}

// NewSlider makes a slider of at least two stops, at the first.
func NewSlider(stops int, changed func(stop int)) *Slider {
	s := &Slider{stops: stops, OnChanged: changed}
	s.ExtendBaseWidget(s)
	return s
}

// Stop is where it stands, from 0.
func (s *Slider) Stop() int { return s.stop }

// Put moves it, without a call of OnChanged.
func (s *Slider) Put(stop int) {
	if stop = max(0, min(stop, s.stops-1)); stop != s.stop {
		s.stop = stop
		s.Refresh()
	}
}

// Slide moves it as a person does.
func (s *Slider) Slide(stop int) {
	before := s.stop
	s.Put(stop)
	if s.stop != before {
		call(s.OnChanged, s.stop)
	}
}

// Tapped implements fyne.Tappable.
func (s *Slider) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
		c.Focus(s)
	}
	s.Slide(s.at(e.Position.X))
}

// Dragged implements fyne.Draggable.
func (s *Slider) Dragged(e *fyne.DragEvent) { s.Slide(s.at(e.Position.X)) }

// DragEnd implements fyne.Draggable.
func (s *Slider) DragEnd() {}

// at is the stop nearest to a place.
func (s *Slider) at(x float32) int {
	share := (x - knob()/2) / max(1, s.Size().Width-knob())
	return int(math.Round(float64(share) * float64(s.stops-1)))
}

// Cursor implements desktop.Cursorable.
func (s *Slider) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn implements desktop.Hoverable.
func (s *Slider) MouseIn(*desktop.MouseEvent) {
	s.hover = true
	s.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (s *Slider) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (s *Slider) MouseOut() {
	s.hover = false
	s.Refresh()
}

// FocusGained implements fyne.Focusable.
func (s *Slider) FocusGained() {
	s.focused = true
	s.Refresh()
	Reveal(s)
}

// FocusLost implements fyne.Focusable.
func (s *Slider) FocusLost() {
	s.focused = false
	s.Refresh()
}

// TypedRune implements fyne.Focusable.
func (s *Slider) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (s *Slider) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyDown:
		s.Slide(s.stop - 1)
	case fyne.KeyRight, fyne.KeyUp:
		s.Slide(s.stop + 1)
	case fyne.KeyHome:
		s.Slide(0)
	case fyne.KeyEnd:
		s.Slide(s.stops - 1)
	default:
		passOn(s, e)
	}
}

// knob is how wide the knob is: it grows with the letters.
func knob() float32 { return theme.Size(Body) + 2 }

// CreateRenderer implements fyne.Widget.
func (s *Slider) CreateRenderer() fyne.WidgetRenderer {
	r := &sliderRenderer{slider: s}
	for i := range r.parts {
		r.parts[i] = canvas.NewRectangle(color.Transparent)
		r.all = append(r.all, r.parts[i])
	}
	r.Refresh()
	return r
}

type sliderRenderer struct {
	slider *Slider
	parts  [4]*canvas.Rectangle // the way, what of it is left behind, a ring, the knob
	all    []fyne.CanvasObject
}

// MinSize implements fyne.WidgetRenderer.
func (r *sliderRenderer) MinSize() fyne.Size { return fyne.NewSize(80, knob()+2*ringWidth+4) }

// Destroy implements fyne.WidgetRenderer.
func (r *sliderRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *sliderRenderer) Objects() []fyne.CanvasObject { return r.all }

const (
	wayHeight = 4
	ringWidth = 4
)

// Layout implements fyne.WidgetRenderer.
func (r *sliderRenderer) Layout(size fyne.Size) {
	way, gone, ring, top := r.parts[0], r.parts[1], r.parts[2], r.parts[3]
	x := float32(r.slider.stop) / float32(max(1, r.slider.stops-1)) * (size.Width - knob())
	y := (size.Height - wayHeight) / 2
	way.Move(fyne.NewPos(0, y))
	way.Resize(fyne.NewSize(size.Width, wayHeight))
	gone.Move(fyne.NewPos(0, y))
	gone.Resize(fyne.NewSize(x+knob()/2, wayHeight))
	top.Move(fyne.NewPos(x, (size.Height-knob())/2))
	top.Resize(fyne.NewSquareSize(knob()))
	ring.Move(top.Position().SubtractXY(ringWidth, ringWidth))
	ring.Resize(fyne.NewSquareSize(knob() + 2*ringWidth))
	way.CornerRadius, gone.CornerRadius = wayHeight/2, wayHeight/2
	top.CornerRadius, ring.CornerRadius = knob()/2, knob()/2+ringWidth
}

// Refresh takes the colours of the theme.
func (r *sliderRenderer) Refresh() {
	r.parts[0].FillColor = theme.Color(theme.ColorNameInputBorder)
	r.parts[1].FillColor, r.parts[3].FillColor = theme.Color(Lake), theme.Color(Lake)
	r.parts[2].FillColor, r.parts[2].StrokeWidth = color.Transparent, 0
	switch {
	case r.slider.focused:
		r.parts[2].StrokeColor, r.parts[2].StrokeWidth = theme.Color(Lake), 2
	case r.slider.hover:
		r.parts[2].FillColor = theme.Color(theme.ColorNameHover)
	}
	r.Layout(r.slider.Size())
	canvas.Refresh(r.slider)
}
