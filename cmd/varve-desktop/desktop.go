package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
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

// launch is how the program was started.
type launch struct {
	data      string // the folder of settings
	minimized bool   // without showing the window
	token     string // of the desktop, for this start
	log       *slog.Logger
}

// desktop is the running program.
type desktop struct {
	launch
	app     fyne.App
	session *session.Session
	ui      *ui.UI
	ctx     context.Context //nolint:containedctx // of the program, for the clicks
	ended   atomic.Bool     // the main loop will run nothing any more
	beside  sync.WaitGroup  // what works beside the main loop

	// Known on the main loop alone.
	host bool // something shows the icon
	away bool // the window was put out of the way, and not asked for since
	full bool // it filled the screen then
}

// runDesktop shows the window and returns when the program shall end. Runs
// that are under way then stop, and continue with the next backup.
func runDesktop(ctx context.Context, l launch, front *requests) error {
	cache, err := settings.CacheDir()
	if err != nil {
		return fmt.Errorf("finding the folder for caches: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &desktop{launch: l, ctx: ctx, away: l.minimized}
	d.session, err = session.Open(ctx, session.Config{DataDir: l.data, CacheDir: cache, AskPassphrase: d.askPassphrase})
	if err != nil {
		d.answer(l.token, 0)
		showFailure(err)
		return err
	}
	d.log.Info("started", slog.String("version", buildVersion()))
	d.build()
	d.writeRuns()
	front.serve(func(token string) { d.do(func() { d.openFor(token) }) })
	stop, err := serveJourney(d.ui.Window(), d.do)
	if err != nil {
		return errors.Join(err, d.session.Close())
	}
	d.beside.Go(d.watchHost)
	if !l.minimized {
		d.ui.Window().Show()
	}
	d.beside.Go(func() { d.answer(l.token, 0) })
	d.app.Run()
	d.ended.Store(true)
	cancel()
	err = errors.Join(d.session.Close(), stop())
	d.ui.Wait()
	d.beside.Wait()
	d.log.Info("ended")
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
	d.ui.Window().SetCloseIntercept(d.putAway)
	quit := &fynedesktop.CustomShortcut{KeyName: fyne.KeyQ, Modifier: fyne.KeyModifierShortcutDefault}
	d.ui.Window().Canvas().AddShortcut(quit, func(fyne.Shortcut) { d.app.Quit() })
}

// writeRuns lets the log follow the backups.
func (d *desktop) writeRuns() {
	runs := &runLog{log: d.log, jobs: d.session}
	// What a run that is ended by the end of the program came to is told too.
	ctx := context.WithoutCancel(d.ctx)
	runs.look(ctx)
	d.session.Listen(func() { runs.look(ctx) })
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

// watchHost follows the panels of the desktop, which come and go.
func (d *desktop) watchHost() {
	tray.WatchHost(d.ctx, func(there bool) {
		d.log.Info("panel", slog.Bool("there", there))
		d.do(func() { d.hostChanged(there) })
	})
}

// stand is how a window stands on the screen: small is minimised, full is
// maximised, and neither visible nor small is hidden.
type stand struct{ visible, small, full bool }

// hostChanged keeps a window that is out of the way where a person finds it:
// behind the icon, or small where nothing shows the icon.
func (d *desktop) hostChanged(there bool) {
	d.host = there
	d.tellHost()
	now := standing(d.ui.Window())
	// It may be back without having been asked for here: a list of windows
	// brings it, and so does a question.
	if !d.away || now.visible {
		return
	}
	switch {
	case there && now.small:
		d.hide(now)
	case !there && !now.small:
		d.makeSmall()
	}
}

func (d *desktop) tellHost() {
	if d.host {
		d.ui.Tell("")
		return
	}
	d.ui.Tell(noTray)
}

// putAway closes the window and leaves the program running.
func (d *desktop) putAway() {
	now := standing(d.ui.Window())
	d.away, d.full = true, now.full
	d.tellHost()
	if d.host {
		d.hide(now)
		return
	}
	d.makeSmall()
}

// hide takes the window from the screen, or from the list of windows.
func (d *desktop) hide(now stand) {
	d.ui.Window().Hide()
	if id := windowID(d.ui.Window()); now.small && id != 0 {
		d.beside.Go(func() {
			if err := withdraw(d.ctx, id); err != nil {
				d.log.Warn("hiding a small window", errorAttr(err))
			}
		})
	}
}

func (d *desktop) makeSmall() {
	d.ui.Window().Show()
	minimise(d.ui.Window())
}

// open brings the window to the front, as it was.
func (d *desktop) open() {
	now := standing(d.ui.Window())
	if d.away && d.full && !now.visible && !now.small {
		maximise(d.ui.Window()) // a window manager forgets it with a hidden window
	}
	d.away = false
	d.ui.Window().Show()
	restore(d.ui.Window())
	d.ui.Window().RequestFocus()
}

// openFor is open for a later start, which the desktop gave a token.
func (d *desktop) openFor(token string) {
	d.log.Info("asked for the window by a later start")
	d.open()
	window := windowID(d.ui.Window())
	d.beside.Go(func() { d.answer(token, window) })
}

// answer lets the desktop know. One that does not listen does no harm.
func (d *desktop) answer(token string, window uint32) {
	if err := answerDesktop(d.ctx, token, window); err != nil {
		d.log.Warn("answering the desktop", errorAttr(err))
	}
}
