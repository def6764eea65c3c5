package ui

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine/schedule"
	machine "github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/session/scheduler"
	"github.com/varve-backup/varve/ui/whenform"
	"github.com/varve-backup/varve/ui/words"
)

// Timings are when backups run by themselves.
type Timings interface {
	SetPlan(ctx context.Context, job int64, p schedule.Plan) error
	// Surroundings tells what conditions see of this computer; ok is false when
	// nobody looks.
	Surroundings(ctx context.Context) (f machine.Facts, ok bool)
	// PauseAll has nothing run by itself until a time; the zero time ends that.
	PauseAll(ctx context.Context, until time.Time) error
	PausedUntil(ctx context.Context) time.Time
}

// lookAround tells a form what the computer is like.
func (u *UI) lookAround(f *whenform.Form) context.CancelFunc {
	var facts machine.Facts
	var looked bool
	return u.Work(func(ctx context.Context) error {
		facts, looked = u.Session.Surroundings(ctx)
		return nil
	}, func(error) {
		known := f.Facts()
		known.Machine, known.Looked = facts, looked
		f.SetFacts(known)
	})
}

// timingView changes when a job runs.
type timingView struct {
	ui   *UI
	job  session.JobState
	form *whenform.Form
	save *look.Button
	plan schedule.Plan // as it is saved
	stop context.CancelFunc
}

// openTiming shows the page of a job.
func (u *UI) openTiming(j session.JobState) {
	v := &timingView{ui: u, job: j, plan: j.Timing.Plan}
	v.save = look.Primary(lang.T("Save"), v.keep)
	v.form = whenform.New(u.Now, j.Timing.Plan, whenform.Facts{Local: !session.NeedsNetwork(j.Destination)})
	v.form.OnChanged = v.validate
	v.validate()
	v.stop = u.lookAround(v.form)
	back := look.NewButton(lang.T("Back"), v.back)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, back, layout.NewSpacer(), v.save))
	body := look.Stacked(look.InCard)
	if now := u.comingRow(j); j.Timing.Plan.Runs() {
		body.Add(now)
	}
	body.Add(v.form.Content())
	if box := u.skipped(&j.Timing); box != nil {
		body.Add(box)
	}
	page := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, look.InCard, 0, look.InCard), body))
	heading := look.Stacked(4, look.Heading(lang.T("When it runs")), look.Hint(lang.T("%s to %s", j.Name, places.Name(session.Path(j.Destination)))))
	u.current = ""
	u.Open(frame.Page{
		Content: look.Framed(heading, look.Footed(page, foot)), Leave: func() { v.stop() }, Escape: v.back, Enter: v.keep,
		First: v.form.First(), Unsaved: v.unsaved,
	})
}

func (v *timingView) back() { v.ui.Show(Overview) }

// differs tells that the answer is another one than the job's.
func (v *timingView) differs() bool {
	p := v.form.Plan()
	return fmt.Sprint(p) != fmt.Sprint(v.plan)
}

// validate allows saving what differs and is a plan.
func (v *timingView) validate() { v.save.Enabled(v.form.Wrong() == "" && v.differs()) }

func (v *timingView) unsaved() string {
	if v.differs() {
		return lang.T("When the backup runs was changed here, and not saved.")
	}
	return ""
}

func (v *timingView) keep() {
	if v.save.Disabled() {
		return
	}
	p := v.form.Plan()
	v.ui.Work(func(ctx context.Context) error { return v.ui.Session.SetPlan(ctx, v.job.ID, p) }, func(err error) {
		if err != nil {
			v.ui.Fail(err)
			return
		}
		v.plan = p
		v.back()
	})
}

// skipped are the runs that did not take place, nil when there are none.
func (u *UI) skipped(t *session.Timing) fyne.CanvasObject {
	if len(t.Skipped) == 0 {
		return nil
	}
	rows := look.Stacked(look.Within, look.Strong(lang.T("Runs that did not take place when they were due")))
	for _, k := range t.Skipped {
		rows.Add(look.Stacked(0, look.Caption(words.Sentence(whenform.When(k.Slot, u.Now()))), look.Say(retell.Text(k.Sentence))))
	}
	return look.Boxed(rows)
}

// comes tells states apart that comingRow words in other ways.
func comes(j *session.JobState) string {
	t := &j.Timing
	return fmt.Sprint(t.Plan, t.Cause, t.Since, t.Waits, t.Coming, t.Next, t.Behind, t.Watch.Blind, t.Changed)
}

// comingRow says when a job runs next, or why it waits.
func (u *UI) comingRow(j session.JobState) fyne.CanvasObject {
	if waiting := j.Timing.Waiting(u.moment); waiting != "" {
		icon := look.IconClock
		if len(j.Timing.Waits) > 0 && j.Timing.Waits[0] == schedule.Paused {
			icon = look.IconPaused
		}
		return look.Marked(icon, look.Lake, look.Say(waiting))
	}
	row := look.Stacked(4, look.Note(u.comingWords(&j.Timing)))
	if blind := scheduler.Blindness(j.Timing.Watch); blind != "" && j.Timing.Plan.OnChange.Quiet > 0 {
		row.Add(look.Note(blind))
	}
	return row
}

// moment is a time in a sentence, of today by its clock alone.
func (u *UI) moment(t time.Time) string {
	return whenform.Short(t, u.Now())
}

// comingWords say when a job runs next.
func (u *UI) comingWords(t *session.Timing) string {
	p, now := &t.Plan, u.Now()
	changes := p.OnChange.Quiet > 0
	switch {
	case !p.Runs():
		return lang.T("The next version is made when you press Back up now.")
	case t.Started:
		return lang.T("Next: now")
	case t.Next.After(now) && len(t.Waits) == 0 && (len(t.Coming) == 0 || t.Next.Before(t.Coming[0])):
		if changes && !t.Changed.IsZero() {
			return lang.T("Next: %s. Files have changed since %s.", whenform.When(t.Next, now), whenform.When(t.Changed, now))
		}
		return lang.T("Next: %s, another try", whenform.When(t.Next, now))
	case len(t.Coming) > 0:
		return lang.T("Next: %s", whenform.When(t.Coming[0], now))
	case changes:
		return lang.T("Next: when files change")
	}
	h := schedule.History{Created: now, Started: now, Ended: now}
	if coming := schedule.Coming(p, h, now, zone.Here(), 1); len(coming) > 0 {
		return lang.T("Next: %s", whenform.When(coming[0], now))
	}
	return ""
}
