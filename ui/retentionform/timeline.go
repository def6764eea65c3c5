package retentionform

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// Timeline is the picture of a Forecast: for each moment a strip, the newest
// version at the right, a layer for each that is kept, higher where there are
// more, and a hollow mark below the line for those that are gone. The older, the
// narrower is time.
type Timeline struct {
	widget.BaseWidget
	forecast Forecast
}

// NewTimeline makes an empty picture.
func NewTimeline() *Timeline {
	t := &Timeline{}
	t.ExtendBaseWidget(t)
	return t
}

// Set shows another forecast.
func (t *Timeline) Set(f Forecast) {
	t.forecast = f
	t.Refresh()
}

// String says in words what it shows.
func (t *Timeline) String() string {
	var s strings.Builder
	for _, b := range t.forecast.Bands {
		fmt.Fprintf(&s, "%s: %s\n", b.Title, tally(&b))
	}
	return s.String()
}

func tally(b *Band) string {
	if len(b.Kept)+len(b.Gone) == 0 {
		return lang.T("no version yet")
	}
	kept, gone := words.Number(int64(len(b.Kept))), words.Number(int64(len(b.Gone)))
	if len(b.Gone) == 0 {
		return lang.T("%s kept", kept)
	}
	return lang.T("%s kept, %s gone", kept, gone)
}

// Measures of the picture.
const (
	pitch     = 5 // of layers
	thick     = 3 // a layer
	lowest    = 9
	highest   = 24
	goneSide  = 4
	goneRoom  = 3 // between the line and what is gone
	leastSpan = 14 * 24 * time.Hour
	bend      = 12 * time.Hour // younger than that, time is even
)

// CreateRenderer implements fyne.Widget.
func (t *Timeline) CreateRenderer() fyne.WidgetRenderer { return &timelineRenderer{timeline: t} }

type timelineRenderer struct {
	timeline *Timeline
	objects  []fyne.CanvasObject
}

// MinSize implements fyne.WidgetRenderer.
func (r *timelineRenderer) MinSize() fyne.Size {
	return fyne.NewSize(240, float32(len(horizons))*r.bandHeight()+r.axisHeight())
}

// letters is how high small text is.
func (r *timelineRenderer) letters() float32 {
	return fyne.MeasureText("0", theme.Size(look.Small), fyne.TextStyle{}).Height
}

func (r *timelineRenderer) bandHeight() float32 {
	return r.letters() + 2 + highest + goneRoom + goneSide + look.Between
}

func (r *timelineRenderer) axisHeight() float32 { return r.letters() + 4 }

