package retentionform

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/varve-backup/varve/ui/look"
)

// Text is a line to type into, in letters of one width, that underlines what
// is wrong in it.
type Text struct {
	look.Field
	from, length int // of what is wrong, in letters; length 0 for nothing
}

func newText(hint string) *Text {
	m := &Text{}
	m.PlaceHolder = hint
	m.TextStyle = fyne.TextStyle{Monospace: true}
	m.Wrapping, m.Scroll = fyne.TextWrapOff, fyne.ScrollHorizontalOnly
	m.ExtendBaseWidget(m)
	return m
}

// FocusGained implements fyne.Focusable.
func (m *Text) FocusGained() {
	m.Field.FocusGained()
	look.Reveal(m)
}

// mark underlines some letters; 0 of them take the mark away.
func (m *Text) mark(from, length int) {
	if from != m.from || length != m.length {
		m.from, m.length = from, length
		m.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (m *Text) CreateRenderer() fyne.WidgetRenderer {
	m.ExtendBaseWidget(m)
	r := &textRenderer{WidgetRenderer: m.Field.CreateRenderer(), field: m, ground: canvas.NewRectangle(color.Transparent), line: canvas.NewRectangle(color.Transparent)}
	for _, o := range r.WidgetRenderer.Objects() {
		if s, ok := o.(*container.Scroll); ok {
			r.scroll = s
			s.OnScrolled = func(fyne.Position) { r.place() }
		}
	}
	return r
}

// textRenderer lays the mark over what Fyne draws of an entry.
type textRenderer struct {
	fyne.WidgetRenderer
	field        *Text
	scroll       *container.Scroll
	ground, line *canvas.Rectangle
}

// Layout implements fyne.WidgetRenderer.
func (r *textRenderer) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s)
	r.place()
}

// Refresh implements fyne.WidgetRenderer.
func (r *textRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.place()
}

// Objects implements fyne.WidgetRenderer.
func (r *textRenderer) Objects() []fyne.CanvasObject {
	return append(r.WidgetRenderer.Objects(), r.ground, r.line)
}

const lineHeight = 2

// place puts the mark under the letters, as far as they are in sight.
func (r *textRenderer) place() {
	m, inset := r.field, theme.Size(theme.SizeNameInnerPadding)
	letter := fyne.MeasureText("0", theme.Size(look.Body), m.TextStyle)
	left := inset + float32(m.from)*letter.Width
	if r.scroll != nil {
		left -= r.scroll.Offset.X
	}
	right := min(left+float32(m.length)*letter.Width, m.Size().Width-2)
	left = max(left, 2)
	visible := m.length > 0 && right > left
	for _, o := range []*canvas.Rectangle{r.ground, r.line} {
		look.Visible(o, visible)
	}
	bottom := (m.Size().Height+letter.Height)/2 + 1
	clay := color.NRGBAModel.Convert(theme.Color(look.Clay)).(color.NRGBA)
	r.line.FillColor = clay
	clay.A = 0x30
	r.ground.FillColor, r.ground.CornerRadius = clay, 2
	r.line.Move(fyne.NewPos(left, bottom))
	r.line.Resize(fyne.NewSize(max(0, right-left), lineHeight))
	r.ground.Move(fyne.NewPos(left, bottom-letter.Height))
	r.ground.Resize(fyne.NewSize(max(0, right-left), letter.Height))
	canvas.Refresh(m)
}
