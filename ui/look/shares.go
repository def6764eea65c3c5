package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Share is a part of a whole.
type Share struct {
	Weight float64
	Colour fyne.ThemeColorName
	// Low shares are drawn lower than others.
	Low bool
}

// Shares is a bar that shows the parts of a whole beside each other.
type Shares struct {
	widget.BaseWidget
	height float32
	shares []Share
}

// NewShares makes an empty bar.
func NewShares(height float32) *Shares {
	s := &Shares{height: height}
	s.ExtendBaseWidget(s)
	return s
}

// Set shows other parts.
func (s *Shares) Set(shares []Share) {
	s.shares = shares
	s.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (s *Shares) CreateRenderer() fyne.WidgetRenderer {
	r := &sharesRenderer{shares: s}
	r.Refresh()
	return r
}

type sharesRenderer struct {
	shares *Shares
	parts  []fyne.CanvasObject
}

// leastShare is how wide the smallest part is.
const leastShare = 2

// MinSize implements fyne.WidgetRenderer.
func (r *sharesRenderer) MinSize() fyne.Size { return fyne.NewSize(40, r.shares.height) }

// Destroy implements fyne.WidgetRenderer.
func (r *sharesRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *sharesRenderer) Objects() []fyne.CanvasObject { return r.parts }

// Layout implements fyne.WidgetRenderer.
func (r *sharesRenderer) Layout(s fyne.Size) {
	whole := 0.0
	for _, p := range r.shares.shares {
		whole += max(0, p.Weight)
	}
	height := r.shares.height
	x := float32(0)
	for i, p := range r.shares.shares {
		width := float32(0)
		if p.Weight > 0 {
			width = max(leastShare, s.Width*float32(p.Weight/whole))
		}
		width = max(0, min(width, s.Width-x))
		high := height
		if p.Low {
			high = height * 0.55
		}
		r.parts[i].Move(fyne.NewPos(x, height-high))
		r.parts[i].Resize(fyne.NewSize(max(0, width-1), high))
		x += width
	}
}

// Refresh implements fyne.WidgetRenderer.
func (r *sharesRenderer) Refresh() {
	for len(r.parts) < len(r.shares.shares) {
		r.parts = append(r.parts, canvas.NewRectangle(color.Transparent))
	}
	r.parts = r.parts[:len(r.shares.shares)]
	for i, p := range r.shares.shares {
		part := r.parts[i].(*canvas.Rectangle)
		part.FillColor, part.CornerRadius = theme.Color(p.Colour), 1
		part.Refresh()
	}
	r.Layout(r.shares.Size())
}
