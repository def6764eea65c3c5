package ui

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/foldertree"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// copyName is how a second place is called.
func copyName(c *settings.Copy) string { return places.Name(session.Path(c.Destination)) }

// copyMark is how a second place stands, as a shape and a colour.
func copyMark(h session.CopyHealth) (look.Icon, fyne.ThemeColorName) {
	switch h {
	case session.CopyFresh:
		return look.IconFine, look.Moss
	case session.CopyDue:
		return look.IconClock, look.Quiet
	case session.CopyRuns:
		return look.IconRunning, look.Lake
	case session.CopyPaused:
		return look.IconPaused, look.Amber
	case session.CopyWaits:
		return look.IconClock, look.Amber
	case session.CopyEmptied, session.CopyDoubted:
		return look.IconNotice, look.Amber
	}
	return look.IconBroken, look.Clay
}

// copyWords say how a second place stands, with its name.
func copyWords(c *session.CopyState, now time.Time) string {
	name := copyName(&c.Copy)
	switch c.Health {
	case session.CopyFresh:
		return lang.T("Also in %s: up to the version made %s.", name, words.Ago(c.Version, now))
	case session.CopyRuns:
		return lang.T("Copying to %s.", name)
	case session.CopyPaused:
		return lang.T("Copying to %s is paused.", name)
	case session.CopyWaits:
		return waitingWords(c, now)
	case session.CopyDue:
		if c.Finished.IsZero() {
			return lang.T("Not copied to %s yet.", name)
		}
		if c.Behind == 0 {
			return lang.T("The copy in %s holds every version, but lacks the last changes.", name)
		}
		return lang.N(c.Behind, "The copy in %s is %s version behind.", "The copy in %s is %s versions behind.", name, words.Number(int64(c.Behind)))
	case session.CopyFailed, session.CopyEmptied, session.CopyDoubted:
	}
	return lang.T("The copy in %s is not up to date.", name) + " " + past(c.Sentence)
}

// waitingWords say since when a place is not there, and what it lacks.
func waitingWords(c *session.CopyState, now time.Time) string {
	name, since := copyName(&c.Copy), sinceWords(c.Waiting, now)
	waits := lang.T("The copy in %s waits for the server since %s.", name, since)
	if !destination.IsURL(session.Path(c.Destination)) {
		waits = lang.T("The copy in %s waits for the drive since %s.", name, since)
	}
	switch {
	case c.Finished.IsZero():
		return waits + " " + lang.T("Nothing is there yet.")
	case c.Behind == 0:
		return waits + " " + lang.T("It holds every version.")
	}
	return waits + " " + lang.N(c.Behind, "It is %s version behind.", "It is %s versions behind.", words.Number(int64(c.Behind)))
}

// copyShort is copyWords where the name stands above.
func copyShort(c *session.CopyState, now time.Time) string {
	switch c.Health {
	case session.CopyFresh:
		return lang.T("Holds every version, up to the one made %s.", words.Ago(c.Version, now))
	case session.CopyRuns:
		return lang.T("Copying.")
	case session.CopyPaused:
		return lang.T("Copying is paused.")
	case session.CopyWaits:
		return waitingShort(c, now)
	case session.CopyDue:
		if c.Finished.IsZero() {
			return lang.T("Nothing is copied there yet.")
		}
		if c.Behind == 0 {
			return lang.T("Holds every version, but lacks the last changes.")
		}
		return lang.N(c.Behind, "Is %s version behind.", "Is %s versions behind.", words.Number(int64(c.Behind)))
	case session.CopyFailed, session.CopyEmptied, session.CopyDoubted:
	}
	return past(c.Sentence)
}

