package ui

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// describeCopies changes whenever a page with the copies of a job has to be
// built anew.
func describeCopies(copies []session.CopyState) string {
	var s strings.Builder
	for i := range copies {
		c := &copies[i]
		fmt.Fprint(&s, c.ID, c.Health, c.Behind, c.Tried, c.Version, c.Sentence)
	}
	return s.String()
}

// copyKey is the place of a copy among the views of jobs, whose numbers are
// above zero.
func copyKey(id int64) int64 { return -id }

// newCopyView shows a copy that is made now.
func (u *UI) newCopyView(id int64, views map[int64]*progressView) *progressView {
	v := newNumbers()
	v.handled = copiedWords
	v.sample = func() (engine.Progress, bool) {
		p, ok := u.Session.CopyProgress(id)
		p.Bytes = min(p.Stored, p.TotalBytes) // whole files make the bar jump
		p.Current = ""                        // their names say nothing to a person
		return p, ok
	}
	v.pause = look.NewButton(lang.T("Pause"), func() {
		if p, ok := v.sample(); ok {
			u.Session.PauseCopy(id, !p.Paused)
		}
	})
	v.stop = look.NewButton(lang.T("Stop"), func() {
		v.stop.Enabled(false)
		v.pause.Enabled(false)
		u.Session.StopCopy(id)
	})
	views[copyKey(id)] = v
	return v
}

// addCopies adds a line for each second place to the card of a job.
func (u *UI) addCopies(card *fyne.Container, j *session.JobState, views map[int64]*progressView) {
	for i := range j.Copies {
		card.Add(u.copyLine(j, &j.Copies[i], views))
	}
}

func (u *UI) copyLine(j *session.JobState, c *session.CopyState, views map[int64]*progressView) fyne.CanvasObject {
	icon, colour := copyMark(c.Health)
	mark := look.Picture(icon.In(colour), 20)
	text := look.Say(copyWords(c, u.Now()))
	if c.Progress != nil {
		v := u.newCopyView(c.ID, views)
		return look.TopRow(look.Within, 1, mark, look.Stacked(6, text, v.bar, v.numbers), v.stop)
	}
	isAbove := c.InTheWay() == settings.DamagedSource && isDamaged(j) // the way out of it
	if w := u.copyWay(j, c); w != nil && !isAbove {
		return look.Row(look.Within, 1, mark, text, look.NewButton(w.label, w.do))
	}
	return look.TopRow(look.Within, 1, mark, text)
}

// copiesPage is the page with the second places of a job.
type copiesPage struct {
	ui     *UI
	job    int64
	body   *fyne.Container
	shown  string
	views  map[int64]*progressView
	tested map[int64]fyne.CanvasObject // what a test of a place says, by its number
	stop   []context.CancelFunc
}

// openCopies shows the second places of a job.
func (u *UI) openCopies(j settings.Job) {
	p := &copiesPage{ui: u, job: j.ID, body: container.NewStack(), views: map[int64]*progressView{}, tested: map[int64]fyne.CanvasObject{}}
	p.stop = append(p.stop, u.sample(func() { u.showProgress(p.views) }))
	back := look.NewButton(lang.T("Back"), p.back)
	add := look.Primary(lang.T("Add a second place"), func() { u.addCopy(j) })
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, back, layout.NewSpacer(), add))
	heading := look.Stacked(4, look.Heading(lang.T("Copies in a second place")), look.Hint(jobTitle(&j)))
	u.current = ""
	u.Open(frame.Page{Content: look.Stepped(heading, p.body, foot), Leave: p.end, Escape: p.back, Refresh: p.refresh, First: add})
}

func (p *copiesPage) back() { p.ui.Show(Overview) }

func (p *copiesPage) end() {
	for _, stop := range p.stop {
		stop()
	}
}

// refresh builds the page anew when it would look different.
func (p *copiesPage) refresh() {
	jobs, err := p.ui.Session.Jobs(p.ui.Context)
	if err != nil {
		p.ui.Fail(err)
		return
	}
	for i := range jobs {
		if j := &jobs[i]; j.ID == p.job {
			if state := describeCopies(j.Copies) + fmt.Sprint(zone.Of(j.LastGood)); state != p.shown || len(p.body.Objects) == 0 {
				p.shown = state
				p.build(j)
			}
		}
	}
	p.ui.showProgress(p.views)
}

