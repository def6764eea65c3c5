package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Tile is a card that is a button as a whole: an icon, a title and a line.
type Tile struct {
	widget.BaseWidget
	touched
	Title    string
	OnTapped func()
	back     *Back
	content  fyne.CanvasObject
}

// NewTile makes a card.
func NewTile(i Icon, title, line string, tapped func()) *Tile {
	t := &Tile{Title: title, OnTapped: tapped, back: NewBack(Card, Rule, 10)}
	text := Stacked(2, Strong(title), Note(line))
	t.content = InsetXY(Between, 10, Row(Between, 1, Picture(i.In(Lake), 22), text))
	t.touched = touched{widget: t, paint: t.paint}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped implements fyne.Tappable.
func (t *Tile) Tapped(*fyne.PointEvent) { t.OnTapped() }

// Cursor implements desktop.Cursorable.
func (t *Tile) Cursor() desktop.Cursor { return desktop.PointerCursor }

// TypedKey implements fyne.Focusable.
func (t *Tile) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		t.OnTapped()
	default:
		passOn(t, e)
	}
}

func (t *Tile) paint() {
	fill, stroke := Card, Rule
	if t.hover {
		fill = LakeGround
	}
	if t.focused {
		stroke = Lake
	}
	t.back.Paint(fill, stroke)
}

// CreateRenderer implements fyne.Widget.
func (t *Tile) CreateRenderer() fyne.WidgetRenderer {
	return &tileRenderer{t}
}

type tileRenderer struct{ tile *Tile }

// Layout implements fyne.WidgetRenderer.
func (r *tileRenderer) Layout(s fyne.Size) {
	r.tile.back.Resize(s)
	r.tile.content.Resize(s)
}

// MinSize implements fyne.WidgetRenderer.
func (r *tileRenderer) MinSize() fyne.Size {
	return r.tile.content.MinSize()
}

// Destroy implements fyne.WidgetRenderer.
func (r *tileRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *tileRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.tile.back, r.tile.content}
}

// Refresh implements fyne.WidgetRenderer.
func (r *tileRenderer) Refresh() {
	r.tile.back.Refresh()
	r.tile.content.Refresh()
}
