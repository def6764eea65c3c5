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

// Strip is a strip of layers of time of which one is chosen, with a click or
// with the arrows. Layers that were not Made are gaps, which are not chosen.
// Where there are more than fit, those around the chosen one are shown.
type Strip struct {
	widget.BaseWidget
	// OnChosen is called when a person chooses the i-th layer.
	OnChosen func(i int)

	layers  []Layer
	chosen  int
	focused bool
}

// NewStrip makes an empty strip.
func NewStrip() *Strip {
	s := &Strip{chosen: -1}
	s.ExtendBaseWidget(s)
	return s
}

// Set shows other layers, the oldest first.
func (s *Strip) Set(layers []Layer, chosen int) {
	s.layers, s.chosen = layers, chosen
	s.Refresh()
}

// Chosen is the index of the layer that is chosen, -1 for none.
func (s *Strip) Chosen() int { return s.chosen }

// Next is the nearest layer in a direction, -1 or 1, and -1 when there is none.
func (s *Strip) Next(direction int) int {
	for i := s.chosen + direction; i >= 0 && i < len(s.layers); i += direction {
		if s.layers[i].Made {
			return i
		}
	}
	return -1
}

// Step chooses the nearest layer in a direction.
func (s *Strip) Step(direction int) { s.choose(s.Next(direction)) }

func (s *Strip) choose(i int) {
	if i < 0 || i >= len(s.layers) || i == s.chosen || !s.layers[i].Made {
		return
	}
	s.chosen = i
	s.Refresh()
	call(s.OnChosen, i)
}

// Tapped implements fyne.Tappable.
func (s *Strip) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
		c.Focus(s)
	}
	g := s.grid(s.Size().Width)
	i := g.first + int(e.Position.X/g.pitch)
	for i > 0 && i < len(s.layers) && !s.layers[i].Made {
		i-- // what was there before the gap
	}
	s.choose(i)
}

// Cursor implements desktop.Cursorable.
func (s *Strip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (s *Strip) FocusGained() {
	s.focused = true
	s.Refresh()
	Reveal(s)
}

// FocusLost implements fyne.Focusable.
func (s *Strip) FocusLost() {
	s.focused = false
	s.Refresh()
}

// TypedRune implements fyne.Focusable.
func (s *Strip) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (s *Strip) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		s.Step(-1)
	case fyne.KeyRight:
		s.Step(1)
	case fyne.KeyHome:
		s.choose(s.firstMade())
	case fyne.KeyEnd:
		s.chosen = len(s.layers)
		s.Step(-1)
	default:
		passOn(s, e)
	}
}

func (s *Strip) firstMade() int {
	for i, l := range s.layers {
		if l.Made {
			return i
		}
	}
	return -1
}

// grid is where layers stand: from the first that is shown on, pitch apart.
type grid struct {
	pitch, width float32
	first, shown int
}

const (
	widestPitch, narrowestPitch = 20, 6
	stripRoom                   = 44 // of the layers
	markHeight                  = 3
)

func (s *Strip) grid(width float32) grid {
	n := len(s.layers)
	pitch := max(narrowestPitch, min(widestPitch, width/float32(max(n, 1))))
	pitch = float32(math.Floor(float64(pitch)))
	g := grid{pitch: pitch, width: max(3, pitch-max(2, pitch/5)), shown: min(n, int(width/pitch))}
	// The newest are shown, unless the chosen one is older.
	g.first = max(0, min(n-g.shown, s.chosen-g.shown/2))
	if s.chosen < 0 {
		g.first = n - g.shown
	}
	return g
}

