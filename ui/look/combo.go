package look

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/lang"
)

// Item is one of the values that a Combo offers.
type Item struct {
	Value string
	// Detail says what the value means.
	Detail string
}

// Combo shows a value and offers others, of which there may be hundreds: what
// is typed narrows them down.
type Combo struct {
	widget.BaseWidget
	// OnChanged is called when a person chooses another value.
	OnChanged func(value string)
	// Free values may be typed that are not among the items; Unset offers to
	// have none.
	Free, Unset bool

	items   []Item
	value   string
	hint    string
	focused bool
	back    *Back
	text    *Text
	arrow   *Drawing
	open    *offering
}

// NewCombo makes a combo; hint stands there when nothing is chosen.
func NewCombo(hint string, items []Item, changed func(string)) *Combo {
	c := &Combo{hint: hint, items: items, OnChanged: changed}
	c.back = NewBack(theme.ColorNameInputBackground, theme.ColorNameInputBorder, theme.Size(theme.SizeNameInputRadius))
	c.arrow = Picture(IconDown.In(Quiet), 18)
	c.text = Parts(Part{}, Part{Text: "", Colour: Quiet})
	c.ExtendBaseWidget(c)
	c.show()
	return c
}

// Value is what is chosen.
func (c *Combo) Value() string { return c.value }

// Set chooses a value, without a call of OnChanged.
func (c *Combo) Set(value string) {
	c.value = value
	c.show()
}

// SetItems changes what is offered.
func (c *Combo) SetItems(items []Item) {
	c.items = items
	c.show()
}

// show writes the value and what it means.
func (c *Combo) show() {
	first, second := Part{c.value, Ink, false}, Part{"", Quiet, false}
	for _, i := range c.items {
		if i.Value == c.value && i.Detail != "" {
			second.Text = "  " + i.Detail
		}
	}
	if c.value == "" {
		first = Part{c.hint, theme.ColorNamePlaceHolder, false}
		second.Text = ""
	}
	c.text.fill(Body, []Part{first, second})
	c.text.rich.Refresh()
	c.text.Refresh()
}

// Tapped implements fyne.Tappable.
func (c *Combo) Tapped(*fyne.PointEvent) { c.offer("") }

// Cursor implements desktop.Cursorable.
func (c *Combo) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (c *Combo) FocusGained() {
	c.mark(true)
	Reveal(c)
}

// FocusLost implements fyne.Focusable.
func (c *Combo) FocusLost() { c.mark(false) }

func (c *Combo) mark(focused bool) {
	c.focused = focused
	stroke := theme.ColorNameInputBorder
	if focused {
		stroke = Lake
	}
	c.back.Paint(theme.ColorNameInputBackground, stroke)
}

// TypedRune begins to search.
func (c *Combo) TypedRune(r rune) {
	if r != ' ' {
		c.offer(string(r))
	}
}

// TypedKey implements fyne.Focusable.
func (c *Combo) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyDown:
		c.offer("")
	default:
		passOn(c, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Combo) CreateRenderer() fyne.WidgetRenderer {
	inner := container.New(&row{gap: Within, grow: 0}, c.text, c.arrow)
	return &comboRenderer{c, InsetXY(theme.Size(theme.SizeNameInnerPadding), 0, inner)}
}

type comboRenderer struct {
	combo *Combo
	inner fyne.CanvasObject
}

// Layout implements fyne.WidgetRenderer.
func (r *comboRenderer) Layout(s fyne.Size) {
	if r.combo.open != nil && s != r.inner.Size() { // its list would stand elsewhere
		r.combo.open.popup.Hide()
		r.combo.open = nil
	}
	r.combo.back.Resize(s)
	r.inner.Resize(s)
}

// MinSize implements fyne.WidgetRenderer.
func (r *comboRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.inner.MinSize().Width, r.combo.text.MinSize().Height+2*margin())
}

