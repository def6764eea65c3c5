package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Trace is a picture of how fast something went: a thin layer for each span of
// time, the newest at the right, as high as it was fast.
type Trace struct {
	widget.BaseWidget
	values []float64
}

const (
	traceHeight = 32
	traceStep   = 4 // of a layer and the gap after it
	traceLayer  = 3
	traceMost   = 240 // layers
)

// NewTrace makes an empty picture.
func NewTrace() *Trace {
	t := &Trace{}
	t.ExtendBaseWidget(t)
	return t
}

// Set shows values, oldest first. More than there is room for are joined, so that
// the picture always holds all of them.
func (t *Trace) Set(values []float64) {
	t.values = values
	t.Refresh()
}

// joined are n values at most, each the mean of as many neighbours.
func joined(values []float64, n int) []float64 {
	if n <= 0 || len(values) == 0 {
		return nil
	}
	each := (len(values) + n - 1) / n
	var all []float64
	for len(values) > 0 {
		k, sum := min(each, len(values)), 0.0
		for _, v := range values[:k] {
			sum += max(0, v)
		}
		all, values = append(all, sum/float64(k)), values[k:]
	}
	return all
}

// CreateRenderer implements fyne.Widget.
func (t *Trace) CreateRenderer() fyne.WidgetRenderer {
	r := &traceRenderer{trace: t, ground: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type traceRenderer struct {
	trace  *Trace
	ground *canvas.Rectangle
	layers []*canvas.Rectangle
}

// MinSize implements fyne.WidgetRenderer.
func (r *traceRenderer) MinSize() fyne.Size { return fyne.NewSize(120, traceHeight+1) }

// Destroy implements fyne.WidgetRenderer.
func (r *traceRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *traceRenderer) Objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{r.ground}
	for _, l := range r.layers {
		all = append(all, l)
	}
	return all
}

// Layout implements fyne.WidgetRenderer.
func (r *traceRenderer) Layout(size fyne.Size) {
	r.ground.Move(fyne.NewPos(0, traceHeight))
	r.ground.Resize(fyne.NewSize(size.Width, 1))
	values := joined(r.trace.values, min(traceMost, int(size.Width/traceStep)))
	for len(r.layers) < len(values) {
		r.layers = append(r.layers, canvas.NewRectangle(color.Transparent))
	}
	most := 0.0
	for _, v := range values {
		most = max(most, v)
	}
	for i, l := range r.layers {
		l.Hidden = i >= len(values)
		if l.Hidden {
			continue
		}
		height := float32(1)
		if most > 0 {
			height = max(1, float32(traceHeight*values[i]/most))
		}
		l.Resize(fyne.NewSize(traceLayer, height))
		l.Move(fyne.NewPos(float32(i*traceStep), traceHeight-height))
	}
}

// Refresh implements fyne.WidgetRenderer.
func (r *traceRenderer) Refresh() {
	r.Layout(r.trace.Size())
	r.ground.FillColor = theme.Color(Rule)
	for _, l := range r.layers {
		l.FillColor, l.CornerRadius = theme.Color(Lake), 1
		l.Refresh()
	}
	r.ground.Refresh()
}
