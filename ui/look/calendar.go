package look

import (
	"image/color"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/lang"
)

// Calendar shows a month, in which days have weights, and one of its days is
// chosen: with a click, or with the arrows and Enter. Page Up and Page Down lead
// to other months, Home and End to the first and the last day with a weight.
type Calendar struct {
	widget.BaseWidget
	// OnChosen is called when a person chooses a day; OnMoved after every move.
	OnChosen func(day time.Time)
	OnMoved  func()

	days        map[time.Time]float64
	first, last time.Time
	most        float64
	at          time.Time
	focused     bool
}

// NewCalendar shows the month of a day. Weights are those of the days that have
// any, by DayOf; today is the last that can be chosen.
func NewCalendar(at, today time.Time, weights map[time.Time]float64) *Calendar {
	c := &Calendar{days: weights, at: DayOf(at), first: DayOf(today), last: DayOf(today)}
	for day, w := range weights {
		c.most = max(c.most, w)
		if day.Before(c.first) {
			c.first = day
		}
	}
	c.ExtendBaseWidget(c)
	return c
}

// DayOf is the beginning of the day that a time is on, here.
func DayOf(t time.Time) time.Time {
	y, m, d := zone.Of(t).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone.Here())
}

// At is the day that is chosen.
func (c *Calendar) At() time.Time { return c.at }

// MoveMonths goes to the same day of another month, or to the last one there.
func (c *Calendar) MoveMonths(n int) {
	y, m, d := c.at.Date()
	last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, zone.Here()).Day()
	c.move(time.Date(y, m+time.Month(n), min(d, last), 0, 0, 0, 0, zone.Here()))
}

// move goes to a day, or as near to it as there is anything.
func (c *Calendar) move(day time.Time) {
	switch {
	case day.Before(c.first):
		day = c.first
	case day.After(c.last):
		day = c.last
	}
	c.at = day
	c.Refresh()
	if c.OnMoved != nil {
		c.OnMoved()
	}
}

// newest is the last day with a weight.
func (c *Calendar) newest() time.Time {
	newest := c.first
	for day := range c.days {
		if day.After(newest) {
			newest = day
		}
	}
	return newest
}

// begins is the Monday at which the first row begins.
func (c *Calendar) begins() time.Time {
	first := c.at.AddDate(0, 0, 1-c.at.Day())
	return first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
}

// Tapped implements fyne.Tappable.
func (c *Calendar) Tapped(e *fyne.PointEvent) {
	cell := calendarCell(c.Size())
	row, column := int(e.Position.Y/cell.Height)-1, int(e.Position.X/cell.Width)
	day := c.begins().AddDate(0, 0, 7*row+column)
	if row < 0 || row >= calendarRows || column > 6 || day.Before(c.first) || day.After(c.last) {
		return
	}
	c.move(day)
	c.choose()
}

func (c *Calendar) choose() {
	if c.OnChosen != nil {
		c.OnChosen(c.at)
	}
}

// Cursor implements desktop.Cursorable.
func (c *Calendar) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (c *Calendar) FocusGained() {
	c.focused = true
	c.Refresh()
}

// FocusLost implements fyne.Focusable.
func (c *Calendar) FocusLost() {
	c.focused = false
	c.Refresh()
}

// TypedRune implements fyne.Focusable.
func (c *Calendar) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *Calendar) TypedKey(e *fyne.KeyEvent) {
	days := map[fyne.KeyName]int{fyne.KeyLeft: -1, fyne.KeyRight: 1, fyne.KeyUp: -7, fyne.KeyDown: 7}
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown:
		c.move(c.at.AddDate(0, 0, days[e.Name]))
	case fyne.KeyPageUp:
		c.MoveMonths(-1)
	case fyne.KeyPageDown:
		c.MoveMonths(1)
	case fyne.KeyHome:
		c.move(c.first)
	case fyne.KeyEnd:
		c.move(c.newest())
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.choose()
	default:
		passOn(c, e)
	}
}

// calendarRows are as many as the longest month needs.
const calendarRows = 6

// leastDay is the height of a day that can still be clicked.
const leastDay = 34

// calendarCell is the room of a day. The names of the days take one row more.
func calendarCell(s fyne.Size) fyne.Size {
	return fyne.NewSize(s.Width/7, s.Height/(calendarRows+1))
}

