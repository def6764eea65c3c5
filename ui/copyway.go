package ui

import (
	"context"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// copyWay is what the one button beside a second place does, nil for none.
func (u *UI) copyWay(j *session.JobState, c *session.CopyState) *way {
	again := func() { u.copyNow(c.ID, false) }
	switch c.Health {
	case session.CopyDue:
		return &way{lang.T("Copy now"), again}
	case session.CopyFailed:
		if w := u.copyWayOut(c.InTheWay(), j, c); w != nil {
			return w
		}
		return &way{lang.T("Try again"), again}
	case session.CopyEmptied:
		return &way{lang.T("Copy everything again"), func() { u.copyNow(c.ID, true) }}
	case session.CopyDoubted:
		return &way{lang.T("Let it follow…"), func() { u.confirmDoubted(c) }}
	case session.CopyFresh, session.CopyRuns, session.CopyPaused, session.CopyWaits:
	}
	return nil
}

// copyWayOut is what mends a trouble of a second place, nil where no button does.
func (u *UI) copyWayOut(t settings.Trouble, j *session.JobState, c *session.CopyState) *way {
	switch {
	case t == settings.FullPlace:
		return &way{lang.T("Make room…"), func() { u.askRoom(j, c) }}
	case t == settings.DamagedSource && isDamaged(j):
		return &way{lang.T("Repair…"), func() { u.askRepair(j) }}
	}
	return placeWay(t, func() { u.moveCopy(j.Job, &c.Copy) })
}

// isDamaged tells that the card of a job has a box with the way out of damage.
func isDamaged(j *session.JobState) bool {
	return j.Proof.Found != settings.Whole || j.Drill.Failed != 0
}

// askRoom says what makes room for a copy, and offers it.
func (u *UI) askRoom(j *session.JobState, c *session.CopyState) {
	needs := lang.T("A copy takes up as much room as the backup.")
	if !j.Size.Measured.IsZero() {
		needs = lang.T("A copy takes up as much room as the backup: %s by now.", words.Size(j.Size.Stored))
	}
	var m *modal
	then := func(do func()) func() {
		return func() {
			m.hide()
			do()
		}
	}
	later := look.NewButton(lang.T("Not now"), func() { m.hide() })
	another := look.NewButton(lang.T("Another place…"), then(func() { u.moveCopy(j.Job, &c.Copy) }))
	again := look.Primary(lang.T("Copy again"), then(func() { u.copyNow(c.ID, false) }))
	body := look.Stacked(look.Between, look.Say(needs),
		look.Say(lang.T("Delete other files there and let it copy again: it goes on where it stopped. Or give the copy a larger place.")),
		look.Hint(lang.T("Keeping fewer versions makes no room now: what goes from the backup goes from the copy last, when everything new is there.")))
	m = u.newModal(lang.T("No room in %s", copyName(&c.Copy)), body, later, another, again)
	m.keys = frame.Page{Enter: again.OnTapped, Escape: func() { m.hide() }, First: later}
	m.show()
}

func (u *UI) copyNow(id int64, insist bool) {
	u.Work(func(context.Context) error { return u.Session.CopyNow(id, insist) }, func(err error) {
		if err != nil {
			u.Fail(err)
		}
		u.update()
	})
}

// confirmDoubted says what goes before a copy follows a backup that has lost most
// of what it held.
func (u *UI) confirmDoubted(c *session.CopyState) {
	var m *modal
	keep := look.NewButton(lang.T("Leave the copy as it is"), func() { m.hide() })
	follow := look.Danger(lang.T("Remove it from the copy"), func() {
		m.hide()
		u.copyNow(c.ID, true)
	})
	body := look.Stacked(look.Between,
		look.Say(past(c.Sentence)),
		look.Say(lang.T("If versions were removed on purpose, the copy in %s can follow. If nobody removed any, the backup has lost them, and the copy is where they still are. What is removed from it cannot be brought back.", copyName(&c.Copy))))
	m = u.newModal(lang.T("Remove most of what the copy holds?"), body, keep, follow)
	m.keys = frame.Page{Escape: func() { m.hide() }, First: keep}
	m.show()
}