// Destroy implements fyne.WidgetRenderer.
func (r *comboRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *comboRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.combo.back, r.inner}
}

// Refresh implements fyne.WidgetRenderer.
func (r *comboRenderer) Refresh() {
	r.combo.back.Refresh()
	r.inner.Refresh()
}

const (
	// fewItems need no search.
	fewItems = 8
	// mostItems are in sight at once, and leastItems where room is scarce.
	mostItems, leastItems = 8, 3
	// offerWidth is as wide as an offering is at least.
	offerWidth = 360
)

// offering is the list that a combo drops.
type offering struct {
	combo *Combo
	popup *widget.PopUp
	list  *List
	query *Field // nil where there are few
	shown []Item
	typed string // a free value, "" for none
}

// offer drops the list.
func (c *Combo) offer(query string) {
	canvas := fyne.CurrentApp().Driver().CanvasForObject(c)
	if canvas == nil {
		return
	}
	o := &offering{combo: c}
	c.open = o
	o.makeList()
	var first fyne.Focusable = o.list
	room := container.NewStack(Gap(o.rowHeight()*float32(o.rows(canvas))), o.list)
	content := Stacked(Within, room)
	if len(c.items) > fewItems || c.Free {
		o.makeQuery()
		content = Stacked(Within, o.query, room)
		first = o.query
	}
	o.search(query)
	o.popup = widget.NewPopUp(Wide(o.width(canvas), Inset(Within, content)), canvas)
	o.popup.ShowAtPosition(o.place(canvas))
	if o.query != nil {
		o.query.SetText(query)
		o.query.CursorColumn = len([]rune(query))
	}
	canvas.Focus(first)
}

// edge is the room that stays free beside and below what is dropped.
const edge = 16

// width is as wide as its combo, or as what is offered needs, for letters of the
// usual size.
func (o *offering) width(canvas fyne.Canvas) float32 {
	return min(max(o.combo.Size().Width/Letters(), offerWidth), (canvas.Size().Width-2*edge)/Letters())
}

// rows is how many are in sight: as many as there is room for, above or below.
func (o *offering) rows(canvas fyne.Canvas) int {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o.combo)
	room := max(at.Y, canvas.Size().Height-at.Y-o.combo.Size().Height) - edge - 8
	rest := o.combo.MinSize().Height + 5*Within // the search, and what is around
	all := len(o.combo.items)
	if o.combo.Free || o.combo.Unset {
		all++ // what is typed, or nothing
	}
	return max(min(all, leastItems), min(all, mostItems, int((room-rest)/o.rowHeight())))
}

// isDetailed tells that something is said of the items.
func (o *offering) isDetailed() bool {
	return slices.ContainsFunc(o.combo.items, func(i Item) bool { return i.Detail != "" })
}

// place is below the combo, or wherever there is room.
func (o *offering) place(canvas fyne.Canvas) fyne.Position {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o.combo).AddXY(0, o.combo.Size().Height+4)
	size, all := o.popup.MinSize(), canvas.Size()
	if at.Y+size.Height > all.Height-edge {
		at.Y = max(edge, at.Y-8-o.combo.Size().Height-size.Height)
	}
	at.X = max(edge, min(at.X, all.Width-edge-size.Width))
	return at
}

func (o *offering) makeList() {
	o.list = NewList(func() int { return len(o.shown) }, func() fyne.CanvasObject { return newItemView(o.isDetailed()) }, nil)
	o.list.UpdateItem = func(i int, v fyne.CanvasObject) {
		v.(*itemView).show(o.shown[i], o.title(i), o.shown[i].Value == o.combo.value, i == max(o.list.At(), 0), o.list.Marks(i))
	}
	o.list.HideSeparators = true
	o.list.OnTapped, o.list.OnOpened, o.list.OnTicked = o.take, o.take, o.take
	o.list.OnEscape = o.close
}

func (o *offering) rowHeight() float32 { return o.list.CreateItem().MinSize().Height + 4 }