func (p *copiesPage) build(j *session.JobState) {
	clear(p.views)
	rows := look.Stacked(look.InCard)
	if len(j.Copies) == 0 {
		rows.Add(look.Boxed(look.TopRow(look.InCard, 1, look.Picture(look.IconOverview.In(look.Lake), 28), look.AtMost(look.TextWidth, look.Stacked(look.Between,
			look.Subheading(lang.T("One place can be lost.")),
			look.Say(lang.T("A drive fails, a house burns, somebody deletes the wrong folder. After each backup, Varve can copy what is stored to a second place: a drive that is kept elsewhere, or a server.")),
			look.Say(lang.T("The copy is a whole backup of its own, opened with the same passphrase. If the first place is gone, everything can be restored from it.")))))))
	}
	for i := range j.Copies {
		rows.Add(p.card(j, &j.Copies[i]))
	}
	if len(j.Copies) > 0 {
		rows.Add(look.AtMost(look.TextWidth, look.Hint(lang.T("Copies follow after each backup. Versions that are removed from the backup go from the copies too, but not before everything new is there."))))
	}
	look.Replace(p.body, look.Scrolled(rows))
}

// card is one second place.
func (p *copiesPage) card(j *session.JobState, c *session.CopyState) fyne.CanvasObject {
	u := p.ui
	icon, colour := copyMark(c.Health)
	standing := look.Stacked(2, look.Say(copyShort(c, u.Now())))
	if !c.Finished.IsZero() && c.Progress == nil {
		standing.Add(look.Note(lang.T("Copied %s.", words.Ago(c.Finished, u.Now()))))
	}
	rows := look.Stacked(look.Between,
		look.Row(look.Within, 1, look.Picture(placeIcon(c.Destination).In(look.Lake), 20), look.Subheading(copyName(&c.Copy))),
		look.Marked(icon, colour, standing))
	if c.Progress != nil {
		v := u.newCopyView(c.ID, p.views)
		rows.Add(v.content)
		rows.Add(look.Row(0, 1, look.Beside(look.Within, v.pause, v.stop), look.Gap(1)))
		return look.Boxed(rows)
	}
	if t := p.tested[c.ID]; t != nil {
		rows.Add(t)
	}
	rows.Add(p.buttons(j, c))
	return look.Boxed(rows)
}

// placeIcon stands for a place.
func placeIcon(url string) look.Icon {
	if !destination.IsURL(session.Path(url)) {
		return look.IconDrive
	}
	return look.IconServer
}

func (p *copiesPage) buttons(j *session.JobState, c *session.CopyState) fyne.CanvasObject {
	u, row := p.ui, look.Wrap(look.Within)
	add := func(w *way, enabled bool) {
		b := look.NewButton(w.label, w.do)
		b.Enabled(enabled)
		row.Add(b)
	}
	now := &way{lang.T("Copy now"), func() { u.copyNow(c.ID, false) }}
	free := !j.Removing && (j.Progress == nil || j.Proof.Running) && !j.LastGood.IsZero()
	switch w := u.copyWay(j, c); {
	case w == nil:
		add(now, free)
	case c.InTheWay() == settings.NoTrouble:
		add(w, free)
	default:
		add(w, true)
		add(&way{lang.T("Try again"), now.do}, free)
	}
	restore := look.NewButton(lang.T("Restore from here"), func() { u.openRestore(session.CopyArchive(&j.Job, &c.Copy)) })
	restore.Enabled(!c.Finished.IsZero())
	row.Add(look.NewButton(lang.T("Test"), func() { p.test(c) }))
	row.Add(restore)
	row.Add(look.NewButton(lang.T("Change…"), func() { u.moveCopy(j.Job, &c.Copy) }))
	row.Add(look.NewButton(lang.T("Remove…"), func() { u.confirmCopyRemoval(j, c) }))
	return row
}

