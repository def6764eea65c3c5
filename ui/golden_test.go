package ui

import (
	"cmp"
	"fmt"
	"image/color"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/test"
)

const (
	golden = "testdata/golden"
	// goldenAccept is the variable that keeps what is drawn as what is wanted.
	goldenAccept = "VARVE_GOLDEN"
	// goldenPart is the variable that makes a process one that looks at some of
	// the scenes.
	goldenPart = "VARVE_TEST_GOLDEN"
	// goldenParts is how many such processes there are: the toolkit keeps all that
	// it ever showed.
	goldenParts = 8
	// mostDiffering is how many differing lines are told of a scene.
	mostDiffering = 10
)

// TestGolden holds every page and state to what was accepted of it: what is
// seen where, light and dark, at 100 % and 200 %, in English, and with VARVE_SOAK in German
// too. It looks in processes that know nothing of the person who runs it.
func TestGolden(t *testing.T) {
	if part, is := os.LookupEnv(goldenPart); is {
		for i, sc := range everyScene() {
			if strconv.Itoa(i%goldenParts) == part {
				t.Run(sc.name, func(t *testing.T) { holdToGolden(t, sc.name, drawn(t, sc)) })
			}
		}
		return
	}
	goldenOfScenes(t)
	for part := range goldenParts {
		t.Run(strconv.Itoa(part), func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestGolden$")
			child.Env = append(os.Environ(), goldenPart+"="+strconv.Itoa(part), "TZ=Etc/GMT-2", "LANGUAGE=", "LC_ALL=", "LANG=C")
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s\nto accept what is drawn now: %s=1 go test -tags gles ./ui -run TestGolden", err, out, goldenAccept)
			}
		})
	}
}

// goldenOfScenes checks that no file is left of a scene that is gone.
func goldenOfScenes(t *testing.T) {
	t.Helper()
	kept, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range kept {
		if !slices.ContainsFunc(everyScene(), func(sc scene) bool { return sc.name+".txt" == f.Name() }) {
			t.Errorf("%s is of no scene", f.Name())
		}
	}
}

// holdToGolden compares a scene with its file, or writes it.
func holdToGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join(golden, name+".txt")
	if os.Getenv(goldenAccept) != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if differing := differ(string(want), got); len(differing) > 0 {
		t.Errorf("%s differs:\n%s", file, strings.Join(differing, "\n"))
	}
}

// differ lists the first lines in which two texts differ, section by section,
// in the languages that were looked at.
func differ(want, got string) (lines []string) {
	a, b := sections(want), sections(got)
	maps.DeleteFunc(a, func(title string, _ []string) bool {
		return !slices.ContainsFunc(goldenLanguages(), func(tag string) bool { return strings.HasPrefix(title, tag+" ") })
	})
	titles := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(titles)
	for _, title := range slices.Compact(titles) {
		for _, l := range onlyIn(a[title], b[title]) {
			lines = append(lines, title+": - "+l)
		}
		for _, l := range onlyIn(b[title], a[title]) {
			lines = append(lines, title+": + "+l)
		}
	}
	if len(lines) == 0 && !maps.EqualFunc(a, b, slices.Equal) {
		lines = []string{"the same lines in another order"}
	}
	return lines[:min(len(lines), mostDiffering)]
}

func sections(text string) map[string][]string {
	all, title := map[string][]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if t, is := strings.CutPrefix(line, "== "); is {
			title = t
		}
		all[title] = append(all[title], line)
	}
	return all
}

