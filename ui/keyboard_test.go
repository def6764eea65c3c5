package ui

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// place is where something stands in the window, and in what.
type place struct {
	object  fyne.CanvasObject
	at      fyne.Position
	size    fyne.Size
	list    *look.List          // whose row it is in, nil for none
	scrolls []*container.Scroll // around it
}

func (p place) String() string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", p.object), "*")
	switch o := p.object.(type) {
	case *look.Button:
		return fmt.Sprintf("%s %q", name, o.Text+o.Name)
	case *look.Field:
		return fmt.Sprintf("%s %q", name, o.PlaceHolder)
	case *look.Check:
		return fmt.Sprintf("%s %q", name, o.Text)
	case *look.Step:
		return fmt.Sprintf("%s %q", name, o.Title)
	case *look.Tile:
		return fmt.Sprintf("%s %q", name, o.Title)
	case *look.Option:
		return fmt.Sprintf("%s %q", name, o.Title)
	}
	return name
}

// top is what gets the keys: a question, or else the page.
func (s *stage) top() fyne.CanvasObject {
	if o := s.u.window.Canvas().Overlays().Top(); o != nil {
		return o
	}
	return s.u.window.Content()
}

// reacting is everything there that a pointer can use, and what has the
// keyboard. The parts of Fyne's own widgets are left out: a field is one thing.
func (s *stage) reacting() (all []place) {
	var walk func(o fyne.CanvasObject, in place)
	walk = func(o fyne.CanvasObject, in place) {
		if o == nil || !o.Visible() {
			return
		}
		in.object, in.at, in.size = o, s.u.App.Driver().AbsolutePositionForObject(o), o.Size()
		if reacts(o) {
			all = append(all, in)
		}
		switch o := o.(type) {
		case *look.List:
			in.list = o
		case *container.Scroll:
			in.scrolls = append(slices.Clone(in.scrolls), o)
			walk(o.Content, in)
			return
		case *widget.PopUpMenu:
			return
		case interface{ SelectedText() string }: // its text is its own affair
			if f, ok := o.(*look.Field); ok {
				walk(f.ActionItem, in)
			}
			return
		}
		switch o := o.(type) {
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c, in)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(o).Objects() {
				walk(c, in)
			}
		}
	}
	walk(s.top(), place{})
	return all
}

// reacts tells that a pointer can use an object of ours.
func reacts(o fyne.CanvasObject) bool {
	if d, ok := o.(fyne.Disableable); ok && d.Disabled() {
		return false
	}
	switch name := reflect.TypeOf(o).String(); {
	case strings.HasSuffix(name, ".PopUp") || strings.HasSuffix(name, ".OverlayContainer") || name == "*widget.listItem" || strings.HasPrefix(name, "*widget.scroll") || strings.HasPrefix(name, "*container.") || strings.HasPrefix(name, "*internal."):
		return false
	}
	_, tappable := o.(fyne.Tappable)
	_, draggable := o.(fyne.Draggable)
	_, mouse := o.(desktop.Mouseable)
	_, focusable := o.(fyne.Focusable)
	return tappable || draggable || mouse || focusable
}

// stops are what Tab leads to, from the first on.
func (s *stage) stops(step func()) (all []fyne.Focusable) {
	c := s.u.window.Canvas()
	c.Unfocus()
	for range 300 {
		step()
		now := c.Focused()
		if now == nil || slices.Contains(all, now) {
			return all
		}
		all = append(all, now)
	}
	s.t.Errorf("there is no end of what Tab leads to")
	return all
}

// key presses a key.
func (s *stage) key(name fyne.KeyName) {
	e := &fyne.KeyEvent{Name: name}
	if f := s.u.window.Canvas().Focused(); f != nil {
		f.TypedKey(e)
		if name == fyne.KeySpace {
			f.TypedRune(' ')
		}
	} else if typed := s.u.window.Canvas().OnTypedKey(); typed != nil {
		typed(e)
	}
	s.settle()
}

