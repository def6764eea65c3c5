package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// drillWords say when a restore was last proved, and by what.
func (u *UI) drillWords(d *session.Drill) string {
	if d.Proved.IsZero() {
		if d.EveryDays == 0 {
			return lang.T("No restore was ever tried out.")
		}
		return lang.T("No restore was tried out yet.")
	}
	said := lang.N(d.Files, "A restore was proved %s: %s file, %s.", "A restore was proved %s: %s files, %s.",
		u.drilled(d.Proved), words.Number(d.Files), words.Size(d.Bytes))
	if d.Compared > 0 {
		said += " " + lang.N(d.Compared, "%s of them was compared with your folders.", "%s of them were compared with your folders.", words.Number(d.Compared))
	}
	return said
}

// drilled is how long ago a drill was, in days.
func (u *UI) drilled(t time.Time) string {
	days := int64(u.Now().Sub(t) / (24 * time.Hour))
	if days < 2 {
		return words.Ago(t, u.Now())
	}
	return lang.N(days, "%s day ago", "%s days ago", words.Number(days))
}

// provedRestore is the end of the headline: when a restore was proved of the job
// of which that is longest ago, "" where there is one that has no version.
func (u *UI) provedRestore(jobs []session.JobState) string {
	var oldest *session.Drill
	for i := range jobs {
		j := &jobs[i]
		if j.LastGood.IsZero() || j.Drill.Failed != 0 {
			return ""
		}
		if oldest == nil || j.Drill.Proved.Before(oldest.Proved) {
			oldest = &j.Drill
		}
	}
	if oldest == nil || oldest.Proved.IsZero() {
		return lang.T("No restore was tried out yet.")
	}
	return lang.T("A restore was proved %s.", u.drilled(oldest.Proved))
}

// drillBox says what a drill did not bring back, and leads to it; nil when it
// was good.
func (u *UI) drillBox(j *session.JobState) fyne.CanvasObject {
	if j.Drill.Failed == 0 {
		return nil
	}
	buttons := look.Wrap(look.Within, u.repairButton(j), u.elsewhere(j))
	for _, r := range j.Others {
		if r.Kind == settings.DrillRun && r.Outcome != settings.Fine {
			buttons.Add(look.NewButton(lang.T("What was found"), func() { u.showFindings(&j.Job, r) }))
			break
		}
	}
	again := look.NewButton(lang.T("Prove it now"), func() { u.drill(j.ID) })
	again.Enabled(j.Progress == nil && !j.Removing)
	buttons.Add(again)
	return look.On(look.ClayGround, "", look.Between, look.Marked(look.IconBroken, look.Clay, look.Stacked(look.Within, look.Say(brokenWords(&j.Drill)), buttons)))
}

// brokenWords say what a drill did not bring back.
func brokenWords(d *session.Drill) string {
	if d.Failed < 0 {
		return lang.T("A restore was tried out, and what is stored could not be opened.")
	}
	return lang.N(d.Failed, "A restore was tried out, and %s file did not come back whole.", "A restore was tried out, and %s files did not come back whole.", words.Number(d.Failed))
}

// drillMark is the shape beside what is said of drills.
func drillMark(d *session.Drill) look.Icon {
	if d.Proved.IsZero() {
		return look.IconNotice
	}
	return look.IconFine
}

// drill tries out a restore.
func (u *UI) drill(job int64) {
	u.Work(func(context.Context) error { return u.Session.Drill(job) }, func(err error) {
		if err != nil {
			u.Fail(err)
		}
		u.update()
	})
}

// drillNote says what a drill does while it runs.
func drillNote() string {
	return lang.T("A few files are brought back into a folder of Varve's own, compared and removed again. A backup that starts meanwhile goes first.")
}

// triedOut says how far a drill is.
func triedOut(p engine.Progress) string {
	if p.TotalFiles == 0 {
		return lang.T("Choosing files at random")
	}
	return lang.N(p.TotalFiles, "%s of %s file brought back", "%s of %s files brought back", words.Number(p.Files), words.Number(p.TotalFiles))
}

// drillOutcome is how a drill that ended is called and shown.
func drillOutcome(r *settings.Run) outcome {
	o := outcomeOf(r.Outcome)
	switch r.Outcome {
	case settings.Fine:
		o.word = lang.T("A restore was proved")
	case settings.Warnings:
		return outcome{lang.T("A restore was tried out"), look.IconBroken, look.Clay}
	case settings.Cancelled:
		o.word = lang.T("Trying out a restore was stopped")
	case settings.Interrupted:
		o.word = lang.T("Trying out a restore was interrupted")
	case settings.Failed:
		o.word = lang.T("A restore could not be tried out")
	default:
		o.word = lang.T("Trying out a restore")
	}
	return o
}

// drillResult says what a drill brought.
func drillResult(r *settings.Run) string {
	if r.Outcome != settings.Fine {
		return past(r.Sentence)
	}
	said := lang.N(r.Files, "%s file came back whole, %s.", "%s files came back whole, %s.", words.Number(r.Files), words.Size(r.Bytes))
	if r.Changed > 0 {
		said += " " + lang.N(r.Changed, "%s of them was compared with your folders.", "%s of them were compared with your folders.", words.Number(r.Changed))
	}
	return said
}

// pastDrill is the line of a drill in the history.
func (u *UI) pastDrill(r pastRun) fyne.CanvasObject {
	row := u.pastLine(r, drillOutcome(&r.Run), drillResult(&r.Run))
	switch {
	case r.Problems > 0:
		row.Add(look.NewButton(lang.T("What was found"), func() { u.showFindings(&r.job.Job, r.Run) }))
	case r.Outcome == settings.Failed:
		row.Add(u.failed(r))
	}
	return row
}

// drillPart is what the page about proofs says of restoring, with the choice of
// how often it is tried out.
func (v *checkingView) drillPart() fyne.CanvasObject {
	return look.Stacked(look.Between,
		look.Gap(look.Within), look.Subheading(lang.T("Trying out a restore")),
		look.Say(lang.T("Varve brings a few files of the newest and of older versions back into a folder of its own, chosen at random, compares them with what was stored and with your folders, and removes them again. That is the whole way that you would go after a loss.")),
		v.drills.cards, look.Row(0, 1, v.tryNow, look.Gap(1)))
}

// tryOut begins a drill.
func (v *checkingView) tryOut() {
	v.tryNow.Enabled(false)
	v.ui.drill(v.job.ID)
}
