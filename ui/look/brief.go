package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Brief is a single line that uses fewer words where there is less room.
type Brief struct {
	widget.BaseWidget
	ways []string // to say it, the longest first
	text *Text
}

// NewBrief has a Line, or a SmallLine, be brief.
func NewBrief(line *Text) *Brief {
	b := &Brief{text: line}
	b.ExtendBaseWidget(b)
	return b
}

// Tell says something else: ways begin with the one that says all, and end with
// the shortest.
func (b *Brief) Tell(ways ...string) {
	b.ways = ways
	b.choose(b.Size().Width)
}

// Colour changes the colour.
func (b *Brief) Colour(c fyne.ThemeColorName) { b.text.Colour(c) }

// String is what it shows now.
func (b *Brief) String() string { return b.text.String() }

// Least is how much room the shortest way takes.
func (b *Brief) Least() float32 {
	if len(b.ways) == 0 {
		return 0
	}
	return b.text.widthOf(b.ways[len(b.ways)-1])
}

// choose shows the first way that fits.
func (b *Brief) choose(width float32) {
	said := ""
	for _, said = range b.ways {
		if b.text.widthOf(said) <= width {
			break
		}
	}
	b.text.Set(said)
}

// CreateRenderer implements fyne.Widget.
func (b *Brief) CreateRenderer() fyne.WidgetRenderer { return &briefRenderer{b} }

type briefRenderer struct{ brief *Brief }

// Layout implements fyne.WidgetRenderer.
func (r *briefRenderer) Layout(s fyne.Size) {
	r.brief.choose(s.Width)
	r.brief.text.Resize(s)
}

// MinSize implements fyne.WidgetRenderer.
func (r *briefRenderer) MinSize() fyne.Size { return fyne.NewSize(0, r.brief.text.MinSize().Height) }

// Destroy implements fyne.WidgetRenderer.
func (r *briefRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *briefRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.brief.text} }

// Refresh implements fyne.WidgetRenderer.
func (r *briefRenderer) Refresh() {
	r.Layout(r.brief.Size())
	r.brief.text.Refresh()
}