// keyed are the kinds of controls whose keys the tests of look show to work.
var keyed = map[string]bool{
	"*look.Button": true, "*look.Field": true, "*look.Check": true, "*look.Combo": true, "*look.Slider": true, "*look.Strip": true, "*look.List": true,
	"*look.Tile": true, "*look.Step": true, "*look.Option": true, "*look.Radio": true, "*look.Lines": true, "*look.Calendar": true, "*retentionform.Text": true, "*widget.PopUpMenu": true,
}

// TestKeyboard walks through every page and state with Tab alone.
func TestKeyboard(t *testing.T) {
	seen := map[string]int{}
	for _, sc := range everyScene() {
		t.Run(sc.name, func(t *testing.T) {
			s := newStage(t, "light", sc.f())
			sc.act(s)
			s.settle()
			s.u.window.Resize(fyne.NewSize(800, 600))
			s.settle()
			s.walk(seen)
			s.escapes()
		})
	}
	t.Log("controls met:", seen)
}

// walk checks what Tab leads to.
func (s *stage) walk(seen map[string]int) {
	all, c := s.reacting(), s.u.window.Canvas()
	stops := s.stops(c.FocusNext)
	back := s.stops(c.FocusPrevious)
	slices.Reverse(back)
	if !slices.Equal(stops, back) {
		s.t.Error("Shift and Tab do not lead back the way that Tab leads")
	}
	for _, p := range all {
		name := reflect.TypeOf(p.object).String()
		seen[name]++
		if p.list != nil {
			s.inRow(p)
			continue
		}
		if f, ok := p.object.(fyne.Focusable); !ok || !slices.Contains(stops, f) {
			s.t.Errorf("Tab does not lead to %v", p)
		}
		if !keyed[name] {
			s.t.Errorf("nothing shows that %v can be used with keys", p)
		}
		if l, ok := p.object.(*look.List); ok && l.OnTapped != nil && l.OnOpened == nil && l.OnMoved == nil {
			s.t.Error("a list does nothing for Enter")
		}
	}
	s.readsOn(all, stops)
	s.marks(all, stops)
}

// inRow checks a control in a row: its keys belong to the list.
func (s *stage) inRow(p place) {
	switch p.object.(type) {
	case *look.Tick:
		if p.list.OnTicked == nil {
			s.t.Error("Space does not tick the rows of a list with boxes")
		}
	default:
		s.t.Errorf("%v stands in a row of a list, where Tab would meet it in every row", p)
	}
}

// readsOn checks that Tab leads to the right or down: to the left only into a
// line below, and up only into a column at the right.
func (s *stage) readsOn(all []place, stops []fyne.Focusable) {
	at := func(f fyne.Focusable) place {
		return all[slices.IndexFunc(all, func(p place) bool { return p.object == f.(fyne.CanvasObject) })]
	}
	for i := 1; i < len(stops); i++ {
		a, b := apart(at(stops[i-1]), at(stops[i]))
		upwards := b.at.Y+b.size.Height <= a.at.Y && b.at.X < a.at.X+a.size.Width
		backwards := b.at.X+b.size.Width <= a.at.X && b.at.Y+b.size.Height <= a.at.Y+a.size.Height
		if upwards || backwards {
			s.t.Errorf("Tab leads from %v at %v to %v at %v", a, a.at, b, b.at)
		}
	}
}

// apart is where two things stand for a person who sees what scrolls as one.
func apart(a, b place) (place, place) {
	for i := range max(len(a.scrolls), len(b.scrolls)) {
		if i < min(len(a.scrolls), len(b.scrolls)) && a.scrolls[i] == b.scrolls[i] {
			continue
		}
		return a.outer(i), b.outer(i)
	}
	return a, b
}

// outer is the i-th of what scrolls around a place, if there are so many.
func (p place) outer(i int) place {
	if i < len(p.scrolls) {
		p.at, p.size = fyne.CurrentApp().Driver().AbsolutePositionForObject(p.scrolls[i]), p.scrolls[i].Size()
	}
	return p
}

