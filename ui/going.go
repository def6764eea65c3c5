package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/retentionform"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// confirmChange shows what a change removes; then is told whether that is to be
// done now.
func (u *UI) confirmChange(j *settings.Job, text string, r session.Removal, then func(now bool)) {
	var g *goingView
	back := look.NewButton(lang.T("Back"), func() { g.close() })
	only := look.NewButton(lang.T("Save only"), func() { g.close(); then(false) })
	remove := look.Danger(lang.N(len(r.Going), "Save and delete %s version", "Save and delete %s versions", number(r.Going)), func() { g.close(); then(true) })
	g = u.newGoing(j, text, r, deletes(r.Going), lang.T("With Save only, nothing goes yet: Varve asks after the next backup."))
	g.show(back, back, only, remove)
}

// confirmHeld shows what waits for an answer.
func (u *UI) confirmHeld(j settings.Job, r session.Removal) {
	if len(r.Going) == 0 {
		u.nothingGoes(j)
		return
	}
	var g *goingView
	later := look.NewButton(lang.T("Not now"), func() { g.close() })
	change := look.NewButton(lang.T("Change what is kept"), func() { g.close(); u.openKeeping(j) })
	remove := look.Danger(lang.N(len(r.Going), "Delete %s version", "Delete %s versions", number(r.Going)), func() { g.close(); u.removeVersions(j.ID, r.Going) })
	g = u.newGoing(&j, j.Retention, r, deletes(r.Going), lang.T("Until you answer, every version stays."))
	g.show(later, later, change, remove)
}

// nothingGoes ends a question that has become empty.
func (u *UI) nothingGoes(j settings.Job) {
	var m *modal
	done := look.Primary(lang.T("Close"), func() {
		m.hide()
		u.removeVersions(j.ID, nil)
	})
	m = u.newModal(lang.T("No version would go"), look.Say(lang.T("What is kept covers every version that is there. From now on, old versions are removed after each backup as you chose.")), done)
	m.keys = frame.Page{Enter: done.OnTapped, Escape: func() { m.hide() }, First: done}
	m.show()
}

func number(going []session.Going) string { return words.Number(int64(len(going))) }

// deletes asks whether versions are to go.
func deletes(going []session.Going) string {
	return lang.N(len(going), "Delete %s version?", "Delete %s versions?", number(going))
}

// goingView is the list of what goes, before it does.
type goingView struct {
	ui    *UI
	modal *modal
	body  fyne.CanvasObject
	room  *look.Text
	stop  context.CancelFunc
}

func (u *UI) newGoing(j *settings.Job, text string, r session.Removal, title, hint string) *goingView {
	g := &goingView{ui: u, room: look.Say(lang.T("Counting how much room that gives back…"))}
	head := look.Stacked(4, look.Subheading(title),
		look.Say(lang.N(r.Kept, "Of %s to %s, %s version stays. What is deleted cannot be brought back.",
			"Of %s to %s, %s versions stay. What is deleted cannot be brought back.", j.Name, places.Name(session.Path(j.Destination)), words.Number(int64(r.Kept)))), g.room)
	rows := look.Stacked(look.InCard, head)
	var against []string
	for _, sentence := range r.Against {
		against = append(against, retell.Text(sentence))
	}
	if len(against) > 0 {
		rows.Add(look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber, look.Say(strings.Join(against, " ")))))
	}
	if r.Bound > 0 {
		rows.Add(look.Hint(lang.N(r.Bound, "%s more is no longer wanted, but versions that stay are built on it.",
			"%s more are no longer wanted, but versions that stay are built on them.", words.Number(int64(r.Bound)))))
	}
	rows.Add(look.On(look.Paper, look.Rule, look.Between, retentionform.List(goneOf(r.Going), u.Now())))
	if len(r.Pinned) > 0 {
		rows.Add(look.Stacked(look.Within, look.Strong(lang.T("These stay, because they are pinned")), retentionform.List(goneOf(r.Pinned), u.Now())))
	}
	rows.Add(look.Hint(hint))
	g.body = rows
	freed := int64(-1)
	g.stop = u.Work(func(ctx context.Context) (err error) {
		freed, err = u.Session.Frees(ctx, j.ID, text)
		return err
	}, func(err error) {
		g.room.Set(lang.T("How much room that gives back cannot be told."))
		if err == nil && freed >= 0 {
			g.room.Set(lang.T("That gives back about %s.", words.Size(freed)))
		}
	})
	return g
}

func goneOf(going []session.Going) (all []retentionform.Gone) {
	for _, g := range going {
		all = append(all, retentionform.Gone{Time: g.Time, Why: g.Why})
	}
	return all
}

// show lays it over the page, with the keyboard at the button that changes
// nothing.
func (g *goingView) show(first *look.Button, buttons ...fyne.CanvasObject) {
	g.modal = g.ui.tallModal(g.body, look.Flow(look.Within, buttons...))
	g.modal.keys = frame.Page{Escape: g.close, First: first}
	g.modal.show()
}

func (g *goingView) close() {
	g.stop()
	g.modal.hide()
}

// showRemoved lists the versions that went after a run.
func (u *UI) showRemoved(r settings.Run) {
	u.askEvents(r, func(events []settings.RunEvent) { u.listRemoved(r, events) })
}

func (u *UI) listRemoved(r settings.Run, events []settings.RunEvent) {
	rows := look.Stacked(look.Within)
	for _, e := range events {
		if e.Kind == settings.VersionRemoved {
			rows.Add(look.Say(retell.Text(e.Text)))
		}
	}
	var m *modal
	done := look.Primary(lang.T("Close"), func() { m.hide() })
	title := lang.N(r.Removed, "%s version removed %s", "%s versions removed %s", words.Number(r.Removed), words.Ago(r.Started, u.Now()))
	m = u.tallModal(look.Stacked(look.InCard, look.Subheading(title), rows), look.Row(0, 0, look.Gap(1), done))
	m.keys = frame.Page{Enter: func() { m.hide() }, Escape: func() { m.hide() }, First: done}
	m.show()
}
