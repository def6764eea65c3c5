package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// provedWords say how much of what is stored was read back lately.
func provedWords(p *session.Proof, now time.Time) string {
	f := p.ReadLately(now)
	switch percent := f.Percent(); {
	case p.Of == 0 && p.EveryDays == 0:
		return lang.T("Not proved: nothing of what is stored is ever read back.")
	case p.Of == 0:
		return lang.T("Not proved yet: nothing of what is stored was read back so far.")
	case f.Read == 0:
		return lang.T("Not proved: nothing of what is stored was read back in the last 90 days.")
	case percent == 100:
		return lang.T("Proved: all of what is stored was read back in the last 90 days.")
	case percent == 0:
		return lang.T("Proved: less than 1\u00a0% of what is stored was read back in the last 90 days.")
	default:
		return lang.T("Proved: %d\u00a0%% of what is stored was read back in the last 90 days.", percent)
	}
}

// nextWords say when the next part is read back.
func nextWords(p *session.Proof, now time.Time) string {
	next := p.Next()
	switch {
	case p.EveryDays == 0 && p.Of == 0:
		return ""
	case p.EveryDays == 0:
		return lang.T("No further part is planned.")
	case next.IsZero():
		return lang.T("The first part follows the next backup.")
	case !next.After(now):
		return lang.T("The next part follows the next backup.")
	}
	return lang.T("Next part %s.", words.Coming(next, now))
}

// proofOn is what the card of a job says of the proof, nil for nothing: a line,
// what is found damaged, or how far a check is.
func (u *UI) proofOn(j session.JobState, views map[int64]*progressView) fyne.CanvasObject {
	switch {
	case j.Proof.Running:
		v := u.newCheckView(&j)
		views[j.ID] = v
		if j.Drill.Running {
			return look.Stacked(look.Within, v.content, look.Row(look.InCard, 1, v.stop, look.Note(drillNote())))
		}
		return look.Stacked(look.Within, v.content,
			look.Row(look.InCard, 1, v.stop, look.Note(lang.T("A part of what is stored is read back, to prove it. A backup that starts meanwhile goes first."))))
	case j.Proof.Found != settings.Whole:
		return u.damageBox(j)
	case j.Drill.Failed != 0:
		return u.drillBox(&j)
	case j.LastGood.IsZero():
		return nil
	}
	line := provedWords(&j.Proof, u.Now())
	if next := nextWords(&j.Proof, u.Now()); next != "" {
		line += " " + next
	}
	return look.Stacked(2, look.Note(line), look.Note(u.drillWords(&j.Drill)))
}

// damageBox says what a check found, and leads to it.
func (u *UI) damageBox(j session.JobState) fyne.CanvasObject {
	buttons := look.Wrap(look.Within, u.repairButton(&j), u.elsewhere(&j))
	if r, ok := foundIn(&j.Proof); ok {
		buttons.Add(look.NewButton(lang.T("What was found"), func() { u.showFindings(&j.Job, r) }))
	}
	buttons.Add(look.NewButton(lang.T("Check again…"), func() { u.openChecking(j) }))
	return look.On(look.ClayGround, "", look.Between, look.Marked(look.IconBroken, look.Clay,
		look.Stacked(look.Within, look.Say(past(j.Proof.Sentence)), buttons)))
}

// foundIn is the newest check that found something, or failed over it.
func foundIn(p *session.Proof) (settings.Run, bool) {
	for _, r := range p.Runs {
		if r.Problems > 0 || r.Outcome == settings.Failed {
			return r, true
		}
	}
	return settings.Run{}, false
}

// newCheckView shows a check that runs. It is not paused: it can be stopped, and
// the next one goes on.
func (u *UI) newCheckView(j *session.JobState) *progressView {
	v, job := newNumbers(), j.ID
	v.handled = readBack
	if j.Drill.Running {
		v.handled = triedOut
	}
	v.sample = func() (engine.Progress, bool) { return u.Session.Progress(job) }
	v.content = look.Stacked(look.Within, v.bar, look.Row(look.InCard, 0, v.numbers, v.left))
	v.stop = look.NewButton(lang.T("Stop reading"), func() {
		v.stop.Enabled(false)
		u.Session.StopRun(job)
	})
	return v
}

// readBack says how much a check has read.
func readBack(p engine.Progress) string {
	if p.Bytes == 0 {
		return lang.T("Looking whether everything is there")
	}
	said := lang.T("%s read back", words.Size(p.Bytes))
	if s := p.Elapsed.Seconds(); s >= 1 {
		said = lang.T("%s read back, %s/s", words.Size(p.Bytes), words.Size(int64(float64(p.Bytes)/s)))
	}
	if p.Problems > 0 {
		said += " · " + lang.N(p.Problems, "%s finding so far", "%s findings so far", words.Number(p.Problems))
	}
	return said
}