// marks checks that what has the keyboard looks different, and is in sight.
func (s *stage) marks(all []place, stops []fyne.Focusable) {
	c := s.u.window.Canvas()
	c.Unfocus()
	for _, f := range stops {
		o := f.(fyne.CanvasObject)
		p := all[slices.IndexFunc(all, func(p place) bool { return p.object == o })]
		before := test.RenderObjectToMarkup(o)
		c.Focus(f)
		if _, menu := o.(*widget.PopUpMenu); !menu && test.RenderObjectToMarkup(o) == before {
			s.t.Errorf("nothing marks that %v has the keyboard", p)
		}
		at := s.u.App.Driver().AbsolutePositionForObject(o)
		for _, scroll := range p.scrolls {
			top := s.u.App.Driver().AbsolutePositionForObject(scroll).Y
			if bottom := top + scroll.Size().Height; at.Y < top || at.Y+min(o.Size().Height, scroll.Size().Height) > bottom+1 {
				s.t.Errorf("%v has the keyboard out of sight, at %v of what is from %v to %v", p, at.Y, top, bottom)
			}
		}
		if at.Y < 0 || at.Y >= 600 || at.X < 0 || at.X >= 800 {
			s.t.Errorf("%v has the keyboard outside of the window, at %v", p, at)
		}
	}
	c.Unfocus()
}

// escapes checks that a key leads out of a question, wherever in it the
// keyboard is, and that what is below does not take part.
func (s *stage) escapes() {
	c := s.u.window.Canvas()
	layers := len(c.Overlays().List())
	if layers == 0 {
		return
	}
	if stops := s.stops(c.FocusNext); len(stops) > 0 {
		c.Focus(stops[0])
	}
	s.key(fyne.KeyEscape)
	if len(c.Overlays().List()) != layers-1 {
		s.t.Error("Escape does not end the question")
	}
}

// The keyboard comes back from a question to where it was.
func TestQuestionsGiveTheKeyboardBack(t *testing.T) {
	for _, from := range []struct {
		button string
		way    func(s *stage)
	}{
		{"Pause all", func(*stage) {}},
		{"Everything ever seen", (*stage).toThesis},
		{"Keep…", func(s *stage) {
			s.toThesis()
			s.item("references.bib")
			s.preview()
		}},
	} {
		t.Run(from.button, func(t *testing.T) {
			s := newStage(t, "light", withJobs(adasJob(session.Protected))())
			from.way(s)
			c, b := s.u.window.Canvas(), s.button(from.button)
			c.Focus(b)
			s.key(fyne.KeyReturn)
			if len(c.Overlays().List()) != 1 || c.Focused() == nil || c.Focused() == fyne.Focusable(b) {
				t.Fatalf("Enter asks nothing: the keyboard is at %T", c.Focused())
			}
			s.key(fyne.KeyEscape)
			if c.Overlays().Top() != nil || c.Focused() != fyne.Focusable(b) {
				t.Errorf("after the question the keyboard is at %T", c.Focused())
			}
		})
	}
}

// A page that is drawn anew as time goes on leaves the keyboard where it is.
func TestTheOverviewKeepsTheKeyboard(t *testing.T) {
	s := newStage(t, "light", withJobs(adasJob(session.Protected), excepted())())
	c := s.u.window.Canvas()
	for i := range s.stops(c.FocusNext) {
		c.Unfocus()
		for range i + 1 {
			c.FocusNext()
		}
		was := c.Focused()
		later := now.Add(time.Duration(i+1) * time.Minute)
		s.u.Config.Now = func() time.Time { return later }
		s.u.update()
		is := c.Focused()
		if is == nil || fmt.Sprint(place{object: is.(fyne.CanvasObject)}) != fmt.Sprint(place{object: was.(fyne.CanvasObject)}) {
			t.Errorf("the keyboard was at %v, and is at %T", place{object: was.(fyne.CanvasObject)}, is)
		}
		if at := slices.Index(s.stops(c.FocusNext), is); at != i {
			t.Errorf("the keyboard went from the stop %d to %d", i, at)
		}
	}
}
