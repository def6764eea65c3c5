package ui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// All that a page says can be read, in a small window and with letters of twice
// the size: nothing is cut, lies over something else or stands where no scrolling
// leads.
func TestNothingIsCut(t *testing.T) {
	for _, tag := range []string{"en", "de"} {
		t.Run(tag, func(t *testing.T) { nothingIsCut(t, tag) })
	}
}

func nothingIsCut(t *testing.T, tag string) {
	for _, sc := range everyScene() {
		if strings.HasSuffix(sc.name, "-german") {
			continue // it chooses its language itself
		}
		t.Run(sc.name, func(t *testing.T) {
			speak(t, tag)
			s := newStage(t, "light", sc.f())
			sc.act(s)
			s.settle()
			for _, letters := range []float32{1, 2} {
				s.u.App.Settings().SetTheme(&look.Theme{Variant: "light", Letters: letters})
				for _, width := range []float32{1081, 1080, 801, 800} { // by a point, for what only now knows its height
					s.u.window.Resize(fyne.NewSize(width, 600))
				}
				for _, fault := range s.faults() {
					t.Errorf("%v %%: %s", 100*letters, fault)
				}
			}
		})
	}
}

// Each kind of fault is found.
func TestFaultsAreFound(t *testing.T) {
	s := newStage(t, "light", nothing())
	for want, o := range map[string]fyne.CanvasObject{
		`is cut to "A`:       look.Line("A sentence that is too long", look.Ink),
		`the hint "A long`:   look.NewField("A long hint"),
		`is at`:              container.NewWithoutLayout(look.Tag("beyond", look.Ink)),
		`*look.Button`:       look.NewButton("Higher than its room", nil),
		`lies over "below"`:  container.NewStack(look.Tag("below", look.Ink), look.Tag("above", look.Ink)),
		`of what scrolls is`: container.NewVScroll(look.Say("one\ntwo\nthree")),
	} {
		place := container.NewWithoutLayout(o)
		s.u.window.SetContent(place)
		o.Resize(fyne.NewSize(60, 20))
		if c, ok := o.(*fyne.Container); ok && c.Layout == nil {
			c.Objects[0].Move(fyne.NewPos(-20, 0))
			c.Objects[0].Resize(c.Objects[0].MinSize())
		}
		if found := strings.Join(s.faults(), "\n"); !strings.Contains(found, want) {
			t.Errorf("found %q, want %q", found, want)
		}
	}
}

// faults lists what a person cannot read of what the window shows, even by
// scrolling.
func (s *stage) faults() []string {
	g := &gaze{}
	c := s.u.window.Canvas()
	all := box{0, 0, c.Size().Width, c.Size().Height}
	for _, o := range append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...) {
		g.lines = nil
		g.walk(o, o.Position(), view{reach: all, seen: all})
		g.overlaps()
	}
	return g.faults
}

// box is the left, top, right and bottom of a part of the window.
type box struct{ x1, y1, x2, y2 float32 }

func boxOf(pos fyne.Position, size fyne.Size) box {
	return box{pos.X, pos.Y, pos.X + size.Width, pos.Y + size.Height}
}

// slack is how much of a letter's room may be missing: no letter fills it.
const slack = 2

func (b box) within(o box) bool {
	return b.x1 >= o.x1-slack && b.y1 >= o.y1-slack && b.x2 <= o.x2+slack && b.y2 <= o.y2+slack
}

func (b box) and(o box) box {
	return box{max(b.x1, o.x1), max(b.y1, o.y1), min(b.x2, o.x2), min(b.y2, o.y2)}
}

func (b box) overlaps(o box) bool {
	both := b.and(o)
	return both.x2-both.x1 > slack && both.y2-both.y1 > slack
}

// view is where something can be seen: after scrolling, and now.
type view struct{ reach, seen box }

// line is a line of text, and where it is seen.
type line struct {
	text string
	at   box
}

// gaze goes through what a layer of the window shows.
type gaze struct {
	lines  []line
	faults []string
}

func (g *gaze) fault(format string, args ...any) {
	g.faults = append(g.faults, fmt.Sprintf(format, args...))
}

