package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang/langtest"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// queue is a main loop: the test driver would run everything at once, on any
// goroutine.
type queue chan func()

func (q queue) do(f func()) { q <- f }

// settleFor runs what is asked for until nothing comes for a while. A page that
// samples a run never falls silent.
func (q queue) settleFor(silence time.Duration) {
	for deadline := time.Now().Add(4 * silence); time.Now().Before(deadline); {
		select {
		case f := <-q:
			f()
		case <-time.After(silence):
			return
		}
	}
}

// rest runs what is asked for until nothing comes for a while, nothing waits,
// and nobody works on something that may come: on a busy machine that takes
// longer than any silence. It is for windows on a fake, where nobody else works.
func (q queue) rest(silence time.Duration) {
	for late := time.Now().Add(patience); time.Now().Before(late); {
		select {
		case f := <-q:
			f()
		case <-time.After(silence):
			if !busy() && len(q) == 0 {
				return
			}
		}
	}
}

// busy tells whether any goroutine but the one that asks does not wait for
// something.
func busy() bool {
	stacks := make([]byte, 64<<10)
	n := runtime.Stack(stacks, true)
	for n == len(stacks) {
		stacks = make([]byte, 2*n)
		n = runtime.Stack(stacks, true)
	}
	for i, stack := range strings.Split(string(stacks[:n]), "\n\n") {
		if i > 0 && working.MatchString(stack) && !strings.Contains(stack, "signal_recv") {
			return true
		}
	}
	return false
}

// working matches the first line about a goroutine that has something to do, or
// helps the garbage collector first.
var working = regexp.MustCompile(`^goroutine \d+[^\[]*\[(running|runnable|syscall|GC assist)`)

// patience is how long something may take that is sure to come: on a busy machine
// a first backup to a server does.
const patience = 2 * time.Minute

// until runs the main loop until a condition holds.
func (q queue) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for !holds() {
		select {
		case f := <-q:
			f()
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%s did not happen in %v", what, patience)
		}
	}
}

// desk is a window on a session of its own.
type desk struct {
	t   *testing.T
	dir string
	q   queue
	// silence is how long the backend may take to answer.
	silence time.Duration
	s       *session.Session
	u       *UI
	// asks: a passphrase that is not at hand is asked for in the window.
	asks bool
}