// onlyIn are lines that a has more often than b.
func onlyIn(a, b []string) (lines []string) {
	count := map[string]int{}
	for _, l := range b {
		count[l]++
	}
	for _, l := range a {
		if count[l]--; count[l] < 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

// drawn describes a scene in its eight looks. A dark one, which stands where the
// light one does, is told by its colours.
func drawn(t *testing.T, sc scene) string {
	t.Helper()
	var b strings.Builder
	for _, tag := range goldenLanguages() {
		if tag == "en" && strings.HasSuffix(sc.name, "-german") {
			continue // it chooses its language itself
		}
		t.Run(tag, func(t *testing.T) {
			speak(t, tag)
			s := newStage(t, "light", sc.f())
			sc.act(s)
			s.settle()
			for _, letters := range []float32{1, 2} {
				s.dress("light", letters)
				title, light := fmt.Sprintf("%s %v %%", tag, 100*letters), s.seen()
				s.dress("dark", letters)
				fmt.Fprintf(&b, "== %s light\n%s== %s dark\n%s", title, written(light), title, darkened(light, s.seen()))
			}
		})
	}
	return b.String()
}

// goldenLanguages are those that are looked at: German, which every text has by
// other tests, takes a minute more and belongs to make soak.
func goldenLanguages() []string {
	if os.Getenv(goldenAccept) != "" || os.Getenv("VARVE_SOAK") != "" {
		return []string{"en", "de"}
	}
	return []string{"en"}
}

// seen lists what the window shows.
func (s *stage) seen() []thing {
	e := &eye{}
	c := s.u.window.Canvas()
	all := sight{max: fyne.NewPos(c.Size().Width, c.Size().Height)}
	inner, _ := c.InteractiveArea()
	e.walk(c.Content(), inner.Add(c.Content().Position()), all)
	for _, o := range c.Overlays().List() {
		e.walk(o, o.Position(), all)
	}
	return e.things
}

// thing is something that is drawn: what and where, and its colours.
type thing struct{ what, colour string }

func written(things []thing) string {
	var b strings.Builder
	for _, t := range things {
		fmt.Fprintln(&b, strings.TrimSpace(t.what+" "+t.colour))
	}
	return b.String()
}

// darkened tells a dark look by what became of each colour of the light one. A
// thing that goes its own way, or stands elsewhere, is told by itself.
func darkened(light, dark []thing) string {
	if !slices.EqualFunc(light, dark, func(a, b thing) bool { return a.what == b.what }) {
		return written(dark)
	}
	became := map[string]string{}
	var own []thing
	for i, l := range light {
		d := dark[i]
		if b, known := became[l.colour]; !known {
			became[l.colour] = d.colour
		} else if b != d.colour {
			own = append(own, d)
		}
	}
	var b strings.Builder
	for _, colour := range slices.Sorted(maps.Keys(became)) {
		if colour != "" {
			fmt.Fprintf(&b, "%s is %s\n", colour, became[colour])
		}
	}
	return b.String() + written(own)
}

// sight is what can be seen of something that scrolls.
type sight struct{ min, max fyne.Position }

// eye collects what is drawn, in the order in which it is.
type eye struct{ things []thing }

// walk lists o, which stands at pos, as far as it is inside in.
func (e *eye) walk(o fyne.CanvasObject, pos fyne.Position, in sight) {
	if o == nil || !o.Visible() {
		return
	}
	size := o.Size()
	if _, scrolls := o.(*container.Scroll); scrolls { // nothing else hides what is beyond it
		in.min = fyne.NewPos(max(in.min.X, pos.X), max(in.min.Y, pos.Y))
		in.max = fyne.NewPos(min(in.max.X, pos.X+size.Width), min(in.max.Y, pos.Y+size.Height))
	}
	var inside []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		inside = o.Objects
	case fyne.Widget:
		inside = test.WidgetRenderer(o).Objects()
	case *layout.Spacer:
	default:
		if pos.X < in.max.X && pos.Y < in.max.Y && pos.X+size.Width > in.min.X && pos.Y+size.Height > in.min.Y {
			e.note(o, fmt.Sprintf("%d,%d %dx%d", rounded(pos.X), rounded(pos.Y), rounded(size.Width), rounded(size.Height)))
		}
	}
	for _, child := range inside {
		e.walk(child, pos.Add(child.Position()), in)
	}
}

// rounded rounds so that halves, which computers calculate a little differently,
// go up on each.
func rounded(f float32) int { return int(math.Floor(float64(f) + 0.51)) }

// note describes o unless nothing is seen of it.
func (e *eye) note(o fyne.CanvasObject, place string) {
	switch o := o.(type) {
	case *canvas.Text:
		if o.Text != "" {
			e.add(fmt.Sprintf("text %s %g%s %q", place, o.TextSize, styled(o.TextStyle), o.Text), o.Color)
		}
	case *canvas.Rectangle:
		e.add("box "+place, o.FillColor, o.StrokeColor)
	case *canvas.Circle:
		e.add("dot "+place, o.FillColor, o.StrokeColor)
	case *canvas.Line:
		e.add("line "+place, o.StrokeColor)
	case *canvas.Image:
		if o.Resource == nil {
			e.things = append(e.things, thing{"picture " + place, ""})
			return
		}
		e.things = append(e.things, thing{"icon " + place, o.Resource.Name()})
	default:
		e.things = append(e.things, thing{fmt.Sprintf("%T %s", o, place), ""})
	}
}

// add leaves out what has no colour.
func (e *eye) add(what string, colours ...color.Color) {
	var said []string
	for _, c := range colours {
		said = append(said, colourOf(c))
	}
	if colour := strings.TrimSpace(strings.Join(said, " ")); colour != "" {
		e.things = append(e.things, thing{what, colour})
	}
}

// colourOf is "" for what is not seen.
func colourOf(c color.Color) string {
	if c == nil {
		return ""
	}
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	switch n.A {
	case 0:
		return ""
	case 0xff:
		return fmt.Sprintf("#%02x%02x%02x", n.R, n.G, n.B)
	}
	return fmt.Sprintf("#%02x%02x%02x%02x", n.R, n.G, n.B, n.A)
}

func styled(s fyne.TextStyle) string {
	return cmp.Or(map[fyne.TextStyle]string{{Bold: true}: "b", {Monospace: true}: "m", {Italic: true}: "i"}[s], "")
}
