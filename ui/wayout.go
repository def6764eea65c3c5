package ui

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// way is what leads out of a trouble: what the button says, and what it does.
type way struct {
	label string
	do    func()
}

// wayOutOf is what mends a trouble of a job, nil where no button does.
func (u *UI) wayOutOf(t settings.Trouble, j *session.JobState) *way {
	switch t {
	case settings.FullPlace:
		return &way{lang.T("Make room"), func() { u.openKeeping(j.Job) }}
	case settings.NoPassphrase:
		if j.Encryption == settings.Passphrase {
			return &way{lang.T("Enter the passphrase…"), func() { u.openUnlocking(j) }}
		}
	case settings.FoldersNotThere:
		return &way{lang.T("Check the folders…"), func() { u.openSources(j.Job) }}
	case settings.NoTrouble, settings.NoLogin, settings.AnotherServer, settings.WrongPlace, settings.DamagedSource:
	}
	return placeWay(t, func() { u.openWhere(*j) })
}

// placeWay is what mends a trouble with a place, which the page of that place
// does; nil for another trouble.
func placeWay(t settings.Trouble, open func()) *way {
	switch t {
	case settings.NoLogin:
		return &way{lang.T("Change the login…"), open}
	case settings.AnotherServer:
		return &way{lang.T("Check the server…"), open}
	case settings.WrongPlace:
		return &way{lang.T("Check the place…"), open}
	case settings.NoTrouble, settings.FullPlace, settings.NoPassphrase, settings.FoldersNotThere, settings.DamagedSource:
	}
	return nil
}

// failed are the buttons of a run that failed: what mends it, and what happened.
func (u *UI) failed(r pastRun) fyne.CanvasObject {
	buttons := look.Stacked(4)
	if out := u.wayOut(r.job, &r.Run); out != nil {
		buttons.Add(out)
	}
	buttons.Add(look.NewButton(lang.T("What happened"), func() { u.showEvents(r.job, r.Run) }))
	return buttons
}

// wayOut is the button that mends what a run of a job failed for, nil where none
// does, or where that is over.
func (u *UI) wayOut(j *session.JobState, r *settings.Run) *look.Button {
	w := u.wayOutOf(j.InTheWay(r), j)
	if r.Kind == settings.CopyRun {
		w = nil
		if c := j.CopyAt(r.Destination); c != nil {
			w = u.copyWayOut(j.InTheWay(r), j, c)
		}
	}
	if w == nil {
		return nil
	}
	return look.NewButton(w.label, w.do)
}
