package restorepage

import (
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/restorepage/pasttest"
	"github.com/varve-backup/varve/ui/session"
)

var now = time.Date(2026, 11, 21, 10, 12, 0, 0, time.UTC)

// stage is a window and a backend with the page on it.
type stage struct {
	t      *testing.T
	queue  chan func()
	window fyne.Window
	page   frame.Page
	asked  fyne.CanvasObject // the question over the page, nil for none
	failed error
	f      *Finder
	work   sync.WaitGroup
	busy   atomic.Int32 // how much works now

	past     *pasttest.Past
	learning session.Learning
	learns   []bool // whether each may ask
	stopped  int
	forgot   int
	pinned   []pinAsked
	pinning  error
	read     func(ctx context.Context, v engine.Version, path string, ask bool, out io.Writer) error
	requests []Request
	switched []session.Archive
	folders
}

var lake = session.Archive{Name: "Documents and Pictures", URL: "file:///media/ada/Lake/Varve", Root: "/home/ada", Host: "lake-house", Encrypted: true}

func newStage(t *testing.T, past *pasttest.Past) *stage {
	t.Helper()
	zone.Use(time.UTC) // no clock is changed in what is told of
	t.Cleanup(func() { zone.Use(nil) })
	test.NewTempApp(t).Settings().SetTheme(&look.Theme{Variant: "light"})
	s := &stage{t: t, queue: make(chan func(), 1000), window: test.NewTempWindow(t, nil), past: past}
	s.window.Resize(fyne.NewSize(1000, 700))
	t.Cleanup(func() {
		if s.page.Leave != nil {
			s.page.Leave()
		}
		s.work.Wait()
	})
	s.f = New(Config{
		Window: s, Backend: s, Archive: lake, Archives: func() []session.Archive { return []session.Archive{lake, {Name: "Music", URL: "file:///music"}} },
		Switch: func(a session.Archive) { s.switched = append(s.switched, a) }, Other: func() {},
		Restore: func(r Request) { s.requests = append(s.requests, r) }, Browse: func(address string) { s.browsed = append(s.browsed, address) },
	})
	s.Open(s.f.Page())
	return s
}

// opened is a stage that shows the newest of Ada's past.
func opened(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, pasttest.Adas(now))
	s.until("the page", func() bool { return len(s.f.seen.rows) > 0 })
	s.idle()
	return s
}

// idle runs the main loop until nothing works any more, so that a test can
// change what the workers read.
func (s *stage) idle() {
	s.t.Helper()
	s.until("the end of all work", func() bool { return s.busy.Load() == 0 && len(s.queue) == 0 })
}

// until runs the main loop until a condition holds.
func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	late := time.After(2 * time.Minute)
	for !holds() {
		select {
		case f := <-s.queue:
			f()
		case <-time.After(5 * time.Millisecond):
		case <-late:
			s.t.Fatalf("%s did not happen", what)
		}
	}
}

// Open implements frame.Window.
func (s *stage) Open(p frame.Page) {
	if s.page.Leave != nil {
		s.page.Leave()
	}
	s.page = p
	s.window.SetContent(container.NewStack(p.Content))
	s.window.Resize(fyne.NewSize(1000, 700))
}

// Work implements frame.Window.
func (s *stage) Work(do func(ctx context.Context) error, then func(error)) context.CancelFunc {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.busy.Add(1)
	s.work.Go(func() {
		defer s.busy.Add(-1)
		err := do(ctx)
		if ctx.Err() != nil {
			return
		}
		s.queue <- func() {
			if ctx.Err() == nil {
				then(err)
			}
		}
	})
	return cancel
}

// Ask implements frame.Window.
func (s *stage) Ask(_ string, body, foot fyne.CanvasObject, keys frame.Page) func() {
	content := look.Footed(body, foot)
	s.asked = content
	s.window.Canvas().Overlays().Add(content)
	content.Resize(fyne.NewSize(500, 600))
	s.Focus(keys.First)
	return func() {
		s.asked = nil
		s.window.Canvas().Overlays().Remove(content)
	}
}

func (s *stage) Fail(err error)                            { s.failed = err }
func (s *stage) Focus(o fyne.Focusable)                    { s.window.Canvas().Focus(o) }
func (s *stage) Now() time.Time                            { return now }
func (s *stage) Past(session.Archive) session.Past         { return s.past }
func (s *stage) Learn(_ session.Archive, ask bool)         { s.learns = append(s.learns, ask) }
func (s *stage) StopLearning(session.Archive)              { s.stopped++ }
func (s *stage) Forget(string)                             { s.forgot++ }
func (s *stage) Learning(session.Archive) session.Learning { return s.learning }

// ReadFile implements Backend.
func (s *stage) ReadFile(ctx context.Context, _ session.Archive, v engine.Version, path string, ask bool, out io.Writer) error {
	if s.read != nil {
		return s.read(ctx, v, path, ask, out)
	}
	_, err := out.Write(pasttest.Content(path, v.ID))
	return err
}

// says tells that a text stands in the window.
func (s *stage) says(text string) bool {
	found := false
	s.each(func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *look.Text:
			found = found || strings.Contains(o.String(), text)
		case *look.Button:
			found = found || strings.Contains(o.Text, text)
		case *look.Lines:
			for _, l := range o.All() {
				found = found || strings.Contains(l.Sign+l.Text, text)
			}
		}
	})
	return found
}

func (s *stage) each(visit func(fyne.CanvasObject)) {
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
	walk(s.window.Content())
	if s.asked != nil {
		walk(s.asked)
	}
}

// tap presses a button.
func (s *stage) tap(text string) {
	s.t.Helper()
	var found *look.Button
	s.until("a button "+text, func() bool {
		s.each(func(o fyne.CanvasObject) {
			if b, ok := o.(*look.Button); ok && b.Text == text && !b.Disabled() {
				found = b
			}
		})
		return found != nil
	})
	test.Tap(found)
}

// key presses a key where the keyboard is.
func (s *stage) key(names ...fyne.KeyName) {
	s.t.Helper()
	for _, name := range names {
		at := s.window.Canvas().Focused()
		if at == nil {
			s.t.Fatalf("nothing has the keyboard for %s", name)
		}
		at.TypedKey(&fyne.KeyEvent{Name: name})
	}
}

// names are what is listed.
func (s *stage) names() string {
	var all []string
	for _, r := range s.f.seen.rows {
		all = append(all, nameOf(r.path))
	}
	return strings.Join(all, ", ")
}

// goTo opens a folder.
func (s *stage) goTo(folder string) {
	s.t.Helper()
	s.f.look(spot{line: s.f.seen.line, folder: folder})
	s.until("the folder "+folder, func() bool { return s.f.seen.folder == folder && s.f.detail.path == folder && s.f.detail.chosen >= 0 })
}

// choosePath chooses an item of the list.
func (s *stage) choosePath(path string) {
	s.t.Helper()
	for i, r := range s.f.seen.rows {
		if r.path == path {
			s.f.list.OnSelected(i)
			s.until("the versions of "+path, func() bool { return s.f.detail.path == path && s.f.detail.chosen >= 0 })
			return
		}
	}
	s.t.Fatalf("%s is not listed among %s", path, s.names())
}

func engineFile(path string) repository.Entry {
	return repository.Entry{Path: path, Type: repository.File, Mode: 0o644}
}