// test proves that a place can be used.
func (p *copiesPage) test(c *session.CopyState) {
	say := func(o fyne.CanvasObject) {
		p.tested[c.ID] = o
		p.shown = ""
		p.refresh()
	}
	say(look.Hint(lang.T("A small file is stored there, read back and deleted…")))
	choice := session.Choice{Destination: session.Path(c.Destination), Options: c.Options}
	var sentence string
	p.stop = append(p.stop, p.ui.Work(func(ctx context.Context) error {
		tested, err := p.ui.Session.Test(ctx, choice)
		sentence = lang.T("It works.") + " " + speedWords(&tested)
		if tested.Free >= 0 {
			sentence += " " + lang.T("%s are free.", words.Size(tested.Free))
		}
		return err
	}, func(err error) {
		if err == nil {
			say(look.Marked(look.IconFine, look.Moss, look.Say(sentence)))
			return
		}
		x := session.Explain(err)
		say(look.Stacked(look.Within, look.Marked(look.IconBroken, look.Clay, look.Say(x.Sentence)), look.Technical(x.Technical)))
	}))
}

// confirmCopyRemoval says what goes and what stays.
func (u *UI) confirmCopyRemoval(j *session.JobState, c *session.CopyState) {
	name := copyName(&c.Copy)
	text := lang.T("%s will no longer be copied to %s. What is stored there stays, and can be restored with “Open another backup”.", j.Name, name)
	if c.Finished.IsZero() {
		text = lang.T("%s will no longer be copied to %s. What is stored there stays.", j.Name, name)
	}
	var m *modal
	keep := look.NewButton(lang.T("Keep"), func() { m.hide() })
	remove := look.Danger(lang.T("Remove"), func() {
		m.hide()
		u.Work(func(ctx context.Context) error { return u.Session.RemoveCopy(ctx, c.ID) }, func(err error) {
			if err != nil {
				u.Fail(err)
			}
			u.update()
		})
	})
	m = u.newModal(lang.T("Remove this second place?"), look.Say(text), keep, remove)
	m.keys = frame.Page{Escape: func() { m.hide() }, First: keep}
	m.show()
}

// runningCopies adds what is copied now to the page of activity.
func (u *UI) runningCopies(rows *fyne.Container, jobs []session.JobState, views map[int64]*progressView) {
	for _, j := range jobs {
		for i := range j.Copies {
			c := &j.Copies[i]
			if c.Progress == nil {
				continue
			}
			v := u.newCopyView(c.ID, views)
			rows.Add(look.Boxed(look.Stacked(look.Between, look.Subheading(lang.T("Copying %s to %s", j.Name, copyName(&c.Copy))), v.content,
				look.Row(look.InCard, 1, look.Beside(look.Within, v.pause, v.stop),
					look.Note(lang.T("Stopping is safe: what is copied is kept, and the next copy goes on from there."))))))
		}
	}
}

// copyingNow is the first copy that is made now, nil when none is.
func copyingNow(jobs []session.JobState) *session.CopyState {
	for _, j := range jobs {
		for i := range j.Copies {
			if j.Copies[i].Progress != nil {
				return &j.Copies[i]
			}
		}
	}
	return nil
}

// copyOutcome is how an ended copy is called.
func copyOutcome(r *settings.Run) outcome {
	o, place := outcomeOf(r.Outcome), places.Name(session.Path(r.Destination))
	switch r.Outcome {
	case settings.Fine:
		o.word = lang.T("Copied to %s", place)
	case settings.Cancelled:
		o.word = lang.T("Copying to %s was stopped", place)
	case settings.Interrupted:
		o.word = lang.T("Copying to %s was interrupted", place)
	default:
		o.word = lang.T("Not all was copied to %s", place)
	}
	return o
}

// pastCopy is a copy in the history.
func (u *UI) pastCopy(r pastRun) fyne.CanvasObject {
	row := u.pastLine(r, copyOutcome(&r.Run), copyResult(&r.Run))
	switch {
	case r.Outcome == settings.Failed:
		row.Add(u.failed(r))
	case r.Problems > 0:
		row.Add(look.NewButton(lang.T("What happened"), func() { u.showEvents(r.job, r.Run) }))
	}
	return row
}
