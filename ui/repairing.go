package ui

import (
	"context"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// repairButton leads to the question whether what is damaged shall be mended.
func (u *UI) repairButton(j *session.JobState) *look.Button {
	b := look.Primary(lang.T("Repair…"), func() { u.askRepair(j) })
	b.Enabled(j.Progress == nil && !j.Removing)
	return b
}

// mostDamaged is how many damaged files the question names.
const mostDamaged = 5

// askRepair says what is damaged and what would be done, and asks. The question
// can be answered without the names of what is damaged.
func (u *UI) askRepair(j *session.JobState) {
	run, ok := foundIn(&j.Proof)
	var events []settings.RunEvent
	u.askRead(func(ctx context.Context) (err error) {
		if ok {
			events, err = u.Session.Events(ctx, run.ID)
		}
		return err
	}, func(error) { u.askRepairOf(j, events) })
}

// askRepairOf is askRepair, once it is known what was found.
func (u *UI) askRepairOf(j *session.JobState, events []settings.RunEvent) {
	var m *modal
	later := look.NewButton(lang.T("Not now"), func() { m.hide() })
	repair := look.Primary(lang.T("Repair"), func() {
		m.hide()
		u.Work(func(context.Context) error { return u.Session.Repair(j.ID) }, func(err error) {
			if err != nil {
				u.Fail(err)
			}
			u.update()
		})
	})
	body := look.Stacked(look.InCard, look.Subheading(lang.T("Repair what is damaged?")), damagedPart(j, events), repairSteps(j),
		look.Hint(lang.T("This can take hours, and backups of it wait until it is over. It can be stopped at any time: what was mended stays mended.")))
	m = u.tallModal(body, look.Row(look.Within, 0, look.Gap(1), later, repair))
	m.keys = frame.Page{Enter: repair.OnTapped, Escape: func() { m.hide() }, First: later}
	m.show()
}

// damagedPart says what is damaged, as far as it is known.
func damagedPart(j *session.JobState, events []settings.RunEvent) fyne.CanvasObject {
	said := past(j.Proof.Sentence)
	if j.Proof.Found == settings.Whole {
		said = brokenWords(&j.Drill)
	}
	rows := look.Stacked(4, look.Say(said))
	named := 0
	for _, e := range events {
		if e.Path == "" {
			continue
		}
		if named++; named <= mostDamaged {
			rows.Add(look.Line(damagedPath(&j.Job, e.Path), look.Ink))
		}
	}
	if more := named - mostDamaged; more > 0 {
		rows.Add(look.Hint(lang.T("And %s more.", words.Number(int64(more)))))
	}
	return look.Marked(look.IconBroken, look.Clay, rows)
}

// damagedPath is the place of a file that is named by what is stored, which names
// some from the root of the job and some from that of the computer.
func damagedPath(j *settings.Job, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(session.ArchiveOf(j).Root, path)
	}
	return words.Printable(places.Tilde(path))
}

// repairSteps say what would be done, in its order.
func repairSteps(j *session.JobState) fyne.CanvasObject {
	steps := []string{lang.T("Everything that is stored is read, to know all that is damaged.")}
	for i := range j.Copies {
		if c := &j.Copies[i]; !c.Finished.IsZero() {
			steps = append(steps, lang.T("What %s has whole is taken from there. It must be connected.", copyName(&c.Copy)))
		}
	}
	steps = append(steps,
		lang.T("Your folders are read again in full, and what is still in them is stored again."),
		lang.T("What is nowhere any more is named. Where that can be done it is taken out of the versions, and all else in them stays."),
		lang.T("Everything is read once more, to see what came back."))
	rows := look.Stacked(look.Within, look.Strong(lang.T("What is done")))
	for i, text := range steps {
		rows.Add(look.TopRow(look.Between, 1, look.Tag(words.Number(int64(i+1)), look.Quiet), look.Say(text)))
	}
	return rows
}

