// Package tray is the icon in the desktop's panel: its shape tells how the
// backups stand, and its menu starts, pauses and continues them. Start with
// Show; WatchHost tells whether anything would show it.
package tray

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/ui/session"
)

// Jobs is what the tray asks of a session.
type Jobs interface {
	Jobs(ctx context.Context) ([]session.JobState, error)
	Pause(job int64, paused bool)
	Listen(f func())
}

// Config is what the tray needs.
type Config struct {
	Jobs Jobs
	// Context ends with the program.
	Context context.Context //nolint:containedctx // handed over once, to the calls of clicks
	// Do runs a function on the main loop.
	Do func(func())
	// Open shows the window, BackUp starts a job, Quit ends the program. They
	// are called on the main loop.
	Open   func()
	BackUp func(job int64)
	Quit   func()
}

// Tray is the icon and its menu.
type Tray struct {
	Config
	app   desktop.App
	shown string // what the menu and the icon were built from
}

// Show puts the icon into the panel, now or whenever there is one, and keeps
// it up to date. An application that has no tray gets none.
func Show(app fyne.App, c Config) {
	d, ok := app.(desktop.App)
	if !ok {
		return
	}
	t := &Tray{Config: c, app: d}
	t.update()
	c.Jobs.Listen(func() { c.Do(t.update) })
}

// update rebuilds only what would look different: a menu that is open closes
// when it is replaced.
func (t *Tray) update() {
	jobs, err := t.Jobs.Jobs(t.Context)
	state := describe(jobs, err)
	if state == t.shown {
		return
	}
	t.shown = state
	t.app.SetSystemTrayIcon(icon(jobs, err))
	t.app.SetSystemTrayMenu(t.menu(jobs))
}

func describe(jobs []session.JobState, err error) string {
	s := fmt.Sprint(err != nil)
	for _, j := range jobs {
		s += fmt.Sprintf("\x00%d %s %d", j.ID, j.Name, j.Health)
	}
	return s
}

// icon shows what most wants the person's eye.
func icon(jobs []session.JobState, err error) fyne.Resource {
	has := map[session.Health]bool{}
	for _, j := range jobs {
		has[j.Health] = true
	}
	switch {
	case err != nil:
		return fyne.NewStaticResource("tray-broken.svg", assets.TrayBroken)
	case has[session.Busy]:
		return fyne.NewStaticResource("tray-running.svg", assets.TrayRunning)
	case has[session.Paused]:
		return fyne.NewStaticResource("tray-paused.svg", assets.TrayPaused)
	case has[session.Unprotected]:
		return fyne.NewStaticResource("tray-broken.svg", assets.TrayBroken)
	case has[session.Late], has[session.Attention], has[session.Unfinished]:
		return fyne.NewStaticResource("tray-late.svg", assets.TrayLate)
	}
	return fyne.NewStaticResource("tray-idle.svg", assets.TrayIdle)
}

func (t *Tray) menu(jobs []session.JobState) *fyne.Menu {
	menu := fyne.NewMenu("Varve", fyne.NewMenuItem("Open Varve", t.Open))
	if len(jobs) > 0 {
		menu.Items = append(menu.Items, fyne.NewMenuItemSeparator())
	}
	for _, j := range jobs {
		// A job says its name when there are several.
		of := ""
		if len(jobs) > 1 {
			of = " " + j.Name
		}
		menu.Items = append(menu.Items, t.actions(j, of)...)
	}
	quit := fyne.NewMenuItem("Quit", t.Quit)
	quit.IsQuit = true
	menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), quit)
	return menu
}

// actions are what can be done with a job as it stands.
func (t *Tray) actions(j session.JobState, of string) []*fyne.MenuItem {
	run := "Back up" + of + " now"
	switch j.Health {
	case session.Busy:
		running := fyne.NewMenuItem(run, nil)
		running.Disabled = true
		return []*fyne.MenuItem{running, fyne.NewMenuItem("Pause"+of, func() { t.Jobs.Pause(j.ID, true) })}
	case session.Paused:
		return []*fyne.MenuItem{fyne.NewMenuItem("Continue"+of, func() { t.Jobs.Pause(j.ID, false) })}
	}
	return []*fyne.MenuItem{fyne.NewMenuItem(run, func() { t.BackUp(j.ID) })}
}
