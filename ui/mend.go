package ui

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// fullWords say that there is no room, and how much is missing.
func fullWords(j *session.JobState) string {
	said := lang.T("Stopped: the place is full.") + " "
	if j.Lack > 0 {
		said += lang.T("About %s more are needed.", words.Size(j.Lack)) + " "
	}
	return said + lang.T("Nothing already saved is affected.")
}

// mend is what the first button of a card does: what most people come for, or
// what puts right what is wrong.
func (u *UI) mend(j *session.JobState) (label string, do func()) {
	if w := u.wayOutOf(j.Trouble(), j); w != nil {
		return w.label, w.do
	}
	if j.Health == session.Unfinished {
		return lang.T("Continue"), func() { u.BackUp(j.ID) }
	}
	return lang.T("Back up now"), func() { u.BackUp(j.ID) }
}

// elsewhere is the way out of damage: the second place, or a new one.
func (u *UI) elsewhere(j *session.JobState) *look.Button {
	if c := j.FreshCopy(); c != nil {
		return look.NewButton(lang.T("Restore from %s", copyName(&c.Copy)), func() { u.openRestore(session.CopyArchive(&j.Job, &c.Copy)) })
	}
	return look.NewButton(lang.T("Keep it in a second place"), func() { u.openCopies(j.Job) })
}

// holding says what the newest version holds, and what all of them take up; ""
// without one.
func holding(j *session.JobState) string {
	if j.LastGood.IsZero() {
		return ""
	}
	files, z := words.Count(j.Files, "file"), &j.Size
	if z.Measured.IsZero() {
		return withoutSize(j, files)
	}
	size, kept := words.Size(j.Bytes), words.Size(z.Stored)
	// Growth that nobody would see in the size is none.
	switch seen := z.Stored / 1000; {
	case z.Known && z.PerWeek > seen:
		return lang.T("%s, %s · kept in %s, %s more each week", files, size, kept, words.Size(z.PerWeek))
	case z.Known && -z.PerWeek > seen:
		return lang.T("%s, %s · kept in %s, %s less each week", files, size, kept, words.Size(-z.PerWeek))
	case z.Known:
		return lang.T("%s, %s · kept in %s, as in the weeks before", files, size, kept)
	}
	return lang.T("%s, %s · kept in %s", files, size, kept)
}

// withoutSize is holding as long as nobody measured what is stored.
func withoutSize(j *session.JobState, files string) string {
	for _, r := range j.Runs {
		if r.Version.Equal(j.LastGood) {
			return lang.T("%s, %s · %s added by the last version", files, words.Size(j.Bytes), words.Size(r.Stored))
		}
	}
	return lang.T("%s, %s", files, words.Size(j.Bytes))
}

// fullSoon warns of a place that will be full, nil where that is far off.
func (u *UI) fullSoon(j *session.JobState) fyne.CanvasObject {
	weeks, ok := j.Size.FullIn(u.Now())
	if !ok || j.Full {
		return nil
	}
	said := lang.N(weeks, "At this rate the destination is full in about %s week: %s are free.", "At this rate the destination is full in about %s weeks: %s are free.", words.Number(weeks), words.Size(j.Size.Free))
	if weeks == 0 {
		said = lang.T("At this rate the destination is full in less than a week: %s are free.", words.Size(j.Size.Free))
	}
	return look.Row(look.Within, 1, look.Picture(look.IconNotice.In(look.Amber), 20), look.Say(said), look.NewButton(lang.T("Make room"), func() { u.openKeeping(j.Job) }))
}