// runningWords name what runs now.
func runningWords(j *session.JobState) string {
	if j.Drill.Running {
		return lang.T("Trying out a restore of %s", j.Name)
	}
	if j.Proof.Running {
		return lang.T("Proving %s", j.Name)
	}
	if j.Repairing != 0 {
		return lang.T("Repairing %s", j.Name)
	}
	return lang.T("Backing up %s", j.Name)
}

// runningCheck is a check on the page of what runs now.
func (u *UI) runningCheck(j *session.JobState, views map[int64]*progressView) fyne.CanvasObject {
	v := u.newCheckView(j)
	views[j.ID] = v
	if j.Drill.Running {
		return look.Boxed(look.Stacked(look.Between, look.Subheading(runningWords(j)), v.content, look.Row(look.InCard, 1, v.stop, look.Note(drillNote()))))
	}
	return look.Boxed(look.Stacked(look.Between,
		look.Subheading(lang.T("Proving what %s stored in %s", j.Name, places.Name(session.Path(j.Destination)))), v.content,
		look.Row(look.InCard, 1, v.stop, look.Note(lang.T("Stopping is safe: what was read counts, and the next check goes on with the rest.")))))
}

// checkOutcome is how a check that ended is called and shown.
func checkOutcome(r *settings.Run) outcome {
	o := outcomeOf(r.Outcome)
	switch {
	case r.Problems > 0:
		return outcome{lang.T("Damage found"), look.IconBroken, look.Clay}
	case r.Outcome == settings.Fine:
		o.word = lang.T("Read back, and whole")
	case r.Outcome == settings.Failed:
		o.word = lang.T("Not read back")
	case r.Outcome == settings.Cancelled:
		o.word = lang.T("Reading back stopped")
	case r.Outcome == settings.Interrupted:
		o.word = lang.T("Reading back interrupted")
	default:
		o.word = lang.T("Reading back")
	}
	return o
}

// checkResult says what a check did.
func checkResult(r *settings.Run) string {
	switch r.Outcome {
	case settings.Fine:
		return lang.T("%s read back in %s, and compared with what was written.", words.Size(r.Bytes), words.Took(r.Ended.Sub(r.Started)))
	case settings.Cancelled:
		return lang.T("What was read counts, and the next check goes on with the rest.")
	case settings.Interrupted:
		return lang.T("Varve ended meanwhile. What was read counts, and the next check goes on with the rest.")
	}
	return past(r.Sentence)
}

// pastCheck is the line of a check in the history.
func (u *UI) pastCheck(r pastRun) fyne.CanvasObject {
	o := checkOutcome(&r.Run)
	row := u.pastLine(r, o, checkResult(&r.Run))
	switch {
	case r.Problems > 0:
		row.Add(look.NewButton(lang.T("What was found"), func() { u.showFindings(&r.job.Job, r.Run) }))
	case r.Outcome == settings.Failed:
		row.Add(u.failed(r))
	}
	return row
}

// mostShown is how many lines a question lists.
const mostShown = 200

// showFindings lists what a check found.
func (u *UI) showFindings(j *settings.Job, r settings.Run) {
	u.askEvents(r, func(events []settings.RunEvent) { u.listFindings(j, r, events) })
}

func (u *UI) listFindings(j *settings.Job, r settings.Run, events []settings.RunEvent) {
	rows := look.Stacked(look.Between, look.Say(past(r.Sentence)))
	for _, e := range events[:min(len(events), mostShown)] {
		switch {
		case e.Kind != settings.DamageFound:
			rows.Add(look.Technical(past(e.Text)))
		case e.Path != "":
			rows.Add(look.Stacked(2, look.Line(damagedPath(j, e.Path), look.Ink), look.Note(past(e.Text))))
		default:
			rows.Add(look.Marked(look.IconBroken, look.Clay, look.Say(words.Printable(past(e.Text)))))
		}
	}
	if n := len(events) - mostShown; n > 0 {
		rows.Add(look.Hint(lang.T("And %s more.", words.Number(int64(n)))))
	}
	var m *modal
	closing := look.Primary(lang.T("Close"), func() { m.hide() })
	day := lang.Time(zone.Of(r.Started), "2 January 2006")
	title := lang.T("Check of %s: what was found", day)
	if r.Kind == settings.RepairRun {
		title = lang.T("Repair of %s: what did not come back", day)
	}
	head := look.Subheading(title)
	m = u.tallModal(look.Stacked(look.InCard, head, container.New(layout.NewCustomPaddedLayout(0, 0, 0, look.Within), rows)), look.Row(0, 0, layout.NewSpacer(), closing))
	m.keys = frame.Page{Enter: func() { m.hide() }, Escape: func() { m.hide() }, First: closing}
	m.show()
}

// past says in the person's language what the history keeps in English.
func past(sentence string) string { return retell.Text(sentence) }
