package look

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Radio is a few lines of which one is chosen, with a click or with the arrows.
// It is one stop for the keyboard; keys that it does not use reach the window.
type Radio struct {
	widget.BaseWidget
	// OnChanged is called when another line is chosen.
	OnChanged func(label string)
	// Options are the lines, and Selected is the one that is chosen, "" for none.
	Options  []string
	Selected string

	hovered int // -1 for none
	focused bool
}

// NewRadio makes a choice of lines.
func NewRadio(options []string, changed func(label string)) *Radio {
	r := &Radio{Options: options, OnChanged: changed, hovered: -1}
	r.ExtendBaseWidget(r)
	return r
}

// Append offers one more.
func (r *Radio) Append(label string) {
	r.Options = append(r.Options, label)
	r.Refresh()
}

// SetSelected chooses a line.
func (r *Radio) SetSelected(label string) {
	if label == r.Selected {
		return
	}
	r.Selected = label
	r.Refresh()
	if r.OnChanged != nil {
		r.OnChanged(label)
	}
}

func (r *Radio) choose(i int) {
	if i >= 0 && i < len(r.Options) {
		r.SetSelected(r.Options[i])
	}
}

// at is the line at a height.
func (r *Radio) at(y float32) int { return min(int(y/radioHeight()), len(r.Options)-1) }

// radioHeight is that of a line.
func radioHeight() float32 {
	return max(theme.Size(theme.SizeNameInlineIcon), lineHeight(Body)) + 2*theme.Size(theme.SizeNameInnerPadding)
}

func lineHeight(size fyne.ThemeSizeName) float32 {
	return fyne.MeasureText("0", theme.Size(size), fyne.TextStyle{}).Height
}

// Tapped implements fyne.Tappable.
func (r *Radio) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil {
		c.Focus(r)
	}
	r.choose(r.at(e.Position.Y))
}

// Cursor implements desktop.Cursorable.
func (r *Radio) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn implements desktop.Hoverable.
func (r *Radio) MouseIn(e *desktop.MouseEvent) { r.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (r *Radio) MouseMoved(e *desktop.MouseEvent) { r.hover(r.at(e.Position.Y)) }

// MouseOut implements desktop.Hoverable.
func (r *Radio) MouseOut() { r.hover(-1) }

func (r *Radio) hover(i int) {
	if i != r.hovered {
		r.hovered = i
		r.Refresh()
	}
}

// FocusGained implements fyne.Focusable.
func (r *Radio) FocusGained() {
	r.focused = true
	r.Refresh()
	Reveal(r)
}

// FocusLost implements fyne.Focusable.
func (r *Radio) FocusLost() {
	r.focused = false
	r.Refresh()
}

// TypedRune implements fyne.Focusable.
func (r *Radio) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (r *Radio) TypedKey(e *fyne.KeyEvent) {
	now := slices.Index(r.Options, r.Selected)
	switch e.Name {
	case fyne.KeyUp, fyne.KeyLeft:
		r.choose(max(now-1, 0))
	case fyne.KeyDown, fyne.KeyRight:
		r.choose(min(now+1, len(r.Options)-1))
	case fyne.KeyHome:
		r.choose(0)
	case fyne.KeyEnd:
		r.choose(len(r.Options) - 1)
	case fyne.KeySpace:
		r.choose(max(now, 0))
	default:
		passOn(r, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (r *Radio) CreateRenderer() fyne.WidgetRenderer {
	v := &radioRenderer{radio: r, ring: newRing()}
	v.Refresh()
	return v
}

type radioRenderer struct {
	radio   *Radio
	ring    *canvas.Rectangle
	lines   []radioLine
	objects []fyne.CanvasObject
}

// radioLine is what is drawn of an option.
type radioLine struct {
	ground *canvas.Circle // of what the pointer is on
	icon   *canvas.Image
	label  *canvas.Text
}

// MinSize implements fyne.WidgetRenderer.
func (v *radioRenderer) MinSize() fyne.Size {
	width := float32(0)
	for _, o := range v.radio.Options {
		width = max(width, fyne.MeasureText(o, theme.Size(Body), fyne.TextStyle{}).Width)
	}
	return fyne.NewSize(v.labelAt()+width+Within, radioHeight()*float32(len(v.radio.Options)))
}

// labelAt is where labels begin.
func (v *radioRenderer) labelAt() float32 { return theme.Size(theme.SizeNameInlineIcon) + 2*Within }

// Destroy implements fyne.WidgetRenderer.
func (v *radioRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (v *radioRenderer) Objects() []fyne.CanvasObject { return v.objects }

// Layout implements fyne.WidgetRenderer.
func (v *radioRenderer) Layout(fyne.Size) {
	side := theme.Size(theme.SizeNameInlineIcon)
	for i, l := range v.lines {
		y := float32(i) * radioHeight()
		l.icon.Resize(fyne.NewSquareSize(side))
		l.icon.Move(fyne.NewPos(Within, y+(radioHeight()-side)/2))
		l.ground.Resize(fyne.NewSquareSize(side + Within))
		l.ground.Move(fyne.NewPos(Within/2, y+(radioHeight()-side-Within)/2))
		least := l.label.MinSize()
		l.label.Resize(least)
		l.label.Move(fyne.NewPos(v.labelAt(), y+(radioHeight()-least.Height)/2))
	}
	v.ring.Hide()
	at := max(slices.Index(v.radio.Options, v.radio.Selected), 0)
	if v.radio.focused && at < len(v.lines) {
		v.ring.Show()
		v.ring.Move(fyne.NewPos(1, float32(at)*radioHeight()+1))
		v.ring.Resize(fyne.NewSize(v.labelAt()+v.lines[at].label.MinSize().Width+Within-2, radioHeight()-2))
	}
}

// Refresh implements fyne.WidgetRenderer.
func (v *radioRenderer) Refresh() {
	for len(v.lines) < len(v.radio.Options) {
		l := radioLine{canvas.NewCircle(color.Transparent), canvas.NewImageFromResource(nil), canvas.NewText("", color.Transparent)}
		l.icon.FillMode = canvas.ImageFillContain
		v.lines = append(v.lines, l)
	}
	v.lines = v.lines[:len(v.radio.Options)]
	v.ring.StrokeColor = theme.Color(Lake)
	v.objects = append(v.objects[:0], v.ring)
	for i, l := range v.lines {
		l.ground.FillColor = color.Transparent
		if i == v.radio.hovered {
			l.ground.FillColor = theme.Color(theme.ColorNameHover)
		}
		l.icon.Resource = radioIcon(v.radio.Options[i] == v.radio.Selected)
		l.label.Text, l.label.TextSize, l.label.Color = v.radio.Options[i], theme.Size(Body), theme.Color(Ink)
		v.objects = append(v.objects, l.ground, l.icon, l.label)
		l.icon.Refresh()
	}
	v.Layout(v.radio.Size())
	canvas.Refresh(v.radio)
}
