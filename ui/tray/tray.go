// Package tray is the icon in the desktop's panel: its shape tells how the
// backups stand, and its menu says it in words, starts backups, and pauses them.
// Start with Show; WatchHost tells whether anything would show it.
package tray

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// Jobs is what the tray asks of a session.
type Jobs interface {
	Jobs(ctx context.Context) ([]session.JobState, error)
	Pause(job int64, paused bool)
	PauseAll(ctx context.Context, until time.Time) error
	PausedUntil(ctx context.Context) time.Time
	Listen(f func())
}

// Config is what the tray needs.
type Config struct {
	Jobs Jobs
	// Context ends with the program.
	Context context.Context //nolint:containedctx // handed over once, to the calls of clicks
	// Do runs a function on the main loop, Beside beside it.
	Do, Beside func(func())
	// Open shows the window, BackUp starts a job, Quit ends the program, Fail
	// tells what went wrong. They are called on the main loop.
	Open   func()
	BackUp func(job int64)
	Quit   func()
	Fail   func(error)
	// Tooltip says what is shown beside the pointer; nil is nowhere.
	Tooltip func(string)
	// Opened tells each time that the menu is opened; nil never does.
	Opened <-chan struct{}
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Tray is the icon and its menu. Its fields belong to the main loop.
type Tray struct {
	Config
	app    desktop.App
	shown  view
	frame  int       // of an icon that moves
	opened time.Time // when the menu was opened last
	moving chan bool
}

// view is what is shown.
type view struct {
	shape shape
	line  string // the tooltip
	menu  string // what the menu was built from, without its first line
	first string // the first line of the menu
}

// Show puts the icon into the panel, now or whenever there is one, and keeps
// it up to date as long as Follow runs. An application that has no tray gets
// none.
func Show(app fyne.App, c Config) *Tray {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Tooltip == nil {
		c.Tooltip = func(string) {}
	}
	t := &Tray{Config: c, moving: make(chan bool, 1)}
	d, ok := app.(desktop.App)
	if !ok {
		return t
	}
	t.app = d
	t.update()
	c.Jobs.Listen(func() { c.Do(t.update) })
	return t
}

// frameTime is how long a picture of an icon that moves stands.
const frameTime = time.Second

// Follow keeps what the tray says of ages up to date until the context ends, and
// moves the icon while something runs.
func (t *Tray) Follow() {
	if t.app == nil {
		return
	}
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	frames := time.NewTicker(frameTime)
	frames.Stop() // an idle program wakes up once a minute
	defer frames.Stop()
	for {
		select {
		case <-t.Context.Done():
			return
		case <-minute.C:
			t.Do(t.update)
		case <-t.Opened:
			t.Do(func() { t.opened = t.Now() })
		case moves := <-t.moving:
			frames.Stop()
			if moves {
				frames.Reset(frameTime)
			}
		case <-frames.C:
			t.Do(t.step)
		}
	}
}

// step shows the next picture of an icon that moves.
func (t *Tray) step() {
	if t.shown.shape == running {
		t.frame++
		t.app.SetSystemTrayIcon(icon(running, t.frame))
	}
}

// reading is how long a person may have a menu open.
const reading = 30 * time.Second

// update shows only what is not shown yet: a menu that is open closes when it is
// replaced, so that one which may be open does not for an age alone.
func (t *Tray) update() {
	f := facts{now: t.Now(), rest: t.Jobs.PausedUntil(t.Context)}
	f.jobs, f.err = t.Jobs.Jobs(t.Context)
	before := t.shown
	t.shown.shape, t.shown.line = f.standing()
	t.shown.menu = f.menuState()
	if first := before.first == ""; first || t.shown.shape != before.shape {
		t.show(before.shape)
	}
	open := f.now.Sub(t.opened) < reading
	if t.shown.menu != before.menu || t.shown.line != t.shown.first && !open {
		t.shown.first = t.shown.line
		t.app.SetSystemTrayMenu(t.menu(&f))
	}
	if t.shown.line != before.line {
		t.Tooltip("Varve: " + t.shown.line)
	}
}

// show shows the shape.
func (t *Tray) show(before shape) {
	t.frame = 0
	t.app.SetSystemTrayIcon(icon(t.shown.shape, 0))
	if moves := t.shown.shape == running; moves || before == running {
		select {
		case <-t.moving: // what was not heard yet is out of date
		default:
		}
		t.moving <- moves
	}
}

// icon is a picture of a shape.
func icon(s shape, frame int) fyne.Resource {
	switch s {
	case broken:
		return fyne.NewStaticResource("tray-broken.svg", assets.TrayBroken)
	case halted, resting:
		return fyne.NewStaticResource("tray-paused.svg", assets.TrayPaused)
	case late:
		return fyne.NewStaticResource("tray-late.svg", assets.TrayLate)
	case running:
		frames := [][]byte{assets.TrayRunning1, assets.TrayRunning2, assets.TrayRunning3}
		n := frame % len(frames)
		return fyne.NewStaticResource(fmt.Sprintf("tray-running-%d.svg", n+1), frames[n])
	}
	return fyne.NewStaticResource("tray-idle.svg", assets.TrayIdle)
}

// nameLength is how many letters of a name a menu shows.
const nameLength = 40

// menuState is all that the menu depends on but its first line.
func (f *facts) menuState() string {
	var s strings.Builder
	fmt.Fprint(&s, lang.Used().Tag, f.err != nil, !f.rest.IsZero())
	for _, j := range f.jobs {
		fmt.Fprintf(&s, "\x00%d %s %v %v", j.ID, j.Name, isBusy(&j), j.Health == session.Paused)
	}
	return s.String()
}

// isBusy tells that no backup of a job can be started now.
func isBusy(j *session.JobState) bool {
	return j.Health == session.Busy || j.Health == session.Paused || j.Removing
}

func (t *Tray) menu(f *facts) *fyne.Menu {
	menu := fyne.NewMenu("Varve", fyne.NewMenuItem(plain(t.shown.first), t.Open), fyne.NewMenuItemSeparator())
	for i := range f.jobs {
		menu.Items = append(menu.Items, t.actions(f, &f.jobs[i])...)
	}
	if len(f.jobs) > 0 {
		menu.Items = append(menu.Items, fyne.NewMenuItemSeparator())
		menu.Items = append(menu.Items, t.pauses(f)...)
		menu.Items = append(menu.Items, fyne.NewMenuItemSeparator())
	}
	quit := fyne.NewMenuItem(lang.T("Quit"), t.Quit)
	quit.IsQuit = true
	menu.Items = append(menu.Items, fyne.NewMenuItem(lang.T("Open Varve"), t.Open), quit)
	return menu
}

// actions are what can be done with a job as it stands.
func (t *Tray) actions(f *facts, j *session.JobState) []*fyne.MenuItem {
	name := plain(words.Middle(j.Name, nameLength))
	run := fyne.NewMenuItem(lang.T("Back up %s", name), func() { t.BackUp(j.ID) })
	run.Disabled = isBusy(j)
	if j.Health == session.Paused && f.rest.IsZero() {
		return []*fyne.MenuItem{run, fyne.NewMenuItem(lang.T("Go on with %s", name), func() { t.Jobs.Pause(j.ID, false) })}
	}
	return []*fyne.MenuItem{run}
}

// pauses are the choices of a pause, or the end of one.
func (t *Tray) pauses(f *facts) []*fyne.MenuItem {
	if !f.rest.IsZero() {
		return []*fyne.MenuItem{fyne.NewMenuItem(lang.T("Go on"), func() { t.pause(time.Time{}) })}
	}
	return []*fyne.MenuItem{
		fyne.NewMenuItem(lang.T("Pause for 1 hour"), func() { t.pause(t.Now().Add(time.Hour)) }),
		fyne.NewMenuItem(lang.T("Pause until tomorrow"), func() { t.pause(session.Tomorrow(t.Now())) }),
	}
}

// pause pauses everything until a time, the zero time ends a pause. The main
// loop does not wait until that is written down.
func (t *Tray) pause(until time.Time) {
	t.Beside(func() {
		if err := t.Jobs.PauseAll(t.Context, until); err != nil {
			t.Do(func() { t.Fail(err) })
		}
	})
}

// plain is a text that a menu shows as it is: on the bus, an underscore marks a
// letter for the keyboard.
func plain(s string) string {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return s
	}
	return strings.ReplaceAll(s, "_", "__")
}
