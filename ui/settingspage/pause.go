package settingspage

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// PauseWords say that everything is paused, and until when.
func PauseWords(until, now time.Time) string {
	if !until.Before(session.ForGood()) {
		return lang.T("Paused until you go on.")
	}
	return lang.T("Paused until %s.", words.End(until, now))
}

func (p *page) pause() fyne.CanvasObject {
	g := p.newGroup(lang.T("Pause"))
	stands := look.Say("")
	now := p.Window.Now
	offers := look.Wrap(look.Within,
		look.NewButton(lang.T("Pause for 1 hour"), func() { p.pauseAll(g, now().Add(time.Hour)) }),
		look.NewButton(lang.T("Until tomorrow"), func() { p.pauseAll(g, session.Tomorrow(now())) }),
		look.NewButton(lang.T("Until I go on"), func() { p.pauseAll(g, session.ForGood()) }))
	goOn := look.Wrap(0, look.NewButton(lang.T("Go on"), func() { p.pauseAll(g, time.Time{}) }))
	show := func() {
		until := p.Backend.PausedUntil(p.Context)
		stands.Set(lang.T("Backups run when they are due."))
		if !until.IsZero() {
			stands.Set(lang.T("%s No backup starts by itself until then.", PauseWords(until, now())))
		}
		look.Visible(offers, until.IsZero())
		look.Visible(goOn, !until.IsZero())
		g.changed()
	}
	show()
	p.refresh = append(p.refresh, show)
	for _, o := range []fyne.CanvasObject{stands, offers, goOn} {
		g.rows.Add(o)
	}
	return g.box
}

func (p *page) pauseAll(g *group, until time.Time) {
	p.Window.Work(func(ctx context.Context) error { return p.Backend.PauseAll(ctx, until) }, func(err error) {
		g.fail(lang.T("The pause could not be kept."), err)
		p.follow()
	})
}