// CreateRenderer implements fyne.Widget.
func (s *Strip) CreateRenderer() fyne.WidgetRenderer {
	r := &stripRenderer{strip: s, ground: canvas.NewRectangle(color.Transparent), mark: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type stripRenderer struct {
	strip              *Strip
	ground, mark, ring *canvas.Rectangle
	bars               []*canvas.Rectangle
	dots               []*canvas.Circle // on what is kept
	all                []fyne.CanvasObject
}

// MinSize implements fyne.WidgetRenderer.
func (r *stripRenderer) MinSize() fyne.Size { return fyne.NewSize(100, stripRoom+2+markHeight+2) }

// Destroy implements fyne.WidgetRenderer.
func (r *stripRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *stripRenderer) Objects() []fyne.CanvasObject { return r.all }

// Refresh implements fyne.WidgetRenderer.
func (r *stripRenderer) Refresh() {
	r.Layout(r.strip.Size())
	canvas.Refresh(r.strip)
}

// Layout implements fyne.WidgetRenderer.
func (r *stripRenderer) Layout(size fyne.Size) {
	s := r.strip
	g := s.grid(size.Width)
	r.ground.FillColor = theme.Color(Rule)
	r.ground.Move(fyne.NewPos(0, stripRoom+1))
	r.ground.Resize(fyne.NewSize(size.Width, 1))
	r.ring.StrokeColor, r.ring.StrokeWidth, r.ring.CornerRadius = color.Transparent, 2, 4
	if s.focused {
		r.ring.StrokeColor = theme.Color(Lake)
	}
	r.ring.Move(fyne.NewPos(-4, -4))
	r.ring.Resize(size.AddWidthHeight(8, 8))
	for len(r.bars) < g.shown {
		r.bars = append(r.bars, canvas.NewRectangle(color.Transparent))
	}
	r.bars = r.bars[:g.shown]
	least, most := spread(s.layers)
	for i, bar := range r.bars {
		r.draw(bar, g, g.first+i, least, most)
	}
	r.drawMark(g)
	r.all = append(r.all[:0], r.ring, r.ground, r.mark)
	for _, b := range r.bars {
		r.all = append(r.all, b)
	}
	r.drawKept(g)
}

// leastHeight is the height of the thinnest layer: it can still be clicked.
const leastHeight = 14

func (r *stripRenderer) draw(bar *canvas.Rectangle, g grid, i int, least, most float64) {
	l, n := r.strip.layers[i], len(r.strip.layers)
	height := float32(leastHeight)
	if most > least && l.Made {
		height += float32((stripRoom - leastHeight) * (amount(l) - least) / (most - least))
	}
	bar.CornerRadius, bar.StrokeWidth = 2, 0
	switch age := float64(n-1-i) / float64(max(n, 8)); {
	case !l.Made:
		height = leastLayer
		bar.FillColor, bar.StrokeColor, bar.StrokeWidth = color.Transparent, theme.Color(Quiet), 1
	case i == r.strip.chosen:
		bar.FillColor = theme.Color(Lake)
	default:
		bar.FillColor = mix(theme.Color(Lake), theme.Color(Paper), 0.35+age*0.45)
	}
	bar.Move(fyne.NewPos(float32(i-g.first)*g.pitch, stripRoom-height))
	bar.Resize(fyne.NewSize(g.width, height))
}

// keptDot is how large the dot on a layer that is kept is.
const keptDot = 6

// drawKept puts a dot into each layer that is kept.
func (r *stripRenderer) drawKept(g grid) {
	n := 0
	for i := range r.bars {
		if !r.strip.layers[g.first+i].Kept {
			continue
		}
		if n == len(r.dots) {
			r.dots = append(r.dots, canvas.NewCircle(color.Transparent))
		}
		size := min(keptDot, g.width)
		r.dots[n].FillColor = theme.Color(Amber)
		r.dots[n].Move(fyne.NewPos(float32(i)*g.pitch+(g.width-size)/2, stripRoom-size-(leastHeight-size)/2))
		r.dots[n].Resize(fyne.NewSquareSize(size))
		r.all = append(r.all, r.dots[n])
		n++
	}
	r.dots = r.dots[:n]
}

// drawMark underlines the chosen layer: the colour alone would not do.
func (r *stripRenderer) drawMark(g grid) {
	r.mark.FillColor, r.mark.CornerRadius = theme.Color(Lake), markHeight/2
	if r.strip.chosen < g.first || r.strip.chosen >= g.first+g.shown {
		r.mark.FillColor = color.Transparent
	}
	r.mark.Move(fyne.NewPos(float32(r.strip.chosen-g.first)*g.pitch, stripRoom+4))
	r.mark.Resize(fyne.NewSize(g.width, markHeight))
}

// spread is the least and the most that layers weigh.
func spread(layers []Layer) (least, most float64) {
	least = math.Inf(1)
	for _, l := range layers {
		if l.Made {
			least, most = min(least, amount(l)), max(most, amount(l))
		}
	}
	return least, most
}
