package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// List is a list of rows of one height, of which only those in sight exist. It
// works by keyboard: the arrows go through it, Enter opens, Space ticks, and
// what it has no use for reaches the window.
type List struct {
	widget.List
	// OnTapped is called for a click on a row, OnMoved when the keyboard comes
	// to it, OnOpened for Enter, and OnTicked for Space. Each may be nil.
	OnTapped, OnMoved, OnOpened, OnTicked func(i int)
	// OnTop is called for the arrow that leads above the first row.
	OnTop func()
	// OnBack is called for the key that deletes backwards.
	OnBack func()
	// OnEscape is called for the key of that name.
	OnEscape func()
	// OnSide is called for the arrows to the sides, with -1 or 1.
	OnSide func(direction int)

	at      int
	focused bool
	pointed bool // a click came after the last key
}

// page is how many rows a key of that name goes.
const page = 10

// NewList makes a list; fill shows the i-th row in an object that create made.
func NewList(length func() int, create func() fyne.CanvasObject, fill func(i int, o fyne.CanvasObject)) *List {
	l := &List{at: -1}
	l.Length, l.CreateItem, l.UpdateItem = length, create, fill
	l.OnSelected = func(i int) {
		l.at, l.pointed = i, true
		l.UnselectAll() // a second click counts too
		call(l.OnTapped, i)
	}
	l.ExtendBaseWidget(l)
	return l
}

func call(f func(int), i int) {
	if f != nil {
		f(i)
	}
}

// At is the row that the keyboard is at, -1 for none.
func (l *List) At() int { return l.at }

// SetAt puts the keyboard at a row, and brings that into sight.
func (l *List) SetAt(i int) {
	l.at = i
	l.ScrollTo(i)
	l.Refresh()
}

// KeepAt is SetAt that scrolls nothing; -1 is for no row.
func (l *List) KeepAt(i int) {
	l.at = i
	l.Refresh()
}

// Marks tells whether the i-th row shows that the list has the keyboard: the
// row that a key is for, or the first that it would lead to.
func (l *List) Marks(i int) bool {
	return l.focused && !l.pointed && i == max(l.at, 0)
}

// FocusGained implements fyne.Focusable. Fyne's own mark is not shown: it
// stands on a row that nobody chose.
func (l *List) FocusGained() {
	l.focused = true
	l.Refresh()
	Reveal(l)
}

// FocusLost implements fyne.Focusable.
func (l *List) FocusLost() {
	l.focused, l.pointed = false, false
	l.Refresh()
}

// TypedKey implements fyne.Focusable.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	l.pointed = false
	there := l.at >= 0 && l.at < l.Length()
	switch {
	case there && (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter) && l.OnOpened != nil:
		l.OnOpened(l.at)
	case there && e.Name == fyne.KeySpace:
		call(l.OnTicked, l.at)
	case e.Name == fyne.KeyLeft && l.OnSide != nil:
		l.OnSide(-1)
	case e.Name == fyne.KeyRight && l.OnSide != nil:
		l.OnSide(1)
	case e.Name == fyne.KeyUp && l.at <= 0 && l.OnTop != nil:
		l.OnTop()
	case e.Name == fyne.KeyBackspace && l.OnBack != nil:
		l.OnBack()
	case e.Name == fyne.KeyEscape && l.OnEscape != nil:
		l.OnEscape()
	default:
		if to, ok := l.goal(e.Name); ok {
			l.moveTo(to)
			return
		}
		passOn(l, e)
	}
}

// goal is where a key leads.
func (l *List) goal(key fyne.KeyName) (to int, ok bool) {
	switch key {
	case fyne.KeyDown:
		return l.at + 1, true
	case fyne.KeyUp:
		return l.at - 1, true
	case fyne.KeyPageDown:
		return l.at + page, true
	case fyne.KeyPageUp:
		return l.at - page, true
	case fyne.KeyHome:
		return 0, true
	case fyne.KeyEnd:
		return l.Length() - 1, true
	}
	return 0, false
}

func (l *List) moveTo(i int) {
	i = max(0, min(i, l.Length()-1))
	if i == l.at || l.Length() == 0 {
		return
	}
	l.SetAt(i)
	call(l.OnMoved, i)
}
