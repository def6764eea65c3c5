package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Text is a wrapping text in a colour and a size.
func Text(s string, c fyne.ThemeColorName, size fyne.ThemeSizeName, bold bool) *widget.RichText {
	t := widget.NewRichText(&widget.TextSegment{Text: s, Style: widget.RichTextStyle{
		ColorName: c, SizeName: size, TextStyle: fyne.TextStyle{Bold: bold}, Alignment: fyne.TextAlignLeading,
	}})
	t.Wrapping = fyne.TextWrapWord
	return t
}

// SetText changes a Text.
func SetText(t *widget.RichText, s string) {
	t.Segments[0].(*widget.TextSegment).Text = s
	t.Refresh()
}

// Heading is the title of a page.
func Heading(s string) *widget.RichText { return Text(s, Ink, Title, true) }

// Subheading is the title of a part.
func Subheading(s string) *widget.RichText { return Text(s, Ink, Large, true) }

// Say is ordinary text.
func Say(s string) *widget.RichText { return Text(s, Ink, Body, false) }

// Hint is quiet text.
func Hint(s string) *widget.RichText { return Text(s, Quiet, Body, false) }

// Line is a single line that is cut with "…" where it does not fit.
func Line(s string, c fyne.ThemeColorName) *widget.RichText {
	t := Text(s, c, Body, false)
	t.Wrapping = fyne.TextWrapOff
	t.Truncation = fyne.TextTruncateEllipsis
	return t
}

// Tag is a single line that takes the room it needs.
func Tag(s string, c fyne.ThemeColorName) *widget.RichText {
	t := Text(s, c, Body, false)
	t.Wrapping = fyne.TextWrapOff
	return t
}

// Gap is vertical room.
func Gap(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return r
}

// Wide gives an object a least width.
func Wide(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(width, 1))
	return container.NewStack(r, o)
}

// Inset puts room around an object.
func Inset(by float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(by, by, by, by), o)
}

// Stacked puts objects below each other, gap apart.
func Stacked(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// Beside puts objects next to each other, gap apart.
func Beside(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedHBoxLayout(gap), objects...)
}

// Boxed puts an object on a card.
func Boxed(o fyne.CanvasObject) fyne.CanvasObject {
	back := NewBack(Card, Rule, 10)
	return container.NewStack(back, Inset(16, o))
}

// Page is the frame of a page: a heading, and what is below it scrolls.
func Page(heading fyne.CanvasObject, body fyne.CanvasObject) fyne.CanvasObject {
	return Inset(20, container.NewBorder(container.NewVBox(heading, Gap(8)), nil, nil, nil, container.NewVScroll(body)))
}

// Back is a coloured ground that follows the theme.
type Back struct {
	widget.BaseWidget
	fill, stroke fyne.ThemeColorName
	radius       float32
}

// NewBack makes a ground; an empty stroke means none.
func NewBack(fill, stroke fyne.ThemeColorName, radius float32) *Back {
	b := &Back{fill: fill, stroke: stroke, radius: radius}
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer implements fyne.Widget.
func (b *Back) CreateRenderer() fyne.WidgetRenderer {
	r := &backRenderer{back: b, rect: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type backRenderer struct {
	back *Back
	rect *canvas.Rectangle
}

func (r *backRenderer) Layout(s fyne.Size)           { r.rect.Resize(s) }
func (r *backRenderer) MinSize() fyne.Size           { return fyne.NewSize(0, 0) }
func (r *backRenderer) Destroy()                     {}
func (r *backRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }

// Refresh takes the colours of the theme.
func (r *backRenderer) Refresh() {
	r.rect.FillColor = theme.Color(r.back.fill)
	r.rect.CornerRadius = r.back.radius
	if r.back.stroke != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = theme.Color(r.back.stroke), 1
	}
	r.rect.Refresh()
}