// CreateRenderer implements fyne.Widget.
func (c *Calendar) CreateRenderer() fyne.WidgetRenderer {
	r := &calendarRenderer{c: c, mark: canvas.NewRectangle(color.Transparent)}
	r.all = append(r.all, r.mark)
	for range 7 {
		t := canvas.NewText("", color.Transparent)
		r.names, r.all = append(r.names, t), append(r.all, t)
	}
	for range 7 * calendarRows {
		d := calendarDay{canvas.NewText("", color.Transparent), canvas.NewRectangle(color.Transparent)}
		r.days, r.all = append(r.days, d), append(r.all, d.layer, d.number)
	}
	r.Refresh()
	return r
}

// calendarDay is how a day is drawn: as a number above a layer, which is the
// thicker the more changed.
type calendarDay struct {
	number *canvas.Text
	layer  *canvas.Rectangle
}

type calendarRenderer struct {
	c     *Calendar
	mark  *canvas.Rectangle
	names []*canvas.Text
	days  []calendarDay
	all   []fyne.CanvasObject
}

// MinSize implements fyne.WidgetRenderer.
func (r *calendarRenderer) MinSize() fyne.Size {
	letter := theme.TextSize()
	return fyne.NewSize(7*2*letter, (calendarRows+1)*max(leastDay, 1.85*letter))
}

// Destroy implements fyne.WidgetRenderer.
func (r *calendarRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *calendarRenderer) Objects() []fyne.CanvasObject { return r.all }

// Refresh implements fyne.WidgetRenderer.
func (r *calendarRenderer) Refresh() {
	r.Layout(r.c.Size())
	canvas.Refresh(r.c)
}

// Layout implements fyne.WidgetRenderer.
func (r *calendarRenderer) Layout(s fyne.Size) {
	cell, day := calendarCell(s), r.c.begins()
	r.mark.StrokeColor, r.mark.StrokeWidth = color.Transparent, 0
	for i, name := range r.names {
		name.Text, name.TextSize = shortly(day.AddDate(0, 0, i)), theme.CaptionTextSize()
		name.Color, name.Alignment = theme.Color(Quiet), fyne.TextAlignCenter
		name.Move(fyne.NewPos(float32(i)*cell.Width, (cell.Height-name.MinSize().Height)/2))
		name.Resize(fyne.NewSize(cell.Width, name.MinSize().Height))
	}
	for i := range r.days {
		r.draw(&r.days[i], day.AddDate(0, 0, i), cell, fyne.NewPos(float32(i%7)*cell.Width, float32(i/7+1)*cell.Height))
	}
}

// thickestLayer is the height of the layer of a day in which most changed, as a
// share of its cell.
const thickestLayer = 0.24

func (r *calendarRenderer) draw(d *calendarDay, day time.Time, cell fyne.Size, pos fyne.Position) {
	weight, made := r.c.days[day]
	d.number.Text, d.number.TextSize, d.number.Alignment = strconv.Itoa(day.Day()), theme.TextSize(), fyne.TextAlignCenter
	d.number.TextStyle.Bold = made
	d.number.Color = theme.Color(Quiet)
	if made {
		d.number.Color = theme.Color(Ink)
	}
	if day.Month() != r.c.at.Month() {
		d.number.Text, made = "", false
	} else if day.After(r.c.last) || day.Before(r.c.first) {
		d.number.Color = theme.Color(theme.ColorNameDisabled)
	}
	height := d.number.MinSize().Height
	d.number.Move(pos.AddXY(0, cell.Height*0.36-height/2))
	d.number.Resize(fyne.NewSize(cell.Width, height))
	d.layer.FillColor, d.layer.CornerRadius = color.Transparent, 2
	thick := float32(3)
	if made {
		d.layer.FillColor = theme.Color(Lake)
		thick = max(thick, cell.Height*thickestLayer*float32(weight/max(r.c.most, 1)))
	}
	width := min(cell.Width*0.5, 32)
	d.layer.Move(pos.AddXY((cell.Width-width)/2, cell.Height*0.92-thick))
	d.layer.Resize(fyne.NewSize(width, thick))
	if day.Equal(r.c.at) {
		r.drawMark(cell, pos)
	}
}

// drawMark shows which day is chosen.
func (r *calendarRenderer) drawMark(cell fyne.Size, pos fyne.Position) {
	r.mark.FillColor, r.mark.CornerRadius = theme.Color(LakeGround), 6
	r.mark.StrokeColor, r.mark.StrokeWidth = theme.Color(Lake), 1
	if r.c.focused {
		r.mark.StrokeColor, r.mark.StrokeWidth = theme.Color(theme.ColorNameFocus), 2
	}
	r.mark.Move(pos.AddXY(2, 1))
	r.mark.Resize(cell.SubtractWidthHeight(4, 2))
}

// shortly is a weekday in two letters.
func shortly(day time.Time) string {
	name := []rune(lang.Time(day, "Mon"))
	return string(name[:min(2, len(name))])
}
