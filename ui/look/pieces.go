package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/lang"
)

// Room, on a grid of 4 points.
const (
	Within  = 8  // inside a control
	Between = 12 // between controls
	InCard  = 16
	AtEdge  = 24 // of a page
	Apart   = 32 // between parts
	// RowHeight is the height of a row in a list.
	RowHeight = 36
	// TextWidth is as wide as running text gets: about 72 letters.
	TextWidth = 560
)

// Gap is vertical room.
func Gap(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return r
}

// Wide gives an object a least width, for letters of the usual size.
func Wide(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(atLeast(width), o)
}

type atLeast float32

// MinSize implements fyne.Layout.
func (a atLeast) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().Max(fyne.NewSize(float32(a)*Letters(), 1))
}

// Layout implements fyne.Layout.
func (atLeast) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// High gives an object a least height, and puts it in the middle of that.
func High(height float32, o fyne.CanvasObject) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return container.NewStack(r, container.New(&row{grow: 0}, o))
}

// Tall gives an object a least height; it gets all that there is.
func Tall(height float32, o fyne.CanvasObject) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return container.NewStack(r, o)
}

// AtMost keeps an object from getting wider than width, for letters of the usual
// size; it stays at the left.
func AtMost(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(atMost(width), o)
}

// Inset puts room around an object.
func Inset(by float32, o fyne.CanvasObject) fyne.CanvasObject { return InsetXY(by, by, o) }

// InsetXY puts room beside, and above and below an object.
func InsetXY(x, y float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(y, y, x, x), o)
}

// Boxed puts an object on a card.
func Boxed(o fyne.CanvasObject) fyne.CanvasObject { return On(Card, Rule, InCard, o) }

// On puts an object on a ground with room around it; an empty stroke means
// none.
func On(fill, stroke fyne.ThemeColorName, room float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(NewBack(fill, stroke, 10), Inset(room, o))
}

// Page is the frame of a page: a heading, and what is below it scrolls.
func Page(heading, body fyne.CanvasObject) fyne.CanvasObject {
	// The bar of the scroller stands in the edge, not on the cards. Frames are
	// cut at the edge of what scrolls, so some of the gap above is inside it.
	const inside = 4
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(inside, AtEdge, AtEdge, AtEdge), body))
	head := container.New(layout.NewCustomPaddedLayout(AtEdge, InCard-inside, AtEdge, AtEdge), heading)
	return container.New(&frame{}, head, scroll)
}

// Stepped is a Page with a foot that stays in sight. What body holds scrolls by
// itself, with Scrolled.
func Stepped(heading, body, foot fyne.CanvasObject) fyne.CanvasObject {
	head := container.New(layout.NewCustomPaddedLayout(AtEdge, InCard-4, AtEdge, AtEdge), heading)
	return container.New(&frame{}, head, Footed(body, container.New(layout.NewCustomPaddedLayout(0, AtEdge, AtEdge, AtEdge), foot)))
}

// Scrolled is what scrolls in a page of Stepped.
func Scrolled(o fyne.CanvasObject) *container.Scroll {
	return container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, InCard, AtEdge, AtEdge), o))
}

// Framed is a Page whose body fills the height and scrolls by itself.
func Framed(heading, body fyne.CanvasObject) fyne.CanvasObject {
	head := container.New(layout.NewCustomPaddedLayout(AtEdge, InCard, AtEdge, AtEdge), heading)
	return container.New(&frame{}, head, container.New(layout.NewCustomPaddedLayout(0, AtEdge, AtEdge, AtEdge), body))
}

// Separator is a line between things.
func Separator() fyne.CanvasObject { return widget.NewSeparator() }

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

// Paint changes the colours.
func (b *Back) Paint(fill, stroke fyne.ThemeColorName) {
	if b.fill != fill || b.stroke != stroke {
		b.fill, b.stroke = fill, stroke
		b.Refresh()
	}
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

// Layout implements fyne.WidgetRenderer.
func (r *backRenderer) Layout(s fyne.Size) { r.rect.Resize(s) }

// MinSize implements fyne.WidgetRenderer.
func (r *backRenderer) MinSize() fyne.Size { return fyne.NewSize(0, 0) }

// Destroy implements fyne.WidgetRenderer.
func (r *backRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *backRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }

// Refresh takes the colours of the theme.
func (r *backRenderer) Refresh() {
	r.rect.FillColor = color.Transparent
	if r.back.fill != "" {
		r.rect.FillColor = theme.Color(r.back.fill)
	}
	r.rect.CornerRadius = r.back.radius
	r.rect.StrokeWidth = 0
	if r.back.stroke != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = theme.Color(r.back.stroke), 1
	}
	if r.back.stroke == Lake { // it has the keyboard
		r.rect.StrokeWidth = 2
	}
	r.rect.Refresh()
}

// Visible shows or hides an object.
func Visible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

// Marked puts an icon before a text.
func Marked(i Icon, c fyne.ThemeColorName, text fyne.CanvasObject) fyne.CanvasObject {
	return TopRow(Within, 1, Picture(i.In(c), 20), text)
}

// Technical is the text for whoever helps, with a button that copies it.
func Technical(text string) fyne.CanvasObject {
	var copied *Button
	copied = NewButton(lang.T("Copy"), func() {
		fyne.CurrentApp().Clipboard().SetContent(text)
		copied.SetText(lang.T("Copied"))
	})
	return On(Paper, Rule, Between, TopRow(Between, 0, Note(text), copied))
}