func newDesk(t *testing.T, variant string) *desk {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	d := &desk{t: t, dir: t.TempDir(), q: make(queue, 1000), silence: sampleEvery / 2}
	t.Setenv("HOME", d.path("home"))
	for _, name := range []string{"home/Documents/Thesis", "home/Pictures"} {
		if err := os.MkdirAll(d.path(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d.write("home/Documents/Thesis/chapter-3.odt", strings.Repeat("It was a dark night. ", 2000))
	d.write("home/Documents/notes.txt", "first")
	d.write("home/Pictures/lake.jpg", strings.Repeat("\x00\x01", 300000))
	var err error
	d.s, err = session.Open(t.Context(), session.Config{DataDir: d.path("data"), CacheDir: d.path("cache"), AskPassphrase: d.askPassphrase})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.s.SetPreference(t.Context(), "theme", variant); err != nil {
		t.Fatal(err)
	}
	app := test.NewTempApp(t)
	d.u = New(Config{App: app, Session: d.s, Context: t.Context(), Do: d.q.do})
	d.u.window.Resize(fyne.NewSize(1080, 720))
	t.Cleanup(func() {
		d.u.Wait() // what still reads keeps what it read in a folder that goes now
		if err := d.s.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) askPassphrase(ctx context.Context, url string) (string, error) {
	if !d.asks {
		return "", errors.New("nobody is asked")
	}
	return d.u.AskPassphrase(ctx, url)
}

// settle waits until the window shows what was asked for.
func (d *desk) settle() {
	if d.s == nil {
		d.q.rest(10 * time.Millisecond)
		return
	}
	d.q.settleFor(d.silence)
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(d.path(name), []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// job makes a job and runs it once for every change.
func (d *desk) job(changes ...func()) int64 {
	d.t.Helper()
	id, err := d.s.AddJob(d.t.Context(), session.NewJob{
		Folders: []string{d.path("home/Documents"), d.path("home/Pictures")},
		Choice:  session.Choice{Destination: d.path("home/Lake")}, Encrypted: true, Passphrase: "a passphrase",
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, change := range changes {
		change()
		d.backUp(id)
	}
	return id
}

// backUp makes a version, and waits until it is known what is in it, which is
// learnt after the end of the run.
func (d *desk) backUp(id int64) {
	d.t.Helper()
	if err := d.s.BackUp(id); err != nil {
		d.t.Fatal(err)
	}
	d.q.until(d.t, "the end of the backup", func() bool { return d.s.Running(id) == nil })
	d.q.until(d.t, "the version to be known", func() bool { return d.knowsNewest(id) })
	d.settle()
}

// knowsNewest tells that the newest version of a job is one that can be looked
// into.
func (d *desk) knowsNewest(id int64) bool {
	d.t.Helper()
	jobs, err := d.s.Jobs(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	i := slices.IndexFunc(jobs, func(j session.JobState) bool { return j.ID == id })
	known, err := d.s.KnownVersions(d.t.Context(), &jobs[i].Job)
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.ContainsFunc(known, func(v retention.Version) bool { return v.Time.Equal(jobs[i].LastGood) })
}

// reads tells that a text means the English one, in the language of the test.
func reads(shown, english string) bool {
	return langtest.Plain(shown) == english || spoken.reads(shown, english)
}

// tells is reads for a part of what is shown.
func tells(shown, english string) bool {
	return strings.Contains(langtest.Plain(shown), english) || spoken.tells(shown, english)
}

// tap taps the button with that text, wherever it is in the window, as soon as
// it can be pressed: what it waits for is found out beside the main loop.
func (d *desk) tap(text string) {
	d.t.Helper()
	var found *look.Button
	d.q.until(d.t, fmt.Sprintf("a chance to press the button %q", text), func() bool {
		found = d.button(text)
		return found != nil && !found.Disabled()
	})
	test.Tap(found)
	d.settle()
}

func (d *desk) button(text string) (found *look.Button) {
	each(d.u.window, func(o fyne.CanvasObject) {
		if b, ok := o.(*look.Button); ok && reads(b.Text, text) && b.Visible() {
			found = b
		}
	})
	return found
}

// each visits everything in the window, what lies over the page last.
func each(w fyne.Window, visit func(fyne.CanvasObject)) {
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if o == nil || !o.Visible() {
			return
		}
		visit(o)
		switch o := o.(type) {
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(o).Objects() {
				walk(c)
			}
		}
	}
	walk(w.Content())
	for _, o := range w.Canvas().Overlays().List() {
		walk(o)
	}
}

// await is the last thing in the window of its kind that is the wanted one, as
// soon as there is one: what it stands on is read beside the main loop.
func await[T fyne.CanvasObject](d *desk, what string, wanted func(T) bool) (found T) {
	d.t.Helper()
	d.q.until(d.t, what, func() (is bool) {
		each(d.u.window, func(o fyne.CanvasObject) {
			if x, ok := o.(T); ok && wanted(x) {
				found, is = x, true
			}
		})
		return is
	})
	return found
}

// tile taps the card with that title.
func (d *desk) tile(title string) {
	d.t.Helper()
	test.Tap(await(d, fmt.Sprintf("the card %q", title), func(x *look.Tile) bool { return reads(x.Title, title) }))
	d.settle()
}

// titled is the field of a form whose title stands above it.
func (d *desk) titled(title string) (found fyne.Focusable) {
	d.t.Helper()
	await(d, fmt.Sprintf("the field titled %q", title), func(c *fyne.Container) (is bool) {
		if len(c.Objects) < 2 {
			return false
		}
		t, ok := c.Objects[0].(*look.Text)
		control := c.Objects[1]
		if beside, several := control.(*fyne.Container); several && len(beside.Objects) > 0 {
			control = beside.Objects[0]
		}
		if ok && reads(t.String(), title) {
			found, is = control.(fyne.Focusable)
		}
		return is
	})
	return found
}

func (d *desk) combo(title string) *look.Combo { return d.titled(title).(*look.Combo) }

// says reports that a text stands in the window.
func (d *desk) says(text string) bool {
	found := false
	each(d.u.window, func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.RichText:
			found = found || tells(o.String(), text)
		case *widget.Label:
			found = found || tells(o.Text, text)
		case *look.Button:
			found = found || tells(o.Text, text)
		case *look.Lines:
			for _, l := range o.All() {
				found = found || tells(l.Text, text)
			}
		}
	})
	return found
}

func TestPages(t *testing.T) {
	for _, variant := range []string{"light", "dark"} {
		t.Run(variant, func(t *testing.T) {
			d := newDesk(t, variant)
			d.tap("Start backing up")
			d.tap("Continue")
			d.tap("Continue")
			w := d.entry("Folder for the backup")
			w.SetText(d.path("home/Lake"))
			d.q.until(t, "the look at the place", func() bool { return d.says("This folder will be made.") })
			job := d.firstBackup()
			for i := range 9 {
				d.write("home/Documents/notes.txt", strings.Repeat("more\n", i*i*40))
				d.backUp(job.ID)
			}
			d.u.Show(Overview)
			if !d.says("You are protected.") {
				t.Error("the overview does not say that all is well")
			}
			d.u.Show(Activity)
			d.u.Show(Restore)
			d.q.until(t, "the folders of the backup", func() bool { return d.says("Pictures") })
			d.u.Show(Settings)
		})
	}
}

// radio chooses one of several.
func (d *desk) radio(label string) {
	d.t.Helper()
	at := func(r *look.Radio) int {
		return slices.IndexFunc(r.Options, func(o string) bool { return reads(o, label) })
	}
	r := await(d, fmt.Sprintf("the choice %q", label), func(r *look.Radio) bool { return at(r) >= 0 })
	r.SetSelected(r.Options[at(r)])
	d.settle()
}

func (d *desk) entry(hint string) *look.Field {
	d.t.Helper()
	return await(d, fmt.Sprintf("the field %q", hint), func(e *look.Field) bool { return tells(e.PlaceHolder, hint) })
}

func TestRestoreOfAnOlderFile(t *testing.T) {
	d := newDesk(t, "light")
	d.job(func() {}, func() { d.write("home/Documents/notes.txt", "second, and longer") })
	d.u.Show(Restore)
	d.item("Documents")
	d.item("notes.txt")
	d.q.until(t, "the text of the newest version", func() bool { return d.says("second, and longer") })
	d.press(look.IconBefore)
	d.q.until(t, "the text of the older version", func() bool { return d.says("first") })
	d.tap("Restore this version…")
	d.tap("Restore now")
	d.restored()
	paths, err := filepath.Glob(d.path("home/Restored*/Documents/notes.txt"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("restored %q, %v", paths, err)
	}
	if got, err := os.ReadFile(paths[0]); string(got) != "first" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// What is ticked may come from several versions: what was deleted comes back
// as it was last seen.
func TestRestoreFromTwoVersions(t *testing.T) {
	d := newDesk(t, "light")
	d.job(func() {}, func() {
		if err := os.Remove(d.path("home/Documents/notes.txt")); err != nil {
			t.Fatal(err)
		}
		d.write("home/Pictures/lake.jpg", "a newer picture")
	})
	d.u.Show(Restore)
	d.tickItem("Pictures")
	d.item("Documents")
	d.tickItem("notes.txt")
	d.tickItem("Thesis")
	d.tap("Restore 3 items…")
	d.tap("Restore now")
	d.restored()
	for name, want := range map[string]string{"Documents/notes.txt": "first", "Pictures/lake.jpg": "a newer picture"} {
		paths, err := filepath.Glob(d.path("home/Restored*/" + name))
		if err != nil || len(paths) != 1 {
			t.Fatalf("restored %q, %v", paths, err)
		}
		if got, err := os.ReadFile(paths[0]); string(got) != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
}

// restored waits until a restore has ended. While it runs, the window says what
// stays of what came back.
func (d *desk) restored() {
	d.t.Helper()
	d.q.until(d.t, "the end of the restore", func() bool { return d.u.restore != nil && !d.u.restore.running })
	if err := d.u.restore.err; err != nil || !d.says("came back.") {
		d.t.Fatalf("the restore ended with %v, and the window says %q", err, d.all())
	}
}

// item clicks the row that bears a name, as soon as it is there.
func (d *desk) item(name string) {
	d.t.Helper()
	d.q.until(d.t, "a row "+name, func() bool { return d.row(name) != nil })
	test.Tap(d.row(name).(fyne.Tappable))
	d.settle()
}

// row finds the row of a list in which a text stands.
func (d *desk) row(name string) (found fyne.CanvasObject) {
	var row fyne.CanvasObject
	each(d.u.window, func(o fyne.CanvasObject) {
		if _, ok := o.(fyne.Tappable); ok && strings.HasSuffix(fmt.Sprintf("%T", o), "widget.listItem") {
			row = o
		}
		if t, ok := o.(*look.Text); ok && reads(t.String(), name) && row != nil && inside(row, o) {
			found = row
		}
	})
	return found
}

// inside tells that an object stands within another.
func inside(outer, inner fyne.CanvasObject) bool {
	driver := fyne.CurrentApp().Driver()
	a, b := driver.AbsolutePositionForObject(outer), driver.AbsolutePositionForObject(inner)
	return b.X >= a.X && b.Y >= a.Y && b.X < a.X+outer.Size().Width && b.Y < a.Y+outer.Size().Height
}

// tickItem clicks the box in the row of a name.
func (d *desk) tickItem(name string) {
	d.t.Helper()
	d.q.until(d.t, "a row "+name, func() bool { return d.row(name) != nil })
	row := d.row(name)
	each(d.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*look.Tick); ok && inside(row, c) {
			test.Tap(c)
		}
	})
	d.settle()
}

// press presses the button with that icon.
func (d *desk) press(icon look.Icon) {
	d.t.Helper()
	test.Tap(await(d, "a chance to press the button with that icon", func(b *look.Button) bool {
		return b.Icon == icon && b.Text == "" && !b.Disabled()
	}))
	d.settle()
}

// A wrong place is refused with a reason before anything is written.
func TestWizardRefuses(t *testing.T) {
	d := newDesk(t, "light")
	d.tap("Start backing up")
	d.tap("Continue")
	d.tap("Continue")
	for text, reason := range map[string]string{
		d.path("home/Documents/backup"): "inside a folder that is backed up",
		"relative/path":                 "the whole path",
	} {
		d.entry("Folder for the backup").SetText(text)
		d.settle()
		if !d.says(reason) {
			t.Errorf("%s: the window does not say %q", text, reason)
		}
	}
}

// What could not be read is named, and the state says so.
func TestProblemsAreShown(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root can read everything, so a folder that vanishes stands in")
	}
	d := newDesk(t, "light")
	id := d.job(func() {})
	if err := os.RemoveAll(d.path("home/Lake")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.path("home/Lake"), []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.backUp(id)
	d.u.Show(Overview)
	d.settle()
	if !d.says("Something is not protected.") || !d.says("What happened") {
		t.Error("the overview does not say that the backup failed")
	}
	jobs, err := d.s.Jobs(t.Context())
	if err != nil || jobs[0].Runs[0].Outcome != settings.Failed {
		t.Errorf("got %+v, %v", jobs, err)
	}
}
