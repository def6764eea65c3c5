package ui

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/retentionform"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// confirmChange shows what a change removes; then is told whether that is to be
// done now.
func (u *UI) confirmChange(j *settings.Job, text string, r session.Removal, then func(now bool)) {
	var g *goingView
	back := look.NewButton("Back", func() { g.close() })
	only := look.NewButton("Save only", func() { g.close(); then(false) })
	remove := look.Danger("Save and delete "+versions(len(r.Going)), func() { g.close(); then(true) })
	g = u.newGoing(j, text, r, "Delete "+versions(len(r.Going))+"?", "With Save only, nothing goes yet: Varve asks after the next backup.")
	g.show(back, back, only, remove)
}

// confirmHeld shows what waits for an answer.
func (u *UI) confirmHeld(j settings.Job, r session.Removal) {
	if len(r.Going) == 0 {
		u.nothingGoes(j)
		return
	}
	var g *goingView
	later := look.NewButton("Not now", func() { g.close() })
	change := look.NewButton("Change what is kept", func() { g.close(); u.openKeeping(j) })
	remove := look.Danger("Delete "+versions(len(r.Going)), func() { g.close(); u.removeVersions(j.ID, r.Going) })
	g = u.newGoing(&j, j.Retention, r, "Delete "+versions(len(r.Going))+"?", "Until you answer, every version stays.")
	g.show(later, later, change, remove)
}

// nothingGoes ends a question that has become empty.
func (u *UI) nothingGoes(j settings.Job) {
	var m *modal
	done := look.Primary("Close", func() {
		m.hide()
		u.removeVersions(j.ID, nil)
	})
	m = u.newModal("No version would go", look.Say("What is kept covers every version that is there. From now on, old versions are removed after each backup as you chose."), done)
	m.keys = frame.Page{Enter: done.OnTapped, Escape: func() { m.hide() }, First: done}
	m.show()
}

func versions(n int) string { return words.Count(int64(n), "version") }

// goingView is the list of what goes, before it does.
type goingView struct {
	ui    *UI
	modal *modal
	body  fyne.CanvasObject
	room  *look.Text
	stop  context.CancelFunc
}

func (u *UI) newGoing(j *settings.Job, text string, r session.Removal, title, hint string) *goingView {
	g := &goingView{ui: u, room: look.Say("Counting how much room that gives back…")}
	head := look.Stacked(4, look.Subheading(title),
		look.Say(fmt.Sprintf("Of %s to %s, %s. What is deleted cannot be brought back.", j.Name, places.Name(session.Path(j.Destination)), stay(r.Kept))), g.room)
	rows := look.Stacked(look.InCard, head)
	if len(r.Against) > 0 {
		rows.Add(look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber, look.Say(strings.Join(r.Against, " ")))))
	}
	if r.Bound > 0 {
		rows.Add(look.Hint(fmt.Sprintf("%s more are no longer wanted, but versions that stay are built on them.", words.Number(int64(r.Bound)))))
	}
	rows.Add(look.On(look.Paper, look.Rule, look.Between, retentionform.List(goneOf(r.Going), u.Now())))
	rows.Add(look.Hint(hint))
	g.body = rows
	freed := int64(-1)
	g.stop = u.Work(func(ctx context.Context) (err error) {
		freed, err = u.Session.Frees(ctx, j.ID, text)
		return err
	}, func(err error) {
		g.room.Set("How much room that gives back cannot be told.")
		if err == nil && freed >= 0 {
			g.room.Set("That gives back about " + words.Size(freed) + ".")
		}
	})
	return g
}

func stay(n int) string {
	if n == 1 {
		return "1 version stays"
	}
	return versions(n) + " stay"
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
	events, err := u.Session.Events(u.Context, r.ID)
	if err != nil {
		u.Fail(err)
		return
	}
	rows := look.Stacked(look.Within)
	for _, e := range events {
		if e.Kind == settings.VersionRemoved {
			rows.Add(look.Say(e.Text))
		}
	}
	var m *modal
	done := look.Primary("Close", func() { m.hide() })
	title := fmt.Sprintf("%s removed %s", words.Count(r.Removed, "version"), words.Ago(r.Started, u.Now()))
	m = u.tallModal(look.Stacked(look.InCard, look.Subheading(title), rows), look.Row(0, 0, look.Gap(1), done))
	m.keys = frame.Page{Enter: func() { m.hide() }, Escape: func() { m.hide() }, First: done}
	m.show()
}