// walk looks at o, which stands at pos, and at what is inside.
func (g *gaze) walk(o fyne.CanvasObject, pos fyne.Position, in view) {
	if o == nil || !o.Visible() {
		return
	}
	switch o := o.(type) {
	case *container.Scroll:
		g.scroll(o, pos, in)
		return
	case *canvas.Text:
		g.text(o, pos, in)
	case *look.Field:
		g.hint(o)
	case *widget.RichText:
		g.whole(o)
	}
	if w, ok := o.(fyne.Widget); ok {
		least, size := w.MinSize(), w.Size()
		if size.Width < least.Width-1 || size.Height < least.Height-1 {
			g.fault("%T %q has %v of %v", o, strings.Join(said(o), " "), size, least)
		}
	}
	for _, part := range partsOf(o) {
		g.walk(part, pos.Add(part.Position()), in)
	}
}

// partsOf is what an object is made of.
func partsOf(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case fyne.Widget:
		return test.WidgetRenderer(o).Objects()
	}
	return nil
}

// said are the lines of text in an object.
func said(o fyne.CanvasObject) (lines []string) {
	if t, ok := o.(*canvas.Text); ok && t.Text != "" {
		lines = append(lines, t.Text)
	}
	for _, part := range partsOf(o) {
		if part.Visible() {
			lines = append(lines, said(part)...)
		}
	}
	return lines
}

func (g *gaze) scroll(o *container.Scroll, pos fyne.Position, in view) {
	seen, at := boxOf(pos, o.Size()), pos.Add(o.Content.Position())
	if !seen.within(in.reach) {
		g.fault("what scrolls is at %v outside of %v: %q", seen, in.reach, said(o.Content))
	}
	if high := o.Size().Height; o.Direction != container.ScrollHorizontalOnly && high < min(2*theme.Size(look.Body), o.Content.MinSize().Height) {
		g.fault("only %v of what scrolls is seen: %q", high, said(o.Content))
	}
	reach, content := seen, boxOf(at, o.Content.Size())
	if o.Direction != container.ScrollHorizontalOnly {
		reach.y1, reach.y2 = content.y1, content.y2
	}
	if o.Direction != container.ScrollVerticalOnly {
		reach.x1, reach.x2 = content.x1, content.x2
	}
	g.walk(o.Content, at, view{reach, seen.and(in.seen)})
}

func (g *gaze) text(t *canvas.Text, pos fyne.Position, in view) {
	if strings.TrimSpace(t.Text) == "" {
		return
	}
	spare := t.Size().Width - t.MinSize().Width
	switch t.Alignment {
	case fyne.TextAlignCenter:
		pos.X += spare / 2
	case fyne.TextAlignTrailing:
		pos.X += spare
	}
	at := boxOf(pos, t.MinSize())
	if !at.within(in.reach) {
		g.fault("%q is at %v outside of %v", t.Text, at, in.reach)
	}
	g.lines = append(g.lines, line{t.Text, at.and(in.seen)})
}

// overlaps finds lines that lie over each other.
func (g *gaze) overlaps() {
	for i, a := range g.lines {
		for _, b := range g.lines[:i] {
			if a.at.overlaps(b.at) {
				g.fault("%q at %v lies over %q at %v", a.text, a.at, b.text, b.at)
			}
		}
	}
}

// hint finds a hint that is longer than its field.
func (g *gaze) hint(f *look.Field) {
	if f.Text != "" {
		return
	}
	room := f.Size().Width - 2*theme.Size(theme.SizeNameInnerPadding)
	if need := fyne.MeasureText(f.PlaceHolder, theme.Size(look.Body), f.TextStyle).Width; need > room+slack {
		g.fault("the hint %q has %v of %v", f.PlaceHolder, room, need)
	}
}

// whole finds a sentence that is cut with "…".
func (g *gaze) whole(r *widget.RichText) {
	if shown := strings.Join(said(r), ""); r.Truncation != fyne.TextTruncateOff && shown != r.String() && !isName(r.String()) {
		g.fault("%q is cut to %q", r.String(), shown)
	}
}

// named tells paths, names of files and addresses, which may be cut, as what
// stands for one may.
var named = regexp.MustCompile(`\S[/\\]\S|\.\w{2,4}$`)

func isName(s string) bool {
	return !strings.Contains(s, " ") || named.MatchString(s) || s == lang.T("Home") || strings.HasPrefix(s, lang.T("in %s", ""))
}