func (o *offering) makeQuery() {
	o.query = NewField(lang.T("Search"))
	if o.combo.Free {
		o.query.PlaceHolder = lang.T("Search, or type another")
	}
	o.query.OnChanged = o.search
	o.query.OnKey = func(e *fyne.KeyEvent) bool {
		to, moves := o.list.goal(e.Name)
		switch {
		case e.Name == fyne.KeyEscape:
			o.close()
		case e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter:
			o.take(max(o.list.At(), 0))
		case moves && e.Name != fyne.KeyHome && e.Name != fyne.KeyEnd:
			o.list.SetAt(max(0, min(to, len(o.shown)-1)))
		default:
			return false
		}
		return true
	}
}

// search narrows the list down: what is typed itself, what begins with it,
// what holds it.
func (o *offering) search(query string) {
	query = strings.TrimSpace(query)
	lower := strings.ToLower(query)
	o.shown, o.typed = nil, ""
	var holding []Item
	exact := false
	for _, i := range o.combo.items {
		value := strings.ToLower(i.Value)
		exact = exact || value == lower
		switch {
		case strings.HasPrefix(value, lower):
			o.shown = append(o.shown, i)
		case strings.Contains(value+"\n"+strings.ToLower(i.Detail), lower):
			holding = append(holding, i)
		}
	}
	o.shown = append(o.shown, holding...)
	if query == "" && o.combo.Unset && o.combo.value != "" && !exact {
		o.shown = append([]Item{{}}, o.shown...)
	}
	if query != "" && o.combo.Free && !exact {
		o.typed = query
		o.shown = append(o.shown, Item{Value: query})
	}
	o.list.KeepAt(0)
	o.list.ScrollTo(0)
}

// title is how an item is called in the list.
func (o *offering) title(i int) string {
	switch v := o.shown[i].Value; {
	case v == "":
		return lang.T("Not set")
	case v == o.typed && i == len(o.shown)-1:
		return lang.T("Use “%s”", v)
	default:
		return v
	}
}

func (o *offering) take(i int) {
	if i < 0 || i >= len(o.shown) {
		return
	}
	value := o.shown[i].Value
	o.close()
	if value == o.combo.value {
		return
	}
	o.combo.Set(value)
	if o.combo.OnChanged != nil {
		o.combo.OnChanged(value)
	}
}

// close takes the list away, and gives the keyboard back.
func (o *offering) close() {
	o.popup.Hide()
	o.combo.open = nil
	if c := fyne.CurrentApp().Driver().CanvasForObject(o.combo); c != nil {
		c.Focus(o.combo)
	}
}

// itemView shows an item of an offering.
type itemView struct {
	widget.BaseWidget
	content, mark fyne.CanvasObject
	ground        *Back
	title         *Text
	detail        *Brief
}

func newItemView(detailed bool) *itemView {
	v := &itemView{title: Line("title", Ink), detail: NewBrief(SmallLine("", Quiet)), mark: Picture(IconFine.In(Lake), 18)}
	Visible(v.detail, detailed)
	v.ground = NewBack("", "", 6)
	v.content = container.NewStack(v.ground, InsetXY(Within, 4, Row(Within, 0, Stacked(0, v.title, v.detail), v.mark)))
	v.ExtendBaseWidget(v)
	return v
}

// CreateRenderer implements fyne.Widget.
func (v *itemView) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.content) }

func (v *itemView) show(i Item, title string, chosen, at, focused bool) {
	ground, edge := fyne.ThemeColorName(""), fyne.ThemeColorName("")
	if at {
		ground = LakeGround
	}
	if focused {
		edge = Lake
	}
	v.ground.Paint(ground, edge)
	Visible(v.mark, chosen)
	v.title.Set(title)
	first, _, _ := strings.Cut(i.Detail, ". ")
	v.detail.Tell(i.Detail, first)
	v.content.Refresh()
}
