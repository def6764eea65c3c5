package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/retentionform"
	"github.com/varve-backup/varve/ui/session"
)

// keepingView changes how long versions of a job stay.
type keepingView struct {
	ui       *UI
	job      settings.Job
	composer *retentionform.Composer
	state    *look.Text
	save     *look.Button
	stop     []context.CancelFunc
}

// openKeeping shows the page of a job.
func (u *UI) openKeeping(j settings.Job) {
	v := &keepingView{ui: u, job: j, state: look.Note("")}
	v.save = look.Primary(lang.T("Save"), v.plan)
	v.composer = retentionform.NewComposer(u, j.Retention, factsOf(&j, nil))
	v.composer.OnChanged = v.validate
	v.validate()
	back := look.NewButton(lang.T("Back"), v.back)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, back, v.state, v.save))
	page := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, look.InCard, 0, look.InCard), v.composer.Content()))
	heading := look.Stacked(4, look.Heading(lang.T("How long versions stay")), look.Hint(lang.T("%s to %s", j.Name, places.Name(session.Path(j.Destination)))))
	u.current = ""
	u.Open(frame.Page{Content: look.Framed(heading, look.Footed(page, foot)), Leave: v.end, Escape: v.back, Enter: v.plan, First: v.composer.First(), Unsaved: v.unsaved})
	var known []retention.Version
	v.work(func(ctx context.Context) (err error) {
		known, err = u.Session.KnownVersions(ctx, &j)
		return err
	}, func(err error) {
		if err == nil {
			v.composer.SetFacts(factsOf(&j, known))
		}
	})
}

// factsOf are what the picture of a job is drawn from.
func factsOf(j *settings.Job, known []retention.Version) retentionform.Facts {
	f := retentionform.Facts{Versions: known, FullEvery: j.FullEvery, Chained: j.Encryption == settings.None}
	chains := map[string]bool{}
	for _, v := range known {
		f.Chained = f.Chained || v.Chain != "" && chains[v.Chain]
		chains[v.Chain] = true
	}
	return f
}

func (v *keepingView) work(do func(ctx context.Context) error, then func(error)) {
	v.stop = append(v.stop, v.ui.Work(do, then))
}

func (v *keepingView) end() {
	v.composer.End()
	for _, stop := range v.stop {
		stop()
	}
}

func (v *keepingView) back() { v.ui.Show(Overview) }

// validate allows saving what differs and can be read.
func (v *keepingView) validate() { v.save.Enabled(v.composer.Right() && v.differs()) }

// differs tells that the choice is another one than the job's.
func (v *keepingView) differs() bool {
	return v.composer.Text() != v.job.Retention || v.composer.FullEvery() != v.job.FullEvery
}

func (v *keepingView) unsaved() string {
	if v.differs() {
		return lang.T("How long versions stay was changed here, and not saved.")
	}
	return ""
}

func (v *keepingView) keeping() session.Keeping {
	return session.Keeping{Text: v.composer.Text(), FullEvery: v.composer.FullEvery()}
}

// plan finds out what would go before anything is saved.
func (v *keepingView) plan() {
	if v.save.Disabled() {
		return
	}
	k := v.keeping()
	policy := v.composer.Policy()
	if policy.KeepsAll() {
		v.keep(k, false, nil)
		return
	}
	v.save.Enabled(false)
	v.state.Set(lang.T("Looking at what is stored, to tell which versions would go…"))
	var removal session.Removal
	var more bool
	v.work(func(ctx context.Context) (err error) {
		removal, more, err = v.compare(ctx, k.Text)
		return err
	}, func(err error) {
		v.state.Set("")
		v.validate()
		switch {
		case err != nil:
			v.askUnseen(k, err)
		case !more:
			v.keep(k, false, nil)
		default:
			v.ui.confirmChange(&v.job, k.Text, removal, func(now bool) {
				if now {
					v.keep(k, true, removal.Going)
				} else {
					v.keep(k, true, nil)
				}
			})
		}
	})
}

// compare plans a policy, and tells whether it drops what the one that is in
// force keeps.
func (v *keepingView) compare(ctx context.Context, text string) (r session.Removal, more bool, err error) {
	r, err = v.ui.Session.PlanRetention(ctx, v.job.ID, text)
	if err != nil || len(r.Going) == 0 {
		return r, false, err
	}
	if v.job.Retention == "" || v.job.Held != "" {
		return r, true, nil
	}
	before, err := v.ui.Session.PlanRetention(ctx, v.job.ID, v.job.Retention)
	gone := map[string]bool{}
	for _, g := range before.Going {
		gone[g.ID] = true
	}
	for _, g := range r.Going {
		more = more || !gone[g.ID]
	}
	return r, more, err
}

// keep saves the choice; of what is seen, what goes is removed now.
func (v *keepingView) keep(k session.Keeping, ask bool, seen []session.Going) {
	u, id := v.ui, v.job.ID
	u.Work(func(ctx context.Context) error { return u.Session.SetRetention(ctx, id, k, ask) }, func(err error) {
		if err != nil {
			u.Fail(err)
			return
		}
		v.job.Retention, v.job.FullEvery = k.Text, k.FullEvery
		if len(seen) > 0 {
			u.removeVersions(id, seen)
		}
		v.back()
	})
}

// askUnseen is for when nobody can tell what would go.
func (v *keepingView) askUnseen(k session.Keeping, err error) {
	x := session.Explain(err)
	var m *modal
	back := look.NewButton(lang.T("Back"), func() { m.hide() })
	save := look.Primary(lang.T("Save"), func() {
		m.hide()
		v.keep(k, true, nil)
	})
	m = v.ui.newModal(lang.T("Which versions would go cannot be told now"), look.Stacked(look.Between, look.Say(x.Sentence),
		look.Say(lang.T("You can save the change. Nothing is removed before you have seen the list: Varve asks after the next backup.")),
		look.Technical(x.Technical)), back, save)
	m.keys = frame.Page{Escape: func() { m.hide() }, First: back}
	m.show()
}

// answerHeld shows what waits for an answer, and takes it.
func (u *UI) answerHeld(j settings.Job) {
	var removal session.Removal
	u.Work(func(ctx context.Context) (err error) {
		removal, err = u.Session.PlanRetention(ctx, j.ID, j.Retention)
		return err
	}, func(err error) {
		if err != nil {
			u.Fail(err)
			return
		}
		u.confirmHeld(j, removal)
	})
}

// removeVersions removes what a person agreed to.
func (u *UI) removeVersions(id int64, seen []session.Going) {
	u.Work(func(ctx context.Context) error {
		_, err := u.Session.RemoveVersions(ctx, id, seen)
		return err
	}, func(err error) {
		if err != nil {
			u.Fail(err)
		}
		u.update()
	})
}

// heldBox is the question on the card of a job, or what became of it; nil when
// there is none.
func (u *UI) heldBox(j session.JobState) fyne.CanvasObject {
	switch {
	case j.Removing:
		return look.Marked(look.IconRunning, look.Lake, look.Say(lang.T("Old versions are being removed, and their room given back. The next backup can start afterwards.")))
	case j.Held == "":
		return nil
	}
	show := look.NewButton(lang.T("Show what would go"), func() { u.answerHeld(j.Job) })
	change := look.NewButton(lang.T("Change what is kept"), func() { u.openKeeping(j.Job) })
	return look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber, look.Stacked(look.Within,
		look.Strong(lang.T("Old versions were not removed.")), look.Say(retell.Text(j.Held)), look.Wrap(look.Within, show, change))))
}