func waitingShort(c *session.CopyState, now time.Time) string {
	ends := lang.T("It goes on by itself when the server answers.")
	if !destination.IsURL(session.Path(c.Destination)) {
		ends = lang.T("It goes on by itself when the drive is connected.")
	}
	since := sinceWords(c.Waiting, now)
	if c.Behind == 0 || c.Finished.IsZero() {
		return lang.T("Waits since %s.", since) + " " + ends
	}
	return lang.N(c.Behind, "Waits since %s, and is %s version behind.", "Waits since %s, and is %s versions behind.", since, words.Number(int64(c.Behind))) + " " + ends
}

// sinceWords are a moment after the word since.
func sinceWords(t, now time.Time) string {
	const week = 6 * 24 * time.Hour
	day := zone.Of(t).Format(time.DateOnly)
	switch {
	case day == zone.Of(now).Format(time.DateOnly):
		return words.Clock(t)
	case day == zone.Of(now).AddDate(0, 0, -1).Format(time.DateOnly):
		return lang.T("yesterday")
	case now.Sub(t) < week:
		return lang.T(zone.Of(t).Format("Monday")) // not a layout: its German would be
	}
	return lang.Time(zone.Of(t), "2 January")
}

// copiedWords say how much is copied.
func copiedWords(p engine.Progress) string {
	switch {
	case p.Phase == engine.Finishing:
		return lang.T("Removing what the backup no longer holds")
	case p.TotalBytes <= 0:
		return lang.T("Looking what is new")
	}
	return lang.T("%s of %s copied", words.Size(p.Stored), words.Size(max(p.TotalBytes, p.Stored)))
}

// copyResult says what a run copied, or why it did not.
func copyResult(r *settings.Run) string {
	switch r.Outcome {
	case settings.Fine, settings.Warnings:
		if r.Files == 0 {
			return lang.T("Nothing was new.")
		}
		return lang.N(r.Files, "%s stored file, %s copied in %s.", "%s stored files, %s copied in %s.", words.Number(r.Files), words.Size(r.Stored), words.Took(r.Ended.Sub(r.Started)))
	case settings.Cancelled:
		return lang.T("What was copied is kept, and the next copy goes on from there.")
	case settings.Interrupted:
		return lang.T("What was copied is kept, and the copy goes on from there by itself.")
	case settings.Running, settings.Failed, settings.Emptied, settings.Doubted:
	}
	return past(r.Sentence)
}

// forCopy rewords what was found at a place that becomes a copy of a job.
func forCopy(j *settings.Job) func(folder string, f *finding) {
	first := session.Path(j.Destination)
	return func(folder string, f *finding) {
		if folder != "" && (foldertree.Within(folder, first) || foldertree.Within(first, folder)) {
			f.sentence, f.hints, f.bad = lang.T("The backup itself is kept there. A copy needs a place of its own."), nil, true
		}
		if !f.bad {
			asCopy(f)
		}
		if d := driveOf(folder); !f.bad && d != "" && d == driveOf(first) {
			f.hints = append(f.hints, lang.T("This is the drive of the backup itself. If it is lost, both are; another drive is safer."))
		}
	}
}

// driveOf is the name of the drive that a folder is on, "" where its path does
// not tell.
func driveOf(folder string) string {
	if name := places.Name(folder); folder != "" && !destination.IsURL(folder) && name != places.Tilde(folder) {
		drive, _, _ := strings.Cut(name, " / ")
		return drive
	}
	return ""
}

func asCopy(f *finding) {
	if f.Foreign > 0 && len(f.hints) > 0 {
		f.hints = f.hints[:len(f.hints)-1] // that they are left as they are
	}
	switch {
	case f.Versions > 0:
		f.sentence = lang.N(f.Versions, "There is a backup with %s version there. If it is a copy of this one, it is brought up to date; any other is left alone, and refused.",
			"There is a backup with %s versions there. If it is a copy of this one, it is brought up to date; any other is left alone, and refused.", words.Number(int64(f.Versions)))
	case f.Foreign > 0:
		f.sentence, f.bad = lang.T("There are other files in this place, and a copy needs one of its own. Choose a folder in it that is new or empty."), true
	}
}
