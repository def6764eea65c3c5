package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Standing is how a step stands among the others.
type Standing int

const (
	// Later: something before it is to be answered first.
	Later Standing = iota
	// Here: it is being answered.
	Here
	// Done: it is answered, and cannot be any more.
	Done
	// Open: one may go there.
	Open
	// Answered: one may go there, and need not.
	Answered
)

// Step is a line in a list of steps. One that is Open or Answered leads there,
// and the others are plain words.
type Step struct {
	widget.BaseWidget
	touched
	Title    string
	OnTapped func()

	standing      Standing
	back          *Back
	mark          *Drawing
	plain, strong *Text
	content       fyne.CanvasObject
}

// stepHigh is how high a step is with letters of the usual size.
const stepHigh = 32

// NewStep makes a step, which is Later.
func NewStep(title string, tapped func()) *Step {
	s := &Step{Title: title, OnTapped: tapped, back: NewBack("", "", 6), mark: Picture(IconFine.In(Moss), 20), plain: Tag(title, Quiet), strong: StrongTag(title)}
	mark := Wide(20, container.NewStack(Gap(20), s.mark))
	s.content = container.New(backed{}, s.back, High(stepHigh, Row(Within, 1, mark, container.NewStack(s.plain, s.strong))))
	s.touched = touched{widget: s, paint: s.paint}
	s.ExtendBaseWidget(s)
	s.show()
	return s
}

// backed puts a ground behind an object, and lets it stand out at both sides, so
// that the object is in line with what has none.
type backed struct{}

// MinSize implements fyne.Layout.
func (backed) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[1].MinSize() }

// Layout implements fyne.Layout.
func (backed) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	const out = 6
	objects[0].Move(fyne.NewPos(-out, 0))
	objects[0].Resize(size.AddWidthHeight(2*out, 0))
	objects[1].Resize(size)
}

// Stand says how it stands now.
func (s *Step) Stand(as Standing) {
	if as != s.standing {
		s.standing = as
		s.show()
	}
}

// show shows how it stands.
func (s *Step) show() {
	Visible(s.mark, s.standing == Here || s.standing == Done || s.standing == Answered)
	s.mark.Set(IconFine.In(Moss))
	if s.standing == Here {
		s.mark.Set(IconHere.In(Lake))
	}
	Visible(s.strong, s.standing == Here)
	Visible(s.plain, s.standing != Here)
	s.plain.Colour(Quiet)
	if !s.Disabled() {
		s.plain.Colour(Ink)
	}
	s.paint()
}

// Enable implements fyne.Disableable.
func (s *Step) Enable() { s.Stand(Open) }

// Disable implements fyne.Disableable.
func (s *Step) Disable() { s.Stand(Later) }

// Disabled implements fyne.Disableable.
func (s *Step) Disabled() bool { return s.standing != Open && s.standing != Answered }

// Tapped implements fyne.Tappable.
func (s *Step) Tapped(*fyne.PointEvent) { s.press() }

func (s *Step) press() {
	if !s.Disabled() {
		s.OnTapped()
	}
}

// Cursor implements desktop.Cursorable.
func (s *Step) Cursor() desktop.Cursor {
	if s.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// TypedKey implements fyne.Focusable.
func (s *Step) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		s.press()
	default:
		passOn(s, e)
	}
}

func (s *Step) paint() {
	var fill, stroke fyne.ThemeColorName
	if s.hover && !s.Disabled() {
		fill = LakeGround
	}
	if s.focused {
		stroke = Lake
	}
	s.back.Paint(fill, stroke)
}

// CreateRenderer implements fyne.Widget.
func (s *Step) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.content) }
