package retentionform

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/look"
)

var now = time.Date(2026, 11, 21, 10, 12, 0, 0, time.Local)

// here is a window around a composer.
type here struct {
	t     *testing.T
	c     *Composer
	w     fyne.Window
	queue chan func()
}

func newHere(t *testing.T, text string, facts Facts) *here {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(&look.Theme{Variant: "light"})
	h := &here{t: t, queue: make(chan func(), 100)}
	h.c = NewComposer(h, text, facts)
	h.w = test.NewWindow(container.NewVScroll(h.c.Content()))
	t.Cleanup(h.w.Close)
	t.Cleanup(h.c.End)
	h.w.Resize(fyne.NewSize(700, 1500))
	return h
}

func (h *here) Now() time.Time { return now }

func (h *here) Work(do func(ctx context.Context) error, then func(error)) context.CancelFunc {
	ctx, cancel := context.WithCancel(h.t.Context())
	go func() {
		err := do(ctx)
		h.queue <- func() {
			if ctx.Err() == nil {
				then(err)
			}
		}
	}()
	return cancel
}

// until runs the main loop until a condition holds.
func (h *here) until(what string, holds func() bool) {
	h.t.Helper()
	late := time.After(2 * time.Minute)
	for !holds() {
		select {
		case f := <-h.queue:
			f()
		case <-late:
			h.t.Fatalf("%s did not happen", what)
		}
	}
}

