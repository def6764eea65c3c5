package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	fynedesktop "fyne.io/fyne/v2/driver/desktop"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/tray"
)

// noTray is shown as long as nothing would show the icon.
const noTray = "There is no tray here, so Varve stays in this window. Closing it makes it small, and backups go on. Ctrl+Q quits."

// desktop is the running program.
type desktop struct {
	app     fyne.App
	session *session.Session
	ui      *ui.UI
	ctx     context.Context //nolint:containedctx // of the program, for the clicks
	ended   atomic.Bool     // the main loop will run nothing any more
}

// runDesktop shows the window and returns when the program shall end. Runs
// that are under way then stop, and continue with the next backup.
func runDesktop(ctx context.Context, data string, front *requests) error {
	cache, err := settings.CacheDir()
	if err != nil {
		return fmt.Errorf("finding the folder for caches: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &desktop{ctx: ctx}
	d.session, err = session.Open(ctx, session.Config{DataDir: data, CacheDir: cache, AskPassphrase: d.askPassphrase})
	if err != nil {
		showFailure(err)
		return err
	}
	d.build()
	front.serve(func() { d.do(d.open) })
	stop, err := serveJourney(d.ui.Window(), d.do)
	if err != nil {
		return errors.Join(err, d.session.Close())
	}
	d.ui.Window().Show()
	d.app.Run()
	d.ended.Store(true)
	cancel()
	err = errors.Join(d.session.Close(), stop())
	d.ui.Wait()
	return err
}

// build makes the window and the icon in the panel.
func (d *desktop) build() {
	d.app = app.NewWithID(appID)
	d.app.SetIcon(fyne.NewStaticResource("icon.svg", assets.Icon))
	d.ui = ui.New(ui.Config{App: d.app, Session: d.session, Context: d.ctx, Do: d.do})
	tray.Show(d.app, tray.Config{
		Jobs: d.session, Context: d.ctx, Do: d.do,
		Open: d.open, BackUp: d.ui.BackUp, Quit: d.app.Quit,
	})
	d.ui.Window().SetMaster()
	d.ui.Window().SetCloseIntercept(d.closeWindow)
	quit := &fynedesktop.CustomShortcut{KeyName: fyne.KeyQ, Modifier: fyne.KeyModifierShortcutDefault}
	d.ui.Window().Canvas().AddShortcut(quit, func(fyne.Shortcut) { d.app.Quit() })
	if !tray.HasHost(d.ctx) {
		d.ui.Tell(noTray)
	}
}

// askPassphrase exists because the session is made before the window.
func (d *desktop) askPassphrase(ctx context.Context, url string) (string, error) {
	return d.ui.AskPassphrase(ctx, url)
}

// do runs f on the main loop. When that has ended, the toolkit would run it at
// once on whatever goroutine asks, and nobody would see what it shows.
func (d *desktop) do(f func()) {
	if !d.ended.Load() {
		fyne.Do(f)
	}
}

// closeWindow leaves the program running, where the person finds it again.
func (d *desktop) closeWindow() {
	if tray.HasHost(d.ctx) {
		d.ui.Tell("")
		d.ui.Window().Hide()
		return
	}
	d.ui.Tell(noTray)
	minimise(d.ui.Window())
}

// open brings the window to the front.
func (d *desktop) open() {
	d.ui.Window().Show()
	restore(d.ui.Window())
	d.ui.Window().RequestFocus()
}
