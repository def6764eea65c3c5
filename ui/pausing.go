package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/settingspage"
)

// pausing is the button at the foot of the sidebar that pauses everything, and
// lets it go on.
type pausing struct {
	ui     *UI
	button *look.Button
	until  time.Time // zero for no pause
}

func (u *UI) newPausing() *pausing {
	p := &pausing{ui: u}
	p.button = look.Plain(lang.T("Pause all"), look.IconPaused, p.tapped)
	p.button.Name = lang.T("Pause all")
	p.button.Alignment = widget.ButtonAlignLeading
	p.button.Hide()
	return p
}

// follow shows whether there is anything to pause, and whether it is.
func (p *pausing) follow(jobs []session.JobState, narrow bool) {
	p.until = p.ui.Session.PausedUntil(p.ui.Context)
	icon := look.IconPaused
	p.button.Name = lang.T("Pause all")
	if !p.until.IsZero() {
		icon, p.button.Name = look.IconGoOn, lang.T("Go on")
	}
	p.button.Icon = icon.In(look.Quiet)
	p.setNarrow(narrow)
	look.Visible(p.button, len(jobs) > 0)
}

// setNarrow leaves the icon only.
func (p *pausing) setNarrow(narrow bool) {
	p.button.Text, p.button.Alignment = p.button.Name, widget.ButtonAlignLeading
	if narrow {
		p.button.Text, p.button.Alignment = "", widget.ButtonAlignCenter
	}
	p.button.Refresh()
}

// tapped offers how long a pause may be, or ends one.
func (p *pausing) tapped() {
	u := p.ui
	if !p.until.IsZero() {
		u.pauseAll(time.Time{})
		return
	}
	popup := widget.NewPopUpMenu(p.menu(), u.window.Canvas())
	at := u.App.Driver().AbsolutePositionForObject(p.button)
	popup.ShowAtPosition(at.SubtractXY(0, popup.MinSize().Height+4))
}

// menu is how long a pause may be.
func (p *pausing) menu() *fyne.Menu {
	u := p.ui
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.T("Pause for 1 hour"), func() { u.pauseAll(u.Now().Add(time.Hour)) }),
		fyne.NewMenuItem(lang.T("Pause until tomorrow"), func() { u.pauseAll(session.Tomorrow(u.Now())) }),
		fyne.NewMenuItem(lang.T("Pause until I go on"), func() { u.pauseAll(session.ForGood()) }))
}

// pauseAll pauses everything until a time; the zero time ends a pause.
func (u *UI) pauseAll(until time.Time) {
	u.Work(func(ctx context.Context) error { return u.Session.PauseAll(ctx, until) }, func(err error) {
		if err != nil {
			u.Fail(err)
			return
		}
		u.update()
	})
}

// pausedBox says on the overview that everything is paused; nil when it is not.
func (u *UI) pausedBox() fyne.CanvasObject {
	until := u.Session.PausedUntil(u.Context)
	if until.IsZero() {
		return nil
	}
	goOn := look.NewButton(lang.T("Go on"), func() { u.pauseAll(time.Time{}) })
	return look.On(look.AmberGround, "", look.Between, look.Marked(look.IconPaused, look.Amber, look.Row(look.InCard, 0,
		look.Stacked(4, look.Strong(settingspage.PauseWords(until, u.Now())), look.Say(lang.T("No backup starts by itself until then. What ran is halted, and goes on where it stopped."))),
		goOn)))
}
