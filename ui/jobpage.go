package ui

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/retentionform"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/whenform"
	"github.com/varve-backup/varve/ui/words"
)

// jobPage is how a job is set up, each answer with the way to its form, and what
// it did.
type jobPage struct {
	ui    *UI
	id    int64
	body  *fyne.Container
	views map[int64]*progressView
	shown string
	run   int64 // the run that is looked at, 0 for the newest
	fixed bool  // the passphrase stays as it is, whatever a person wants
	// before and after go to the neighbours of that run.
	before, after *look.Button
}

// openJob shows the page of a job.
func (u *UI) openJob(id int64) {
	p := &jobPage{ui: u, id: id, body: container.NewStack(), views: map[int64]*progressView{}}
	stop := u.sample(func() { u.showProgress(p.views) })
	p.refresh()
	u.current = ""
	var forget context.CancelFunc
	u.Open(frame.Page{Content: p.body, Refresh: p.refresh, Leave: func() { stop(); forget() }, Escape: func() { u.Show(Overview) }})
	forget = p.lookInside()
}

// lookInside finds out whether the passphrase can be changed. Where that is not
// known it can, and the page for it looks again.
func (p *jobPage) lookInside() (stop context.CancelFunc) {
	fixed := false
	return p.ui.Work(func(ctx context.Context) error {
		jobs, err := p.ui.Session.Jobs(ctx)
		for i := range jobs {
			if jobs[i].ID == p.id && jobs[i].Encryption == settings.Passphrase {
				fixed, err = p.ui.Session.KeptInVolumes(ctx, &jobs[i].Job)
			}
		}
		return err
	}, func(err error) {
		if err == nil && fixed {
			p.fixed = true
			p.refresh()
		}
	})
}

// refresh builds the page anew when it would look different.
func (p *jobPage) refresh() {
	jobs, err := p.ui.Session.Jobs(p.ui.Context)
	if err != nil {
		p.ui.Fail(err)
		return
	}
	for i := range jobs {
		j := &jobs[i]
		if j.ID != p.id {
			continue
		}
		if state := describeStates(jobs[i:i+1]) + fmt.Sprint(j.Rules, j.Folders, p.run, p.fixed); state != p.shown {
			p.shown = state
			p.build(j)
		}
		p.ui.showProgress(p.views)
		return
	}
	if p.shown != "" { // it was removed
		p.ui.Show(Overview)
	}
}

func (p *jobPage) build(j *session.JobState) {
	u := p.ui
	clear(p.views)
	icon, colour, sentence := u.stateOf(*j)
	back := look.Plain(lang.T("Overview"), look.IconBefore, func() { u.Show(Overview) })
	label, mend := u.mend(j)
	run := look.Primary(label, mend)
	if j.Health == session.Damaged {
		run = u.repairButton(j)
	}
	run.Enabled(!j.Removing && (j.Progress == nil || j.Proof.Running))
	heading := look.Stacked(look.Within, look.Row(0, 1, back, look.Gap(1)), look.Titled(look.Heading(jobTitle(&j.Job)), look.Beside(look.Within, run, u.more(*j))))
	rows := look.Stacked(look.InCard, look.Marked(icon, colour, look.Coloured(sentence, colour)))
	if j.Progress != nil && !j.Proof.Running {
		v := u.newRunView(j)
		p.views[j.ID] = v
		rows.Add(look.Boxed(look.Stacked(look.Between, v.content, look.Row(0, 1, look.Beside(look.Within, v.pause, v.stop), look.Gap(1)))))
	}
	rows.Add(look.Boxed(look.Stacked(look.Between, p.answers(j)...)))
	rows.Add(look.Subheading(lang.T("What it did")))
	rows.Add(p.past(j))
	look.Replace(p.body, look.Page(heading, rows))
}

// answer is one of the wizard's, and the button to its form, nil for one that
// stays as it is.
func answer(icon look.Icon, title string, change *look.Button, lines ...string) fyne.CanvasObject {
	text := look.Stacked(2, look.Caption(title))
	for _, l := range lines {
		text.Add(look.Say(l))
	}
	row := look.TopRow(look.InCard, 1, look.Picture(icon.In(look.Lake), 24), text)
	if change != nil {
		change.Name = title + ": " + change.Text
		row.Add(change)
	}
	return row
}

// answers are all that a person said of a job.
func (p *jobPage) answers(j *session.JobState) []fyne.CanvasObject {
	u := p.ui
	change := func(do func()) *look.Button { return look.NewButton(lang.T("Change…"), do) }
	when := whenform.New(u.Now, j.Timing.Plan, whenform.Facts{Local: !session.NeedsNetwork(j.Destination)}).Sentences()
	when = when[:min(len(when), 2)] // the form says the rest
	return []fyne.CanvasObject{
		answer(look.IconFolder, lang.T("What"), change(func() { u.openSources(j.Job) }), whatWords(&j.Job)...),
		answer(placeIcon(j.Destination), lang.T("Where"), change(func() { u.openWhere(*j) }), places.Name(session.Path(j.Destination))),
		p.protection(j, change(func() { u.openRephrasing(*j) })),
		answer(look.IconClock, lang.T("When"), change(func() { u.openTiming(*j) }), when...),
		answer(look.IconRestore, lang.T("How long"), change(func() { u.openKeeping(j.Job) }), u.keptWords(&j.Job)),
		answer(look.IconServer, lang.T("In a second place"), change(func() { u.openCopies(j.Job) }), u.copiesWords(j)...),
		answer(look.IconFine, lang.T("Proof"), change(func() { u.openChecking(*j) }), provedWords(&j.Proof, u.Now()), u.drillWords(&j.Drill)),
	}
}

