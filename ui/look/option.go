package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Option is a card that is one of several to choose from.
type Option struct {
	widget.BaseWidget
	touched
	Title    string
	OnTapped func()

	back    *Back
	mark    *Drawing
	content fyne.CanvasObject
	chosen  bool
}

// NewOption makes a card.
func NewOption(title string, tapped func()) *Option {
	o := &Option{Title: title, OnTapped: tapped, back: NewBack(Card, Rule, Within), mark: Picture(radioIcon(false), 18)}
	o.content = container.NewStack(o.back, InsetXY(Between, Within, Row(Within, 1, o.mark, Say(title))))
	o.touched = touched{widget: o, paint: o.paint}
	o.ExtendBaseWidget(o)
	return o
}

// Choose marks it as the one that is chosen.
func (o *Option) Choose(on bool) {
	if on != o.chosen {
		o.chosen = on
		o.mark.Set(radioIcon(on))
		o.paint()
	}
}

// Chosen tells whether it is the one that is chosen.
func (o *Option) Chosen() bool { return o.chosen }

// Tapped implements fyne.Tappable.
func (o *Option) Tapped(*fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Focus(o)
	}
	o.OnTapped()
}

// Cursor implements desktop.Cursorable.
func (o *Option) Cursor() desktop.Cursor { return desktop.PointerCursor }

// TypedKey implements fyne.Focusable. Enter leads on, as it does in a form.
func (o *Option) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace {
		o.OnTapped()
		return
	}
	passOn(o, e)
}

func (o *Option) paint() {
	fill, stroke := Card, Rule
	if o.hover || o.chosen {
		fill = LakeGround
	}
	if o.focused {
		stroke = Lake
	}
	o.back.Paint(fill, stroke)
}

// radioIcon is the sign for one of several.
func radioIcon(on bool) fyne.Resource {
	if on {
		return theme.NewColoredResource(theme.Icon(theme.IconNameRadioButtonChecked), Lake)
	}
	return theme.NewColoredResource(theme.Icon(theme.IconNameRadioButton), Quiet)
}

// CreateRenderer implements fyne.Widget.
func (o *Option) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(o.content) }
