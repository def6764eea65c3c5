package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	fynedesktop "fyne.io/fyne/v2/driver/desktop"
	"fyne.io/systray"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/cmd/varve-desktop/internal/memory"
	"github.com/varve-backup/varve/cmd/varve-desktop/internal/priority"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui"
	"github.com/varve-backup/varve/ui/autostart"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/tray"
)

// noTray is shown as long as nothing would show the icon.
func noTray() string {
	return lang.T("There is no tray here, so Varve stays in this window. Closing it makes it small, and backups go on. Ctrl+Q quits.")
}

// settle is for how long no backup starts by itself after a start: a computer
// that somebody logs in to has enough to do.
const settle = time.Minute

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
	board   *session.Board // the session as the main loop sees it
	ui      *ui.UI
	ctx     context.Context //nolint:containedctx // of the program, for the clicks
	ended   atomic.Bool     // the main loop will run nothing any more
	beside  sync.WaitGroup  // what works beside the main loop
	memory  *memory.Keeper
	shut    func() error // stops what runs, and waits for it
	leave   func(error)  // ends the process

	// Known on the main loop alone.
	host bool // something shows the icon
	away bool // the window was put out of the way, and not asked for since
	full bool // it filled the screen then
}

// runDesktop shows the window until leave, which does not return, has ended the
// process. Runs that are under way then stop, and continue with the next backup.
// It returns where nothing can be shown.
func runDesktop(ctx context.Context, l launch, front *requests, leave func(error)) error {
	cache, err := settings.CacheDir()
	if err != nil {
		return fmt.Errorf("finding the folder for caches: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &desktop{launch: l, ctx: ctx, away: l.minimized, leave: leave}
	d.session, err = session.Open(ctx, session.Config{DataDir: l.data, CacheDir: cache, AskPassphrase: d.askPassphrase, Telling: true, Cores: priority.UseCores})
	if err != nil {
		d.answer(l.token, 0)
		speakAsSystem()
		showFailure(err, leave)
		return err
	}
	d.session.Speak(ctx)
	d.log.Info("started", slog.String("version", buildVersion()))
	d.board = d.session.Board()
	d.memory = memory.Keep(ctx, func(err error) { d.log.Warn("giving memory back", errorAttr(err)) })
	d.build()
	d.writeRuns()
	machine := surroundings.Open(surroundings.Config{})
	d.session.Schedule(machine, settling(), d.log)
	front.serve(func(token string) { d.do(func() { d.openFor(token) }) })
	stop, err := serveJourney(d.ui.Window(), d.do)
	if err != nil {
		return errors.Join(err, d.session.Close(), machine.Close())
	}
	d.beside.Go(d.watchHost)
	d.followNotices()
	if !l.minimized {
		d.ui.Window().Show()
	} else {
		priority.WindowAway(true)
		d.memory.Rest()
	}
	d.beside.Go(func() { d.answer(l.token, 0) })
	d.shut = func() error {
		cancel()
		err := errors.Join(d.session.Close(), machine.Close(), stop())
		d.ui.Wait()
		d.beside.Wait()
		d.memory.Wait()
		return err
	}
	d.run()
	return nil
}

// build makes the window and the icon in the panel.
func (d *desktop) build() {
	d.app = newApp()
	d.app.SetIcon(fyne.NewStaticResource("icon.svg", assets.Icon))
	d.ui = ui.New(d.window())
	icon := tray.Show(d.app, tray.Config{
		Jobs: d.board, Context: d.ctx, Do: d.do, Beside: d.beside.Go,
		Open: d.open, BackUp: d.ui.BackUp, Quit: d.quit,
		Fail: func(err error) { d.open(); d.ui.Fail(err) },
		// Fyne shows no tooltip, but the module below it does.
		Tooltip: systray.SetTooltip, Opened: systray.TrayOpenedCh,
	})
	d.beside.Go(icon.Follow)
	d.ui.Window().SetMaster()
	d.ui.Window().SetCloseIntercept(d.closeWindow)
	quit := &fynedesktop.CustomShortcut{KeyName: fyne.KeyQ, Modifier: fyne.KeyModifierShortcutDefault}
	d.ui.Window().Canvas().AddShortcut(quit, func(fyne.Shortcut) { d.quit() })
}

// window is what the window needs.
func (d *desktop) window() ui.Config {
	c := ui.Config{Asleep: d.minimized, App: d.app, Session: d.board, Context: d.ctx, Do: d.do, Version: buildVersion(), Spoken: d.tellHost}
	if dir, err := logDir(); err == nil {
		c.Logs = dir
	}
	// Without it, the settings do not offer to start at login.
	if entry, err := autostart.Usual(appID, "Varve", "--minimized"); err == nil {
		c.Login = entry
	}
	return c
}

// writeRuns lets the log follow the backups.
func (d *desktop) writeRuns() {
	runs := &runLog{log: d.log, jobs: d.board}
	// What a run that is ended by the end of the program came to is told too.
	ctx := context.WithoutCancel(d.ctx)
	runs.look(ctx)
	d.session.Listen(func() {
		runs.look(ctx)
		d.do(func() {
			if d.away {
				d.memory.Rest()
			}
		})
	})
}

// askPassphrase exists because the session is made before the window.
func (d *desktop) askPassphrase(ctx context.Context, url string) (string, error) {
	return d.ui.AskPassphrase(ctx, url)
}

// watchHost follows the panels of the desktop, which come and go.
func (d *desktop) watchHost() {
	tray.WatchHost(d.ctx, func(there bool) {
		d.log.Info("panel", slog.Bool("there", there))
		d.do(func() { d.hostChanged(there) })
	})
}

// stand is how a window stands on the screen: small is minimised, full is
// maximised, and neither visible nor small is hidden. One that has the keyboard
// is before the person.
type stand struct{ visible, small, full, keyboard bool }

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
	d.ui.Tell(noTray())
}

// closeWindow puts the window away, and says before the first time what that
// means. Whoever closes it while it says so has understood. It ends the program
// for who chose that.
func (d *desktop) closeWindow() {
	if d.ui.QuitsWhenClosed(d.ctx) {
		d.quit()
		return
	}
	if !d.ui.ExplainClosing(d.host, d.putAway, d.quit) {
		d.putAway()
	}
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
	priority.WindowAway(true)
	d.ui.Rest()
	d.memory.Rest()
	if id := windowID(d.ui.Window()); now.small && id != 0 {
		d.beside.Go(func() {
			if err := withdraw(d.ctx, id); err != nil {
				d.log.Warn("hiding a small window", errorAttr(err))
			}
		})
	}
}

func (d *desktop) makeSmall() {
	priority.WindowAway(false)
	d.ui.Wake()
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
	priority.WindowAway(false)
	d.memory.Wake()
	d.ui.Wake()
	d.ui.Window().Show()
	restore(d.ui.Window())
	d.ui.Window().RequestFocus()
}

// openFor is open for a later start or a notice, which the desktop gave a token.
func (d *desktop) openFor(token string) {
	d.log.Info("asked for the window")
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
