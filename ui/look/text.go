package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Text is words in one or several colours. It stands flush with what is above
// and below it, where Fyne's own texts bring a margin along.
type Text struct {
	widget.BaseWidget
	rich *widget.RichText
}

// Part is a stretch of a Text in one colour.
type Part struct {
	Text   string
	Colour fyne.ThemeColorName
	Bold   bool
}

func newText(size fyne.ThemeSizeName, parts ...Part) *Text {
	t := &Text{rich: widget.NewRichText()}
	t.rich.Wrapping = fyne.TextWrapWord
	t.fill(size, parts)
	t.ExtendBaseWidget(t)
	return t
}

func (t *Text) fill(size fyne.ThemeSizeName, parts []Part) {
	t.rich.Segments = nil
	for i, p := range parts {
		t.rich.Segments = append(t.rich.Segments, &widget.TextSegment{Text: p.Text, Style: widget.RichTextStyle{
			ColorName: p.Colour, SizeName: size, TextStyle: fyne.TextStyle{Bold: p.Bold},
			Alignment: fyne.TextAlignLeading, Inline: i < len(parts)-1,
		}})
	}
}

// String is what it says.
func (t *Text) String() string { return t.rich.String() }

// Set changes the words of a Text of one part.
func (t *Text) Set(s string) {
	segment := t.rich.Segments[0].(*widget.TextSegment)
	if segment.Text == s {
		return
	}
	segment.Text = s
	t.Refresh()
}

// Colour changes the colour of a Text of one part.
func (t *Text) Colour(c fyne.ThemeColorName) {
	segment := t.rich.Segments[0].(*widget.TextSegment)
	if segment.Style.ColorName != c {
		segment.Style.ColorName = c
		t.rich.Refresh()
	}
}

// Right puts the words at the right.
func (t *Text) Right() *Text {
	for _, s := range t.rich.Segments {
		s.(*widget.TextSegment).Style.Alignment = fyne.TextAlignTrailing
	}
	return t
}

// Mono shows the words in letters of one width, for paths.
func (t *Text) Mono() *Text {
	for _, s := range t.rich.Segments {
		s.(*widget.TextSegment).Style.TextStyle.Monospace = true
	}
	return t
}

// Centred puts the words in the middle.
func (t *Text) Centred() *Text {
	for _, s := range t.rich.Segments {
		s.(*widget.TextSegment).Style.Alignment = fyne.TextAlignCenter
	}
	return t
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer { return &textRenderer{t} }

type textRenderer struct{ text *Text }

// margin is what Fyne puts around its texts.
func margin() float32 { return theme.Size(theme.SizeNameInnerPadding) }

// Layout implements fyne.WidgetRenderer.
func (r *textRenderer) Layout(s fyne.Size) {
	r.text.rich.Resize(s.AddWidthHeight(2*margin(), 2*margin()))
	r.text.rich.Move(fyne.NewPos(-margin(), -margin()))
}

// MinSize implements fyne.WidgetRenderer.
func (r *textRenderer) MinSize() fyne.Size {
	least := r.text.rich.MinSize()
	return fyne.NewSize(max(0, least.Width-2*margin()), max(0, least.Height-2*margin()))
}

// Destroy implements fyne.WidgetRenderer.
func (r *textRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *textRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text.rich} }

// Refresh implements fyne.WidgetRenderer.
func (r *textRenderer) Refresh() {
	r.Layout(r.text.Size())
	r.text.rich.Refresh()
}

// Heading is the title of a page.
func Heading(s string) *Text { return newText(Title, Part{s, Ink, true}) }

// Subheading is the title of a part.
func Subheading(s string) *Text { return newText(Large, Part{s, Ink, true}) }

// Say is ordinary text.
func Say(s string) *Text { return newText(Body, Part{s, Ink, false}) }

// Strong is ordinary text with weight.
func Strong(s string) *Text { return newText(Body, Part{s, Ink, true}) }

// Hint is quiet text.
func Hint(s string) *Text { return newText(Body, Part{s, Quiet, false}) }

// Note is small quiet text.
func Note(s string) *Text { return newText(Small, Part{s, Quiet, false}) }

// SmallSay is small text.
func SmallSay(s string) *Text { return newText(Small, Part{s, Ink, false}) }

// Caption is the small title of a list.
func Caption(s string) *Text { return newText(Small, Part{s, Quiet, true}) }

// Coloured is ordinary text in a colour.
func Coloured(s string, c fyne.ThemeColorName) *Text { return newText(Body, Part{s, c, false}) }

// Parts is ordinary text of several parts.
func Parts(parts ...Part) *Text { return newText(Body, parts...) }

// Line is a single line that is cut with "…" where it does not fit. It is for
// names and paths only: sentences are never cut.
func Line(s string, c fyne.ThemeColorName) *Text { return newText(Body, Part{s, c, false}).cut() }

// SmallLine is a small Line.
func SmallLine(s string, c fyne.ThemeColorName) *Text { return newText(Small, Part{s, c, false}).cut() }

// BigLine is a Line for the title of a part.
func BigLine(s string) *Text { return newText(Large, Part{s, Ink, true}).cut() }

func (t *Text) cut() *Text {
	t.rich.Wrapping, t.rich.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
	return t
}

// Tag is a single line that takes the room it needs.
func Tag(s string, c fyne.ThemeColorName) *Text {
	t := newText(Body, Part{s, c, false})
	t.rich.Wrapping = fyne.TextWrapOff
	return t
}

// StrongTag is a Tag that stands out.
func StrongTag(s string) *Text {
	t := newText(Body, Part{s, Ink, true})
	t.rich.Wrapping = fyne.TextWrapOff
	return t
}

// HeadingTag is a Heading that takes the room it needs.
func HeadingTag(s string) *Text {
	t := Heading(s)
	t.rich.Wrapping = fyne.TextWrapOff
	return t
}

// SmallTag is a small Tag.
func SmallTag(s string, c fyne.ThemeColorName) *Text {
	t := newText(Small, Part{s, c, false})
	t.rich.Wrapping = fyne.TextWrapOff
	return t
}

// widthOf is how wide words of its size are in one line.
func (t *Text) widthOf(words string) float32 {
	segment := t.rich.Segments[0].(*widget.TextSegment)
	return fyne.MeasureText(words, theme.Size(segment.Style.SizeName), segment.Style.TextStyle).Width
}

// lineHeight is that of one of its lines.
func (t *Text) lineHeight() float32 {
	segment := t.rich.Segments[0].(*widget.TextSegment)
	return fyne.MeasureText("M", theme.Size(segment.Style.SizeName), segment.Style.TextStyle).Height
}
