// Package ui is the window: a sidebar and one page at a time. New makes it; it
// shows what a session knows and asks it to do things.
package ui

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/restorepage"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/settingspage"
)

// Config is what the window needs.
type Config struct {
	App     fyne.App
	Session Backend
	// Context ends with the program.
	Context context.Context //nolint:containedctx // handed over once, to the calls of clicks
	// Do runs a function on the main loop; nil means fyne.Do.
	Do func(func())
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Computer looks at disks; nil means this one's.
	Computer Computer
	// Kinds are the kinds of destinations; nil means all that there are.
	Kinds []destination.Kind
	// Login has the program start when its owner logs in; nil where it cannot.
	Login settingspage.Login
	// Version is what the build says of itself, and Logs the folder of the logs,
	// "" for none.
	Version, Logs string
	// Machine is the name of this computer; empty means the system's.
	Machine string
	// Asleep has the window hold nothing before the first Wake.
	Asleep bool
	// Spoken is called when the window speaks another language; nil is nothing.
	Spoken func()
}

// UI is the window and what it shows. Its methods are called on the main
// loop, where they do not say otherwise.
type UI struct {
	Config
	window  fyne.Window
	side    *sidebar // nil while the window rests
	told    string   // at the foot of the sidebar
	frame   *fyne.Container
	current string
	shown   frame.Page
	modals  []*modal
	leaving *modal // the question whether to leave a page, nil before the first
	working sync.WaitGroup
	reading func()              // ends what is read for a page or a question, nil for nothing
	finder  *restorepage.Finder // the backup that was opened last, nil for none
	restore *restoreView        // the restore that runs or has just ended, nil for none
	undoing *undoView           // the undo that does, nil for none
}

// The pages.
const (
	Overview = "Overview"
	Restore  = "Restore"
	Activity = "Activity"
	Settings = "Settings"
)

// New makes the window; its Show shows it.
func New(c Config) *UI {
	if c.Do == nil {
		c.Do = fyne.Do
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Computer == nil {
		c.Computer = thisComputer{}
	}
	if c.Kinds == nil {
		c.Kinds = destination.Kinds()
	}
	u := &UI{Config: c}
	u.applyTheme()
	u.sayInToolkit()
	u.window = c.App.NewWindow("Varve")
	u.window.SetPadded(false)
	u.frame = container.NewStack()
	u.window.Resize(fyne.NewSize(1080, 720))
	u.window.Canvas().SetOnTypedKey(u.typed)
	search := &desktop.CustomShortcut{KeyName: fyne.KeyF, Modifier: fyne.KeyModifierShortcutDefault}
	u.window.Canvas().AddShortcut(search, func(fyne.Shortcut) { u.find() })
	if !c.Asleep {
		u.Wake()
	}
	c.Session.Listen(func() { u.Do(u.update) })
	c.Session.Answer(session.Questions{Secret: u.AskSecret, Trust: u.AskTrust})
	return u
}

// Window is the window itself.
func (u *UI) Window() fyne.Window { return u.window }

// Show shows a page, unless the person stays at one that is not saved.
func (u *UI) Show(name string) { u.unlessUnsaved(func() { u.turnTo(name) }) }

func (u *UI) turnTo(name string) {
	u.leave() // before the page comes anew that may be shown already
	u.current = name
	switch name {
	case Restore:
		u.showRestore()
	case Activity:
		u.Open(u.activityPage())
	case Settings:
		u.openSettings("", "")
	default:
		u.Open(u.overviewPage())
	}
}

// Open shows a page in place of the one that is shown.
func (u *UI) Open(p frame.Page) {
	u.leave()
	u.endReading()
	if u.asleep() {
		u.lay()
	}
	u.shown = p
	u.frame.Objects = []fyne.CanvasObject{p.Content}
	u.frame.Refresh()
	u.side.mark(u.current)
	if len(u.modals) == 0 {
		u.window.Canvas().Unfocus()
		if p.First != nil {
			u.window.Canvas().Focus(p.First)
		}
	}
	u.update()
}

// leave tells the page that is shown that another one comes.
func (u *UI) leave() {
	if leave := u.shown.Leave; leave != nil {
		u.shown.Leave = nil
		leave()
	}
}

// Now is the time as the pages tell it.
func (u *UI) Now() time.Time { return u.Config.Now() }

// Focus gives a control the keyboard.
func (u *UI) Focus(o fyne.Focusable) { u.window.Canvas().Focus(o) }

// find is for Ctrl+F.
func (u *UI) find() {
	if len(u.modals) == 0 && u.shown.Find != nil {
		u.shown.Find()
	}
}

// typed gets the keys that no control has a use for.
func (u *UI) typed(e *fyne.KeyEvent) {
	p := u.shown
	if n := len(u.modals); n > 0 {
		p = u.modals[n-1].keys
	}
	switch {
	case e.Name == fyne.KeyEscape && p.Escape != nil:
		p.Escape()
	case (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter) && p.Enter != nil:
		p.Enter()
	}
}

// update brings what is shown up to date.
func (u *UI) update() {
	if u.asleep() {
		return
	}
	jobs, err := u.Session.Jobs(u.Context)
	if err != nil {
		u.Fail(err)
		return
	}
	u.side.follow(jobs)
	if u.shown.Refresh != nil {
		u.shown.Refresh()
	}
}

// Tell shows a lasting sentence at the foot of the sidebar, "" none.
func (u *UI) Tell(sentence string) {
	u.told = sentence
	if !u.asleep() {
		u.side.tell(sentence)
	}
}

// Work does something slow beside the main loop, and then shows its result on
// it, unless it was cancelled meanwhile.
func (u *UI) Work(do func(ctx context.Context) error, then func(error)) (cancel context.CancelFunc) {
	ctx, cancel := context.WithCancel(u.Context)
	u.working.Go(func() {
		err := do(ctx)
		if ctx.Err() != nil {
			return
		}
		u.Do(func() {
			if ctx.Err() == nil {
				then(err)
			}
		})
	})
	return cancel
}

// sampleEvery is how often a running job's numbers are shown anew.
const sampleEvery = 250 * time.Millisecond

// sample calls show on the main loop until it is stopped.
func (u *UI) sample(show func()) (stop context.CancelFunc) { return u.every(sampleEvery, show) }

// every is sample at another pace.
func (u *UI) every(pace time.Duration, show func()) (stop context.CancelFunc) {
	return u.Work(func(ctx context.Context) error {
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				u.Do(func() {
					if ctx.Err() == nil {
						show()
					}
				})
			}
		}
	}, func(error) {})
}

// Wait waits for what still works in the background. It is called after the
// main loop has ended.
func (u *UI) Wait() { u.working.Wait() }

// BackUp starts a job.
func (u *UI) BackUp(id int64) {
	u.Work(func(context.Context) error { return u.Session.BackUp(id) }, func(err error) {
		if err != nil {
			u.Fail(err)
			return
		}
		u.update()
	})
}
