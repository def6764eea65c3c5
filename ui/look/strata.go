package look

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Layer is one run in a strip: how much it stored, and whether it made a
// version. A run that did not leaves a gap.
type Layer struct {
	Weight float64
	Made   bool
	// Kept marks a version that is pinned.
	Kept bool
	// Chosen marks the one that is looked at.
	Chosen bool
}

// Strata is the strip of layers of time: one for every run, the newest at
// the right, higher where more changed, paler with age.
type Strata struct {
	widget.BaseWidget
	layers []Layer
}

const (
	layerWidth  = 9
	layerGap    = 3
	stripHeight = 34
	leastLayer  = 5
)

// NewStrata makes a strip; layers are oldest first.
func NewStrata(layers []Layer) *Strata {
	s := &Strata{layers: layers}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *Strata) CreateRenderer() fyne.WidgetRenderer {
	r := &strataRenderer{strata: s, ground: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type strataRenderer struct {
	strata  *Strata
	ground  *canvas.Rectangle
	bars    []fyne.CanvasObject
	heights []float32
}

// MinSize implements fyne.WidgetRenderer.
func (r *strataRenderer) MinSize() fyne.Size { return fyne.NewSize(120, stripHeight+2) }

// Destroy implements fyne.WidgetRenderer.
func (r *strataRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *strataRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.ground}, r.bars...)
}

// Layout puts the layers on their ground, as many as there is room for.
func (r *strataRenderer) Layout(size fyne.Size) {
	r.ground.Move(fyne.NewPos(0, stripHeight+1))
	r.ground.Resize(fyne.NewSize(size.Width, 1))
	shift := min(0, size.Width+layerGap-float32(len(r.bars))*(layerWidth+layerGap))
	for i, b := range r.bars {
		at := shift + float32(i)*(layerWidth+layerGap)
		b.Resize(fyne.NewSize(layerWidth, r.heights[i]))
		b.Move(fyne.NewPos(at, stripHeight-r.heights[i]))
		if at < 0 {
			b.Hide()
		} else {
			b.Show()
		}
	}
}

// Refresh draws the layers anew.
func (r *strataRenderer) Refresh() {
	r.ground.FillColor = theme.Color(Rule)
	r.bars, r.heights = nil, nil
	least, most := spread(r.strata.layers)
	n := len(r.strata.layers)
	for i, l := range r.strata.layers {
		age := float64(n-1-i) / float64(max(n, 12))
		bar := canvas.NewRectangle(mix(theme.Color(Lake), theme.Color(Card), age*0.7))
		bar.CornerRadius = 2
		height := float32(leastLayer)
		if most > least {
			height += float32((stripHeight - leastLayer) * (amount(l) - least) / (most - least))
		}
		if l.Chosen {
			bar.FillColor = theme.Color(Amber)
			height = max(height, leastLayer*2)
		}
		if !l.Made {
			bar.FillColor = color.Transparent
			bar.StrokeColor, bar.StrokeWidth = theme.Color(Quiet), 1
			height = leastLayer
			if l.Chosen {
				bar.StrokeColor, bar.StrokeWidth = theme.Color(Amber), 2
			}
		}
		r.bars, r.heights = append(r.bars, bar), append(r.heights, height)
	}
	r.Layout(r.strata.Size())
}

// amount puts bytes and gigabytes on one scale.
func amount(l Layer) float64 { return math.Log1p(max(0, l.Weight)) }

// mix goes from a to b by share.
func mix(a, b color.Color, share float64) color.Color {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	part := func(x, y uint32) uint8 { return uint8((float64(x)*(1-share) + float64(y)*share) / 257) }
	return color.NRGBA{part(r1, r2), part(g1, g2), part(b1, b2), 0xff}
}
