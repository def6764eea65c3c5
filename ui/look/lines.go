package look

import (
	"image/color"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// TextLine is one line of Lines.
type TextLine struct {
	// Sign stands before the line, such as "+"; where one line of them has a
	// sign, there is room for it before all.
	Sign, Text string
	// Colour is that of the letters, "" for ink; Ground is painted behind the
	// line, "" for none.
	Colour, Ground fyne.ThemeColorName
}

// Lines shows a text in letters of one width. Long lines are wrapped, and only
// the lines in sight exist.
type Lines struct {
	widget.BaseWidget
	scroll *container.Scroll
	body   *linesBody
	ring   *canvas.Rectangle // around it, while it has the keyboard
}

// NewLines makes an empty text.
func NewLines() *Lines {
	l := &Lines{body: &linesBody{}, ring: newRing()}
	l.body.ExtendBaseWidget(l.body)
	l.scroll = container.NewVScroll(l.body)
	l.scroll.OnScrolled = func(fyne.Position) { l.follow() }
	l.ExtendBaseWidget(l)
	return l
}

// Set shows other lines, from the top.
func (l *Lines) Set(lines []TextLine) {
	l.body.lines, l.body.columns = lines, 0
	l.scroll.Offset = fyne.Position{}
	l.arrange(l.Size())
}

// All returns what is shown, wrapped or not.
func (l *Lines) All() []TextLine { return l.body.lines }

// String is all of the text, each line after its sign.
func (l *Lines) String() string {
	var b strings.Builder
	for _, line := range l.body.lines {
		b.WriteString(line.Sign + line.Text + "\n")
	}
	return b.String()
}

// arrange wraps the lines for a width.
func (l *Lines) arrange(size fyne.Size) {
	l.body.wrap(size.Width)
	l.scroll.Refresh()
	l.follow()
}

func (l *Lines) follow() {
	l.body.top, l.body.seen = l.scroll.Offset.Y, l.scroll.Size().Height
	l.body.Refresh()
}

// FocusGained implements fyne.Focusable.
func (l *Lines) FocusGained() {
	l.ring.StrokeColor = theme.Color(Lake)
	l.ring.Show()
	Reveal(l)
}

// FocusLost implements fyne.Focusable.
func (l *Lines) FocusLost() { l.ring.Hide() }

// TypedRune implements fyne.Focusable.
func (l *Lines) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (l *Lines) TypedKey(e *fyne.KeyEvent) {
	y, most := l.scroll.Offset.Y, l.body.MinSize().Height-l.scroll.Size().Height
	switch e.Name {
	case fyne.KeyDown:
		y += l.body.cell.Height
	case fyne.KeyUp:
		y -= l.body.cell.Height
	case fyne.KeyPageDown, fyne.KeySpace:
		y += l.scroll.Size().Height
	case fyne.KeyPageUp:
		y -= l.scroll.Size().Height
	case fyne.KeyHome:
		y = 0
	case fyne.KeyEnd:
		y = most
	default:
		passOn(l, e)
		return
	}
	l.scroll.ScrollToOffset(fyne.NewPos(0, max(0, min(y, most))))
	l.follow()
}

// Tapped gives it the keyboard.
func (l *Lines) Tapped(*fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
}

// CreateRenderer implements fyne.Widget.
func (l *Lines) CreateRenderer() fyne.WidgetRenderer { return &linesRenderer{l} }

type linesRenderer struct{ lines *Lines }

// Layout implements fyne.WidgetRenderer.
func (r *linesRenderer) Layout(s fyne.Size) {
	r.lines.scroll.Resize(s)
	r.lines.ring.Resize(s)
	r.lines.arrange(s)
}

// MinSize implements fyne.WidgetRenderer.
func (r *linesRenderer) MinSize() fyne.Size { return fyne.NewSize(100, 60) }

// Destroy implements fyne.WidgetRenderer.
func (r *linesRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *linesRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.lines.scroll, r.lines.ring}
}

// Refresh implements fyne.WidgetRenderer.
func (r *linesRenderer) Refresh() {
	r.lines.body.columns = 0 // the letters may have another size
	r.lines.arrange(r.lines.Size())
}

// linesBody is all of the text, of which the part in sight is drawn.
type linesBody struct {
	widget.BaseWidget
	lines     []TextLine
	wrapped   []piece
	columns   int
	signs     bool
	cell      fyne.Size
	top, seen float32
}

// piece is as much of a line as fits; from is the line's index, and only the
// first piece of a line bears its sign.
type piece struct {
	text string
	from int
	head bool
}

// barRoom is kept free at the right for the bar of the scroller.
const barRoom = 12