// find lists what is seen of a kind.
func find[T fyne.CanvasObject](o fyne.CanvasObject) (all []T) {
	if o == nil || !o.Visible() {
		return nil
	}
	if x, ok := o.(T); ok {
		all = append(all, x)
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			all = append(all, find[T](c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			all = append(all, find[T](c)...)
		}
	}
	return all
}

func (h *here) says(text string) bool {
	for _, t := range find[*look.Text](h.c.Content()) {
		if strings.Contains(t.String(), text) {
			return true
		}
	}
	return false
}

func (h *here) chosen() (titles string) {
	for _, o := range find[*look.Option](h.c.Content()) {
		if o.Chosen() {
			titles += o.Title
		}
	}
	return titles
}

func (h *here) option(title string) {
	h.t.Helper()
	for _, o := range find[*look.Option](h.c.Content()) {
		if o.Title == title {
			test.Tap(o)
			return
		}
	}
	h.t.Fatalf("there is no choice %q", title)
}

// slider is the first one.
func (h *here) slider() *look.Slider { return find[*look.Slider](h.c.Content())[0] }

func (h *here) combo(value string) *look.Combo {
	h.t.Helper()
	for _, c := range find[*look.Combo](h.c.Content()) {
		if c.Value() == value {
			return c
		}
	}
	h.t.Fatalf("nothing says %q", value)
	return nil
}

func (h *here) button(text string) *look.Button {
	h.t.Helper()
	for _, b := range find[*look.Button](h.c.Content()) {
		if b.Text == text || b.Name == text {
			return b
		}
	}
	h.t.Fatalf("there is no button %q", text)
	return nil
}

// wants checks the text, the card and how many rows there are.
func (h *here) wants(text, title string, sliders int) {
	h.t.Helper()
	n := len(find[*look.Slider](h.c.Content()))
	if h.c.Text() != text || h.c.text.Text != text || h.chosen() != title || n != sliders {
		h.t.Errorf("the text is %q, the field holds %q, the card is %q, and there are %d sliders; want %q, %q, %d", h.c.Text(), h.c.text.Text, h.chosen(), n, text, title, sliders)
	}
}

// Whatever is edited, presets, rows and text say the same.
func TestAllStayInStep(t *testing.T) {
	h := newHere(t, "", Facts{})
	h.wants("", "Every version", 0)
	h.option("Fewer, for a year")
	h.wants(retention.SmartText, "Fewer, for a year", 3)
	h.slider().Slide(5) // 2 weeks
	h.wants("2W:1D,4W:1W,12M:1M", "Steps of my own", 3)
	if !h.says("Up to 2 weeks back, one version per day stays") {
		t.Error("the sentences do not follow")
	}
	h.slider().Slide(12) // beyond the next one
	h.wants("2W:1D,4W:1W,12M:1M", "Steps of my own", 3)
	if h.slider().Stop() != 5 {
		t.Errorf("the slider stands at %d, which is not what the text says", h.slider().Stop())
	}
	h.combo("One per week").OnChanged("One per 2 weeks")
	h.wants("2W:1D,4W:2W,12M:1M", "Steps of my own", 3)
	test.Tap(h.button("Add a step"))
	h.wants("2W:1D,4W:2W,12M:1M,2Y:3M", "Steps of my own", 4)
	test.Tap(h.button("Remove this step"))
	h.wants("4W:2W,12M:1M,2Y:3M", "Steps of my own", 3)
	h.slider().Slide(1) // a day, in which no two weeks go
	h.wants("1D:6h,12M:1M,2Y:3M", "Steps of my own", 3)

	h.c.text.SetText("keep-versions=31")
	h.wants("keep-versions=31", "A number of versions", 1)
	if !h.says("How many: 31") {
		t.Error("the row does not say the number that was typed")
	}
	h.slider().Slide(h.slider().Stop() + 1)
	h.wants("keep-versions=50", "A number of versions", 1)
	h.option("Up to an age")
	h.wants("keep-time=6M", "Up to an age", 1)
	h.slider().Slide(0)
	h.wants("keep-time=1D", "Up to an age", 1)
	h.option("By day, week, month")
	h.wants(periodsText, "By day, week, month", 6)
	h.slider().Slide(3)
	h.wants("keep-last=3,"+periodsText, "By day, week, month", 6)
	h.option("Fewer with age")
	h.wants(ThinnedText, "Fewer with age", 4)
	if adviceGiven := len(retention.Advise(h.c.Policy())); adviceGiven != 0 {
		t.Error("our own preset needs advice")
	}
	h.option("Steps of my own")
	h.wants(ThinnedText, "Steps of my own", 4)
	h.option("Every version")
	h.wants("", "Every version", 0)
}

// What is added to the rules stays in step too, and unfolds on demand.
func TestMoreOptions(t *testing.T) {
	h := newHere(t, retention.SmartText, Facts{})
	if len(find[*look.Combo](h.c.Content())) != 3 {
		t.Fatal("what few people need is not folded")
	}
	test.Tap(h.button("More options"))
	h.combo("is too early").OnChanged("may, by 10 minutes")
	h.combo("the newest stays").OnChanged("5 versions stay")
	h.wants(retention.SmartText+",at-least=5,tolerance=10m", "Steps of my own", 3)
	h.combo("in hours and days").OnChanged("by the calendar")
	h.wants(retention.SmartText+",at-least=5,tolerance=10m,slots="+time.Local.String(), "Steps of my own", 3)
	h.c.text.SetText(retention.SmartText + ",tolerance=7m")
	if h.combo("").Value() != "" {
		t.Error("what only the text can say is shown as something else")
	}
}

// The error stands at the exact character, and what was right before is shown.
func TestErrorStandsAtTheCharacter(t *testing.T) {
	h := newHere(t, retention.SmartText, Facts{})
	changes := 0
	h.c.OnChanged = func() { changes++ }
	for _, row := range []struct {
		text         string
		from, length int
		sentence     string
	}{
		{"1W:1D,4W:1w,12M:1M", 10, 1, "At character 11: there is no unit w; did you mean W?"},
		{"1W:1D,", 0, 0, ""},
		{"1W:7D", 3, 2, "At character 4: the interval must be shorter"},
		{"7", 1, 1, "At character 2: "}, // something is missing there
		{"keep-däily=7", 0, 10, "At character 1: there is no rule of this name"},
	} {
		h.c.text.SetText(row.text)
		if h.c.text.from != row.from || h.c.text.length != row.length || h.c.Right() != (row.sentence == "") || !h.says(row.sentence) {
			t.Errorf("%q is marked at %d for %d, and the sentence is %q; want %d, %d, %q", row.text, h.c.text.from, h.c.text.length, h.c.wrong.String(), row.from, row.length, row.sentence)
		}
	}
	if changes != 5 {
		t.Errorf("told of %d changes", changes)
	}
	h.c.text.SetText("1W:1D,4W:1x")
	if len(find[*look.Slider](h.c.Content())) != 1 || !h.says("The rows and the picture show what it said before.") {
		t.Error("the last right text is not shown any more")
	}
	h.option("Fewer, for a year")
	h.wants(retention.SmartText, "Fewer, for a year", 3)
	if h.c.text.length != 0 || !h.c.Right() {
		t.Error("the mark stays")
	}
}

// The mark is under the letters, also where the text is scrolled.
func TestMarkIsUnderTheLetters(t *testing.T) {
	h := newHere(t, strings.Repeat("1W:1D,", 30)+"2W:x", Facts{})
	field := h.c.text
	letter := fyne.MeasureText("0", 14, field.TextStyle).Width
	line := func() (fyne.Position, bool) {
		objects := test.WidgetRenderer(field).Objects()
		o := objects[len(objects)-1].(*canvas.Rectangle)
		return o.Position(), o.Visible()
	}
	if _, seen := line(); seen {
		t.Error("the mark is in sight, and its letter is not")
	}
	field.CursorColumn = len([]rune(field.Text))
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	at, seen := line()
	if wide := field.Size().Width; !seen || at.X < wide-6*letter || at.X > wide {
		t.Errorf("after scrolling the mark is at %v (%v)", at, seen)
	}
	h.c.text.SetText("1W:x")
	if at, seen := line(); !seen || at.X < 8+3*letter-1 || at.X > 8+3*letter+1 {
		t.Errorf("the mark is at %v (%v), want %v", at, seen, 8+3*letter)
	}
}

func days(n int) (all []retention.Version) {
	for i := range n {
		all = append(all, retention.Version{ID: fmt.Sprint(i), Time: now.AddDate(0, 0, -i).Add(-time.Minute)})
	}
	return all
}

func TestForecast(t *testing.T) {
	for _, row := range []struct {
		name, text string
		facts      Facts
		want       string
		basis      string
	}{
		{"new", "keep-versions=30", Facts{}, "Now: no version yet\nIn 1 month: 30 kept\nIn 6 months: 30 kept, 151 gone\nIn 24 months: 30 kept, 701 gone\n", "If a backup is made every day."},
		{
			"with versions", "keep-versions=30",
			Facts{Versions: days(40)},
			"Now: 30 kept, 10 gone\nIn 1 month: 30 kept, 40 gone\nIn 6 months: 30 kept, 191 gone\nIn 24 months: 30 kept, 741 gone\n", "If backups go on as until now, about one per day.",
		},
		{"weekly", "", Facts{Every: retention.Span{Weeks: 1}}, "Now: no version yet\nIn 1 month: 4 kept\nIn 6 months: 25 kept\nIn 24 months: 104 kept\n", "If backups go on as until now, about one per week."},
		{"chained for ever", "keep-versions=30", Facts{Chained: true}, "Now: no version yet\nIn 1 month: 30 kept\nIn 6 months: 181 kept\nIn 24 months: 731 kept\n", "If a backup is made every day."},
		{"chained", "keep-versions=30", Facts{Chained: true, FullEvery: 30}, "Now: no version yet\nIn 1 month: 30 kept\nIn 6 months: 31 kept, 150 gone\nIn 24 months: 41 kept, 690 gone\n", "If a backup is made every day."},
	} {
		p, err := retention.Parse(row.text)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Foresee(t.Context(), p, row.facts, now)
		if err != nil {
			t.Fatal(err)
		}
		test.NewTempApp(t)
		picture := NewTimeline()
		picture.Set(f)
		if picture.String() != row.want || f.Basis != row.basis {
			t.Errorf("%s:\n%s%s\nwant\n%s%s", row.name, picture, f.Basis, row.want, row.basis)
		}
	}
}

// A simulation that nobody waits for any more ends.
func TestForecastIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Foresee(ctx, retention.Policy{}, Facts{}, now); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestRhythm(t *testing.T) {
	for _, row := range []struct {
		gap  time.Duration
		n    int
		want string
		seen bool
	}{
		{23 * time.Hour, 10, "1D", true}, {5 * time.Minute, 10, "1h", true}, {13 * 24 * time.Hour, 10, "2W", true}, {time.Hour, 3, "1D", false},
	} {
		var f Facts
		for i := range row.n {
			f.Versions = append(f.Versions, retention.Version{Time: now.Add(-time.Duration(i) * row.gap)})
		}
		if got, seen := f.rhythm(); got.String() != row.want || seen != row.seen {
			t.Errorf("%d every %v: got %v, %v", row.n, row.gap, got, seen)
		}
	}
}

// The picture follows, and of many changes only the last is drawn.
func TestPictureFollows(t *testing.T) {
	h := newHere(t, "keep-versions=30", Facts{Versions: days(40)})
	for range 5 {
		h.slider().Slide(h.slider().Stop() - 1)
	}
	h.until("the picture", func() bool { return strings.HasPrefix(h.c.picture.String(), "Now: 5 kept, 35 gone") })
	h.c.SetFacts(Facts{Versions: days(6)})
	h.until("the picture of other versions", func() bool { return strings.HasPrefix(h.c.picture.String(), "Now: 5 kept, 1 gone") })
	// What is kept stands on the line, what is gone is hollow and below it.
	h.w.Resize(fyne.NewSize(701, 1500))
	solid, hollow := 0, 0
	for _, o := range test.WidgetRenderer(h.c.picture).Objects() {
		if r, ok := o.(*canvas.Rectangle); ok && r.StrokeWidth > 0 {
			hollow++
		} else if ok && r.Size().Width == thick {
			solid++
		}
	}
	if solid == 0 || hollow == 0 {
		t.Errorf("it draws %d layers and %d hollow marks", solid, hollow)
	}
}

func TestVersionsThatBuildOnEachOther(t *testing.T) {
	h := newHere(t, "keep-versions=3", Facts{Chained: true})
	if !h.says("none can go until everything is stored anew") {
		t.Error("it does not say that nothing can go")
	}
	h.combo("Never").OnChanged("Every 90 days")
	if h.c.FullEvery() != 90 || !h.says("Old ones go together") {
		t.Errorf("everything is stored anew after %d days", h.c.FullEvery())
	}
}

func TestSummary(t *testing.T) {
	for text, want := range map[string]string{
		"": "every version kept", ThinnedText: "versions kept for ever, fewer with age", retention.SmartText: "versions kept for 12 months, fewer with age",
		"keep-versions=1": "only the newest version kept", "keep-time=6M": "versions kept for 6 months", periodsText: "some versions of each period kept", "U:U": "versions kept for ever", "1W": "",
	} {
		if got := Summary(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