// stepWords say what a repair does at the moment.
func stepWords(s engine.MendStep) string {
	switch s {
	case engine.MendLooking:
		return lang.T("Reading everything that is stored")
	case engine.MendCopies:
		return lang.T("Taking from the second place what is whole there")
	case engine.MendSaving:
		return lang.T("Saving what is whole of damaged files")
	case engine.MendSources:
		return lang.T("Reading your folders again")
	case engine.MendMarking:
		return lang.T("Marking what is lost")
	case engine.MendProving:
	}
	return lang.T("Reading everything once more")
}

// newRunView shows what runs for a job and is no check.
func (u *UI) newRunView(j *session.JobState) *progressView {
	v := u.newProgressView(j.ID)
	if step := j.Repairing; step != 0 {
		v.steps = true
		v.handled = func(engine.Progress) string {
			return lang.T("Step %s of %s: %s", words.Number(int64(step)), words.Number(int64(engine.MendProving)), stepWords(step))
		}
	}
	return v
}

// runHeading is what runs for a job and is no check, and what stopping it means.
func runHeading(j *session.JobState) (title, note string) {
	place := places.Name(session.Path(j.Destination))
	if j.Repairing != 0 {
		return lang.T("Repairing what %s stored in %s", j.Name, place), lang.T("Stopping is safe: what was mended stays mended, and the next repair goes on with the rest.")
	}
	return lang.T("Backing up %s to %s", j.Name, place), lang.T("Stopping is safe: what is stored is kept, and the next run goes on from there.")
}

// repairOutcome is how a repair that ended is called and shown.
func repairOutcome(r *settings.Run) outcome {
	o := outcomeOf(r.Outcome)
	switch r.Outcome {
	case settings.Fine:
		o.word = lang.T("Repaired")
	case settings.Warnings:
		o.word = lang.T("Repaired in part")
	case settings.Cancelled:
		o.word = lang.T("Repairing stopped")
	case settings.Interrupted:
		o.word = lang.T("Repairing interrupted")
	case settings.Failed, settings.Running:
		o.word = lang.T("Not repaired")
	}
	return o
}

// repairResult says what a repair brought.
func repairResult(r *settings.Run) string {
	fetched := ""
	if r.Files > 0 {
		fetched = " " + lang.N(r.Files, "%s stored file was taken from a second place.", "%s stored files were taken from a second place.", words.Number(r.Files))
	}
	switch r.Outcome {
	case settings.Fine:
		return lang.T("All that is stored was read, and is whole.") + fetched
	case settings.Cancelled, settings.Interrupted:
		return lang.T("What was mended stays mended, and the next repair goes on with the rest.")
	}
	return past(r.Sentence) + fetched
}

// pastRepair is the line of a repair in the history.
func (u *UI) pastRepair(r pastRun) fyne.CanvasObject {
	row := u.pastLine(r, repairOutcome(&r.Run), repairResult(&r.Run))
	switch {
	case r.Problems > 0:
		row.Add(u.lostButton(&r.job.Job, &r.Run))
	case r.Outcome == settings.Failed:
		row.Add(u.failed(r))
	}
	return row
}

func (u *UI) lostButton(j *settings.Job, r *settings.Run) *look.Button {
	return look.NewButton(lang.T("What did not come back"), func() { u.showFindings(j, *r) })
}

// toldFor is how long the card of a job tells of what a repair did not bring back.
const toldFor = 7 * 24 * time.Hour

// repairedBox says for some days what the newest repair of a job did not bring
// back; nil for nothing.
func (u *UI) repairedBox(j *session.JobState) fyne.CanvasObject {
	for i := range j.Others {
		r := &j.Others[i]
		if r.Kind != settings.RepairRun {
			continue
		}
		if r.Problems == 0 || u.Now().Sub(r.Ended) > toldFor {
			return nil
		}
		return look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber,
			look.Stacked(look.Within, look.Say(repairResult(r)), look.Row(0, 1, u.lostButton(&j.Job, r), layout.NewSpacer()))))
	}
	return nil
}
