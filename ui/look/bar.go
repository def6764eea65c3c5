package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Bar is a layer being laid: how far something is, from 0 to 1.
type Bar struct {
	widget.BaseWidget
	height float32
	value  float64
	colour fyne.ThemeColorName
}

// NewBar makes a bar.
func NewBar(height float32) *Bar {
	b := &Bar{height: height, colour: Lake}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows how far it is.
func (b *Bar) Set(value float64) {
	value = max(0, min(1, value))
	if value != b.value {
		b.value = value
		b.Refresh()
	}
}

// Value is how far it is.
func (b *Bar) Value() float64 { return b.value }

// Colour changes the colour of the layer.
func (b *Bar) Colour(c fyne.ThemeColorName) {
	if c != b.colour {
		b.colour = c
		b.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{bar: b, ground: canvas.NewRectangle(color.Transparent), layer: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type barRenderer struct {
	bar           *Bar
	ground, layer *canvas.Rectangle
}

// MinSize implements fyne.WidgetRenderer.
func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(16, r.bar.height) }

// Destroy implements fyne.WidgetRenderer.
func (r *barRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *barRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.layer}
}

// Layout implements fyne.WidgetRenderer.
func (r *barRenderer) Layout(s fyne.Size) {
	r.ground.Resize(fyne.NewSize(s.Width, r.bar.height))
	width := s.Width * float32(r.bar.value)
	if r.bar.value > 0 {
		width = max(width, r.bar.height) // a beginning is seen
	}
	r.layer.Resize(fyne.NewSize(width, r.bar.height))
}

// Refresh implements fyne.WidgetRenderer.
func (r *barRenderer) Refresh() {
	r.ground.FillColor, r.layer.FillColor = theme.Color(Rule), theme.Color(r.bar.colour)
	r.ground.CornerRadius, r.layer.CornerRadius = r.bar.height/2, r.bar.height/2
	r.Layout(r.bar.Size())
	r.ground.Refresh()
	r.layer.Refresh()
}
