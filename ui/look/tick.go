package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Tick is a box to tick in a row of a List. It is not for the keyboard, which
// belongs to the list: hundreds of boxes would stand between a person and the
// next control.
type Tick struct {
	widget.BaseWidget
	// OnChanged is called when a person ticks or clears it.
	OnChanged func(on bool)

	on     bool
	partly bool
	icon   *canvas.Image
}

// NewTick makes a box.
func NewTick() *Tick {
	t := &Tick{icon: canvas.NewImageFromResource(nil)}
	t.icon.FillMode = canvas.ImageFillContain
	t.ExtendBaseWidget(t)
	return t
}

// Set ticks or clears it, without a call of OnChanged.
func (t *Tick) Set(on bool) {
	if on != t.on || t.partly {
		t.on, t.partly = on, false
		t.Refresh()
	}
}

// SetPartly shows that some of what it stands for is ticked.
func (t *Tick) SetPartly() {
	if !t.partly {
		t.on, t.partly = false, true
		t.Refresh()
	}
}

// Partly tells whether some of what it stands for is ticked.
func (t *Tick) Partly() bool { return t.partly }

// On tells whether it is ticked.
func (t *Tick) On() bool { return t.on }

// Tapped implements fyne.Tappable.
func (t *Tick) Tapped(*fyne.PointEvent) {
	t.Set(!t.on)
	if t.OnChanged != nil {
		t.OnChanged(t.on)
	}
}

// Cursor implements desktop.Cursorable.
func (t *Tick) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (t *Tick) CreateRenderer() fyne.WidgetRenderer {
	r := &tickRenderer{t}
	r.Refresh()
	return r
}

type tickRenderer struct{ tick *Tick }

// Layout implements fyne.WidgetRenderer.
func (r *tickRenderer) Layout(s fyne.Size) {
	side := theme.Size(theme.SizeNameInlineIcon)
	r.tick.icon.Resize(fyne.NewSquareSize(side))
	r.tick.icon.Move(fyne.NewPos((s.Width-side)/2, (s.Height-side)/2))
}

// MinSize implements fyne.WidgetRenderer.
func (r *tickRenderer) MinSize() fyne.Size {
	return fyne.NewSquareSize(theme.Size(theme.SizeNameInlineIcon) + Between)
}

// Destroy implements fyne.WidgetRenderer.
func (r *tickRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *tickRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.tick.icon} }

// Refresh implements fyne.WidgetRenderer.
func (r *tickRenderer) Refresh() {
	icon := theme.NewColoredResource(theme.Icon(theme.IconNameCheckButton), Quiet)
	switch {
	case r.tick.partly:
		icon = theme.NewColoredResource(theme.Icon(theme.IconNameCheckButtonPartial), Lake)
	case r.tick.on:
		icon = theme.NewColoredResource(theme.Icon(theme.IconNameCheckButtonChecked), Lake)
	}
	r.tick.icon.Resource = icon
	r.tick.icon.Refresh()
	r.Layout(r.tick.Size())
}
