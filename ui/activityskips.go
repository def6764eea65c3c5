package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// happened is a line of the history.
type happened struct {
	when time.Time
	show func() fyne.CanvasObject
}

// history is all that happened, the newest first.
func (u *UI) history(jobs []session.JobState) []happened {
	var all []happened
	for _, j := range jobs {
		for _, r := range slices.Concat(j.Runs, j.Others) {
			if r.Outcome != settings.Running {
				all = append(all, happened{r.Started, func() fyne.CanvasObject { return u.pastRun(pastRun{r, &j}) }})
			}
		}
		for _, k := range j.Timing.Skipped {
			all = append(all, happened{k.Slot, func() fyne.CanvasObject { return u.pastSkip(&j, k) }})
		}
	}
	slices.SortStableFunc(all, func(a, b happened) int { return b.when.Compare(a.when) })
	return all
}

// pastSkip is a run that did not take place when it was due: why, and when that
// was made up for.
func (u *UI) pastSkip(j *session.JobState, k settings.Skip) fyne.CanvasObject {
	line := u.pastLine(pastRun{settings.Run{Started: k.Slot}, j}, outcome{lang.T("Did not run"), look.IconClock, look.Amber}, skipWords(j.Runs, k, u.Now()))
	return line
}

// skipWords say why a run did not take place, and which one took its place.
func skipWords(runs []settings.Run, k settings.Skip, now time.Time) string {
	why := words.Printable(past(k.Sentence))
	for _, r := range slices.Backward(runs) { // oldest first
		if r.Started.Before(k.Slot) || r.Outcome != settings.Fine && r.Outcome != settings.Warnings {
			continue
		}
		if d := words.Day(r.Started, now); d != words.Day(k.Slot, now) {
			return lang.T("%s Made up for on %s at %s.", why, lang.Time(zone.Of(r.Started), "2 January"), words.Clock(r.Started))
		}
		return lang.T("%s Made up for at %s.", why, words.Clock(r.Started))
	}
	return why
}