// whatWords say what a job keeps.
func whatWords(j *settings.Job) []string {
	var names []string
	for _, f := range j.Folders {
		names = append(names, words.Printable(places.Tilde(f)))
	}
	said := []string{words.List(names)}
	if n := int64(len(j.Rules)); n > 0 {
		said = append(said, lang.N(n, "%s rule chooses among what lies in there.", "%s rules choose among what lies in there.", words.Number(n)))
	}
	return said
}

// protection says who can read it, and why another answer would need another
// backup where that is so.
func (p *jobPage) protection(j *session.JobState, change *look.Button) fyne.CanvasObject {
	var said []string
	switch {
	case j.Encryption == settings.None:
		said = []string{lang.T("Not encrypted: whoever gets at the destination can read it."), lang.T("It stays so. To encrypt, set up a new backup in another place.")}
	case j.Encryption == settings.Keys:
		said = []string{
			lang.T("Encrypted for OpenPGP keys. Without the secret part of one of them nothing can be restored, by nobody."),
			lang.T("What is stored stays so. For other keys, set up a new backup in another place."),
		}
	case p.fixed:
		said = []string{lang.T("Encrypted. Without the passphrase nothing can be restored, by nobody."), fixedWords()}
	default:
		return answer(look.IconLock, lang.T("Protection"), change, lang.T("Encrypted. Without the passphrase nothing can be restored, by nobody."))
	}
	return answer(look.IconLock, lang.T("Protection"), nil, said...)
}

// keptWords say how long versions stay.
func (u *UI) keptWords(j *settings.Job) string {
	c := retentionform.NewComposer(u, j.Retention, factsOf(j, nil))
	defer c.End()
	return words.Sentence(c.Summary()) + "."
}

func (u *UI) copiesWords(j *session.JobState) (said []string) {
	for i := range j.Copies {
		said = append(said, copyWords(&j.Copies[i], u.Now()))
	}
	if len(said) == 0 && destination.IsURL(session.Path(j.Destination)) {
		return []string{lang.T("It is kept in one place only.")}
	}
	if len(said) == 0 {
		return []string{lang.T("It is kept in one place only. If that drive is lost, so is the backup.")}
	}
	return said
}

// past is the strip of runs, with one of them looked at.
func (p *jobPage) past(j *session.JobState) fyne.CanvasObject {
	if len(j.Runs) == 0 {
		return look.Hint(lang.T("There is no version yet. Each run will be a layer here."))
	}
	at := 0
	for i := range j.Runs {
		if j.Runs[i].ID == p.run {
			at = i
		}
	}
	r := j.Runs[at]
	p.before = p.neighbour(lang.T("The run before"), look.IconBefore, j, at+1, func() *look.Button { return p.before })
	p.after = p.neighbour(lang.T("The run after"), look.IconAfter, j, at-1, func() *look.Button { return p.after })
	o := outcomeOf(r.Outcome)
	when := look.Strong(words.Sentence(whenform.When(r.Started, p.ui.Now())))
	rows := look.Stacked(look.Between, historyAt(j.Runs, at), look.Row(look.Within, 1, p.before, when, p.after),
		look.Marked(o.icon, o.colour, look.Stacked(2, look.Coloured(o.word, o.colour), look.Say(p.did(&r)))))
	buttons := look.Wrap(look.Within)
	if madeAVersion(&r) {
		buttons.Add(look.NewButton(lang.T("Look inside"), func() { p.ui.openRestore(session.ArchiveOf(&j.Job)) }))
	}
	if r.Problems > 0 || r.Outcome == settings.Failed {
		buttons.Add(look.NewButton(lang.T("What happened"), func() { p.ui.showEvents(j, r) }))
	}
	rows.Add(buttons)
	return look.Boxed(rows)
}

func madeAVersion(r *settings.Run) bool {
	return r.Outcome == settings.Fine || r.Outcome == settings.Warnings
}

// neighbour goes to another run. same is the button in its place afterwards,
// which has the keyboard then: a person goes on in one direction.
func (p *jobPage) neighbour(name string, icon look.Icon, j *session.JobState, at int, same func() *look.Button) *look.Button {
	b := look.WithIcon("", icon, func() {
		p.run = j.Runs[at].ID
		p.refresh()
		p.ui.Focus(same())
	})
	b.Name = name
	b.Enabled(at >= 0 && at < len(j.Runs))
	return b
}

// did says what a run brought.
func (p *jobPage) did(r *settings.Run) string {
	switch {
	case r.Outcome == settings.Running:
		return lang.T("It runs now.")
	case !madeAVersion(r):
		if r.Sentence == "" {
			return lang.T("No version was made.")
		}
		return past(r.Sentence)
	}
	took := words.Took(r.Ended.Sub(r.Started))
	if r.Changed == 0 {
		return lang.T("Nothing had changed. It took %s.", took)
	}
	return lang.N(r.Changed, "%s item was new, changed or deleted. %s stored in %s.", "%s items were new, changed or deleted. %s stored in %s.", words.Number(r.Changed), words.Size(r.Stored), took)
}
