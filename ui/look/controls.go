package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Button is a button that Enter presses too. Keys that it does not use reach
// the window.
type Button struct {
	widget.Button
	pressing
	// Name says what a button without a text does.
	Name string

	focused bool
}

// NewButton makes a button.
func NewButton(text string, tapped func()) *Button {
	b := &Button{}
	b.Text, b.OnTapped = text, tapped
	b.ExtendBaseWidget(b)
	return b
}

// Primary makes a button the one that leads on.
func Primary(text string, tapped func()) *Button {
	b := NewButton(text, tapped)
	b.Importance = widget.HighImportance
	return b
}

// Danger makes a button that takes something away.
func Danger(text string, tapped func()) *Button {
	b := NewButton(text, tapped)
	b.Importance = widget.DangerImportance
	return b
}

// Plain makes a button without a ground.
func Plain(text string, i fyne.Resource, tapped func()) *Button {
	b := WithIcon(text, i, tapped)
	b.Importance = widget.LowImportance
	return b
}

// WithIcon makes a button with an icon.
func WithIcon(text string, i fyne.Resource, tapped func()) *Button {
	b := NewButton(text, tapped)
	b.Icon = i
	return b
}

// Dropping makes a button that offers a choice, and names what is chosen.
func Dropping(text string, tapped func()) *Button {
	b := WithIcon(text, IconDown.In(Quiet), tapped)
	b.IconPlacement = widget.ButtonIconTrailingText
	return b
}

// Enabled allows pressing.
func (b *Button) Enabled(on bool) {
	if on == b.Disabled() {
		if on {
			b.Enable()
		} else {
			b.Disable()
		}
	}
}

// MouseOut implements desktop.Hoverable.
func (b *Button) MouseOut() {
	b.Button.MouseOut()
	b.pressing.end()
}

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() {
	b.focused = true
	b.Button.FocusGained()
	Reveal(b)
}

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() {
	b.focused = false
	b.Button.FocusLost()
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	return newRinged(b.Button.CreateRenderer(), &b.focused, ringRoom)
}

// Tapped implements fyne.Tappable. Nothing ripples, as nothing does for a key: it
// would draw the whole window twenty times, just when another page is to come.
func (b *Button) Tapped(*fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil {
		c.Focus(nil)
	}
	if !b.Disabled() && b.OnTapped != nil {
		b.OnTapped()
	}
}

// TypedKey implements fyne.Focusable. A key, unlike a click, leaves the keyboard
// where it is: it comes back there from a question.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	switch {
	case (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter || e.Name == fyne.KeySpace) && !b.Disabled():
		if b.OnTapped != nil {
			b.OnTapped()
		}
	default:
		passOn(b, e)
	}
}

// Field is a line to type into. Escape, and Enter when nobody wants it, reach
// the window.
type Field struct {
	widget.Entry
	// OnKey is asked first; it reports whether the key was for it.
	OnKey func(e *fyne.KeyEvent) bool

	focused bool
}

// NewField makes a field; hint says what belongs there.
func NewField(hint string) *Field {
	f := &Field{}
	f.PlaceHolder = hint
	f.Wrapping = fyne.TextWrapOff
	f.Scroll = fyne.ScrollHorizontalOnly
	f.ExtendBaseWidget(f)
	return f
}

// hintWidth is how wide it must be for its whole hint.
func (f *Field) hintWidth() float32 {
	around := 2 * theme.Size(theme.SizeNameInnerPadding)
	if f.Icon != nil {
		around += theme.Size(theme.SizeNameInlineIcon) + theme.Size(theme.SizeNamePadding)
	}
	return max(leastField*Letters(), fyne.MeasureText(f.PlaceHolder, theme.Size(Body), f.TextStyle).Width+around)
}

// leastField is how wide a field is for what is typed, for letters of the usual
// size.
const leastField = 240

// FocusGained implements fyne.Focusable.
func (f *Field) FocusGained() {
	f.focused = true
	f.Entry.FocusGained()
	Reveal(f)
}

// FocusLost implements fyne.Focusable.
func (f *Field) FocusLost() {
	f.focused = false
	f.Entry.FocusLost()
}

// CreateRenderer implements fyne.Widget.
func (f *Field) CreateRenderer() fyne.WidgetRenderer {
	return newRinged(f.Entry.CreateRenderer(), &f.focused, 0)
}

// TypedKey implements fyne.Focusable.
func (f *Field) TypedKey(e *fyne.KeyEvent) {
	if f.OnKey != nil && f.OnKey(e) {
		return
	}
	enter := e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter
	if e.Name == fyne.KeyEscape || enter && f.OnSubmitted == nil {
		passOn(f, e)
		return
	}
	f.Entry.TypedKey(e)
}

// Check is a box to tick. Enter and Escape reach the window.
type Check struct {
	widget.Check
	focused bool
}

// NewCheck makes a box.
func NewCheck(text string, changed func(bool)) *Check {
	c := &Check{}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() {
	c.focused = true
	c.Check.FocusGained()
	Reveal(c)
}

// FocusLost implements fyne.Focusable.
func (c *Check) FocusLost() {
	c.focused = false
	c.Check.FocusLost()
}

// CreateRenderer implements fyne.Widget.
func (c *Check) CreateRenderer() fyne.WidgetRenderer {
	return newRinged(c.Check.CreateRenderer(), &c.focused, -1)
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(e *fyne.KeyEvent) {
	if e.Name != fyne.KeySpace {
		passOn(c, e)
	}
}

// passOn gives the window a key that a control has no use for.
func passOn(o fyne.CanvasObject, e *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}