// Destroy implements fyne.WidgetRenderer.
func (r *timelineRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *timelineRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Refresh implements fyne.WidgetRenderer.
func (r *timelineRenderer) Refresh() {
	r.Layout(r.timeline.Size())
	canvas.Refresh(r.timeline)
}

// Layout implements fyne.WidgetRenderer.
func (r *timelineRenderer) Layout(size fyne.Size) {
	r.objects = r.objects[:0]
	if size.Width < pitch {
		return
	}
	s := scale{width: size.Width, oldest: leastSpan}
	for _, b := range r.timeline.forecast.Bands {
		for _, ages := range [][]time.Duration{b.Kept, b.Gone} {
			for _, a := range ages {
				s.oldest = max(s.oldest, a)
			}
		}
	}
	if len(r.timeline.forecast.Bands) > 0 {
		r.axis(s, size.Height)
	}
	for i := range r.timeline.forecast.Bands {
		r.band(s, &r.timeline.forecast.Bands[i], float32(i)*r.bandHeight())
	}
}

// scale tells where an age stands.
type scale struct {
	width  float32
	oldest time.Duration
}

func (s scale) x(age time.Duration) float32 {
	share := math.Log1p(float64(max(age, 0))/float64(bend)) / math.Log1p(float64(s.oldest)/float64(bend))
	return (s.width - thick) * float32(1-share)
}

func (s scale) column(age time.Duration) int { return int(s.x(age) / pitch) }

// tick is an age that is named, and how many units it is.
type tick struct {
	age  time.Duration
	n    int64
	unit string
}

var ticks = []tick{
	{0, 0, ""},
	{24 * time.Hour, 1, "day"},
	{7 * 24 * time.Hour, 1, "week"},
	{30 * 24 * time.Hour, 1, "month"},
	{182 * 24 * time.Hour, 6, "month"},
	{365 * 24 * time.Hour, 1, "year"},
	{2 * 365 * 24 * time.Hour, 2, "year"},
	{5 * 365 * 24 * time.Hour, 5, "year"},
	{10 * 365 * 24 * time.Hour, 10, "year"},
}

func (t *tick) name() string {
	if t.n == 0 {
		return lang.T("newest")
	}
	return words.Count(t.n, t.unit)
}

// axis names ages, as far as there is room, with a fine line through all bands.
func (r *timelineRenderer) axis(s scale, height float32) {
	free := s.width
	for _, t := range ticks {
		if t.age > s.oldest {
			break
		}
		name := canvas.NewText(t.name(), theme.Color(look.Quiet))
		name.TextSize = theme.Size(look.Small)
		wide := name.MinSize().Width
		x := s.x(t.age)
		left := max(0, min(x-wide/2, s.width-wide))
		if left+wide > free {
			continue
		}
		free = left - look.Within
		line := r.rectangle(theme.Color(look.Rule), fyne.NewPos(x+thick/2, 0), fyne.NewSize(1, height-r.axisHeight()))
		line.CornerRadius = 0
		name.Move(fyne.NewPos(left, height-r.letters()))
		name.Resize(name.MinSize())
		r.objects = append(r.objects, name)
	}
}

// band draws one moment.
func (r *timelineRenderer) band(s scale, b *Band, top float32) {
	title := canvas.NewText(b.Title, theme.Color(look.Ink))
	title.TextSize, title.TextStyle.Bold = theme.Size(look.Small), true
	count := canvas.NewText(tally(b), theme.Color(look.Quiet))
	count.TextSize = theme.Size(look.Small)
	ground := r.rectangle(theme.Color(look.Card), fyne.NewPos(0, top), fyne.NewSize(s.width, r.letters()))
	ground.CornerRadius = 0 // the fine lines do not run through the words
	title.Move(fyne.NewPos(0, top))
	count.Move(fyne.NewPos(s.width-count.MinSize().Width, top))
	for _, t := range []*canvas.Text{title, count} {
		t.Resize(t.MinSize())
		r.objects = append(r.objects, t)
	}
	base := top + r.letters() + 2 + highest
	r.rectangle(theme.Color(theme.ColorNameInputBorder), fyne.NewPos(0, base), fyne.NewSize(s.width, 1)).CornerRadius = 0
	kept, gone := s.columns(b.Kept), s.columns(b.Gone)
	for i, n := range kept {
		if n > 0 {
			high := min(highest, lowest+4*float32(math.Log2(float64(n))))
			r.rectangle(theme.Color(look.Lake), fyne.NewPos(float32(i)*pitch, base-high), fyne.NewSize(thick, high)).CornerRadius = 1
		}
	}
	r.gone(gone, base+1+goneRoom)
}

// gone draws hollow marks, joined where they are neighbours.
func (r *timelineRenderer) gone(columns []int, y float32) {
	for i := 0; i < len(columns); i++ {
		if columns[i] == 0 {
			continue
		}
		end := i
		for end+1 < len(columns) && columns[end+1] > 0 {
			end++
		}
		mark := r.rectangle(color.Transparent, fyne.NewPos(float32(i)*pitch, y), fyne.NewSize(float32(end-i)*pitch+goneSide, goneSide))
		mark.StrokeColor, mark.StrokeWidth, mark.CornerRadius = theme.Color(look.Clay), 1, 2
		i = end
	}
}

// columns counts versions by where they stand.
func (s scale) columns(ages []time.Duration) []int {
	all := make([]int, int(s.width/pitch)+1)
	for _, a := range ages {
		all[max(0, min(s.column(a), len(all)-1))]++
	}
	return all
}

func (r *timelineRenderer) rectangle(fill color.Color, at fyne.Position, size fyne.Size) *canvas.Rectangle {
	rect := canvas.NewRectangle(fill)
	rect.Move(at)
	rect.Resize(size)
	r.objects = append(r.objects, rect)
	return rect
}

// legend says what the marks mean.
func legend() fyne.CanvasObject {
	sign := func(text string, fill, stroke fyne.ThemeColorName, width, height float32) fyne.CanvasObject {
		return look.Row(6, 1, look.Wide(width, container.NewStack(look.Gap(height), look.NewBack(fill, stroke, 2))), look.Note(text))
	}
	return look.Grid(look.InCard, legendWidth, sign(lang.T("kept; higher where there are several"), look.Lake, "", thick, 14), sign(lang.T("gone by then"), "", look.Clay, 12, goneSide))
}

// legendWidth is as wide as its longer half.
const legendWidth = 240