func (b *linesBody) wrap(width float32) {
	style := fyne.TextStyle{Monospace: true}
	b.cell = fyne.MeasureText("M", theme.Size(Small), style)
	b.cell.Height += 2
	b.signs = false
	for _, l := range b.lines {
		b.signs = b.signs || l.Sign != ""
	}
	columns := max(8, int((width-b.left()-barRoom)/max(b.cell.Width, 1)))
	if columns == b.columns {
		return
	}
	b.columns, b.wrapped = columns, b.wrapped[:0]
	for i, l := range b.lines {
		head := true
		for rest := l.Text; head || rest != ""; head = false {
			n := fitting(rest, columns)
			b.wrapped = append(b.wrapped, piece{strings.TrimRight(rest[:n], " "), i, head})
			rest = rest[n:]
		}
	}
}

// left is the room before the text.
func (b *linesBody) left() float32 {
	if b.signs {
		return 2 * b.cell.Width
	}
	return 0
}

// fitting is how many bytes of a text go into a number of columns: whole words
// where that leaves at least half of them filled.
func fitting(text string, columns int) int {
	used, space := 0, 0
	for i, r := range text {
		used++
		if r >= 0x2e80 { // the letters of East Asia are twice as wide
			used++
		}
		if used > columns {
			if space > i/2 {
				return space
			}
			_, one := utf8.DecodeRuneInString(text)
			return max(i, one)
		}
		if r == ' ' {
			space = i + 1
		}
	}
	return len(text)
}

// CreateRenderer implements fyne.Widget.
func (b *linesBody) CreateRenderer() fyne.WidgetRenderer { return &linesBodyRenderer{body: b} }

// linesBodyRenderer draws the lines in sight, with objects that are used again.
type linesBodyRenderer struct {
	body *linesBody
	rows []drawnLine
	all  []fyne.CanvasObject
}

type drawnLine struct {
	ground     *canvas.Rectangle
	sign, text *canvas.Text
}

// Layout implements fyne.WidgetRenderer.
func (r *linesBodyRenderer) Layout(fyne.Size) { r.draw() }

// MinSize implements fyne.WidgetRenderer.
func (r *linesBodyRenderer) MinSize() fyne.Size {
	return fyne.NewSize(1, float32(len(r.body.wrapped))*r.body.cell.Height)
}

// Destroy implements fyne.WidgetRenderer.
func (r *linesBodyRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *linesBodyRenderer) Objects() []fyne.CanvasObject { return r.all }

// Refresh implements fyne.WidgetRenderer.
func (r *linesBodyRenderer) Refresh() {
	r.draw()
	canvas.Refresh(r.body)
}

func (r *linesBodyRenderer) draw() {
	b := r.body
	if b.cell.Height == 0 {
		return
	}
	first := max(0, int(b.top/b.cell.Height))
	n := max(0, min(len(b.wrapped)-first, int(b.seen/b.cell.Height)+2))
	for len(r.rows) < n {
		d := drawnLine{canvas.NewRectangle(color.Transparent), newMono(), newMono()}
		r.rows = append(r.rows, d)
		r.all = append(r.all, d.ground, d.sign, d.text)
	}
	for i, d := range r.rows {
		shown := i < n
		for _, o := range []fyne.CanvasObject{d.ground, d.sign, d.text} {
			if shown {
				o.Show()
			} else {
				o.Hide()
			}
		}
		if shown {
			r.drawLine(d, b.wrapped[first+i], float32(first+i)*b.cell.Height)
		}
	}
}

func newMono() *canvas.Text {
	t := canvas.NewText("", color.Black)
	t.TextStyle.Monospace = true
	return t
}

func (r *linesBodyRenderer) drawLine(d drawnLine, p piece, y float32) {
	b, line := r.body, r.body.lines[p.from]
	d.ground.FillColor = color.Transparent
	if line.Ground != "" {
		d.ground.FillColor = theme.Color(line.Ground)
	}
	d.ground.Move(fyne.NewPos(0, y))
	d.ground.Resize(fyne.NewSize(b.Size().Width, b.cell.Height))
	ink := theme.Color(Ink)
	if line.Colour != "" {
		ink = theme.Color(line.Colour)
	}
	sign := ""
	if p.head {
		sign = line.Sign
	}
	for _, x := range []struct {
		t    *canvas.Text
		s    string
		left float32
	}{{d.sign, sign, b.cell.Width / 2}, {d.text, p.text, b.left()}} {
		x.t.Text, x.t.Color, x.t.TextSize = x.s, ink, theme.Size(Small)
		x.t.Move(fyne.NewPos(x.left, y+1))
		x.t.Resize(x.t.MinSize())
	}
}
