package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// checkingView is the page on which a person says how often what is stored is
// read back, sees how much was, and starts a check.
type checkingView struct {
	ui      *UI
	job     session.JobState
	every   *choice
	minutes *choice
	pace    *look.Text
	stands  *fyne.Container // how it stands, or what runs
	views   map[int64]*progressView
	shown   string
	drills  *choice
	tryNow  *look.Button
	start   *look.Button
	save    *look.Button
	stop    []context.CancelFunc
}

// openChecking shows the page of a job.
func (u *UI) openChecking(j session.JobState) {
	v := &checkingView{ui: u, job: j, pace: look.Hint(""), stands: look.Stacked(look.Between), views: map[int64]*progressView{}}
	v.start = look.NewButton(lang.T("Prove now"), v.prove)
	v.save = look.Primary(lang.T("Save"), v.keep)
	v.every = newChoice(v.changed, j.Proof.EveryDays, item{0, lang.T("Never")}, item{1, lang.T("Every day")}, item{7, lang.T("Every week")}, item{30, lang.T("Every month")})
	v.minutes = newChoice(v.changed, j.Proof.Minutes, item{5, lang.T("5 minutes")}, item{10, lang.T("10 minutes")}, item{30, lang.T("30 minutes")}, item{60, lang.T("60 minutes")}, item{0, lang.T("Until all is read")})
	v.drills = newChoice(v.changed, j.Drill.EveryDays, item{0, lang.T("Not by itself")}, item{7, lang.T("Once a week")}, item{30, lang.T("Once a month")}, item{90, lang.T("Every three months")})
	v.tryNow = look.NewButton(lang.T("Prove it now"), v.tryOut)
	v.changed()
	v.show()
	back := look.NewButton(lang.T("Back"), v.back)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.Within, 1, back, look.Gap(1), v.start, v.save))
	body := look.Stacked(look.Between, v.stands,
		look.Gap(look.Within), look.Subheading(lang.T("How often")), v.every.cards,
		look.Gap(look.Within), look.Subheading(lang.T("For how long each time")), v.minutes.cards, v.pace, v.drillPart())
	page := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, look.InCard, 0, look.InCard), body))
	heading := look.Stacked(4, look.Heading(lang.T("Prove what is stored")), look.Hint(jobTitle(&j.Job)))
	u.current = ""
	v.stop = append(v.stop, u.sample(func() { u.showProgress(v.views) }))
	u.Open(frame.Page{Content: look.Framed(heading, look.Footed(page, foot)), Refresh: v.refresh, Leave: v.end, Escape: v.back, First: v.every.chosen(), Unsaved: v.unsaved})
}

func (v *checkingView) end() {
	for _, stop := range v.stop {
		stop()
	}
}

func (v *checkingView) back() { v.ui.Show(Overview) }

func (v *checkingView) differs() bool {
	return v.every.value != v.job.Proof.EveryDays || v.minutes.value != v.job.Proof.Minutes || v.drills.value != v.job.Drill.EveryDays
}

func (v *checkingView) unsaved() string {
	if v.differs() {
		return lang.T("How what is stored is proved was changed here, and not saved.")
	}
	return ""
}

// changed follows a choice.
func (v *checkingView) changed() {
	if v.every == nil || v.minutes == nil || v.drills == nil {
		return // they are being made
	}
	v.save.Enabled(v.differs())
	v.pace.Set(paceWords(&v.job.Proof, v.every.value, v.minutes.value))
}

// refresh shows how the job stands after something changed.
func (v *checkingView) refresh() {
	jobs, err := v.ui.Session.Jobs(v.ui.Context)
	if err != nil {
		v.ui.Fail(err)
		return
	}
	for _, j := range jobs {
		if j.ID == v.job.ID {
			v.job = j
			v.changed()
			v.show()
		}
	}
	v.ui.showProgress(v.views)
}

// show shows how the job stands, if that is another way than before: a click
// must not lose its button.
func (v *checkingView) show() {
	j := &v.job
	v.start.Enabled(j.Progress == nil && !j.Removing && !j.LastGood.IsZero())
	v.tryNow.Enabled(j.Progress == nil && !j.Removing && !j.LastGood.IsZero())
	state := fmt.Sprint(j.Repairing, j.Drill, j.Proof.Checking, j.Proof.Running, len(j.Proof.Runs), j.Progress != nil, zone.Of(j.LastGood))
	if state == v.shown {
		return
	}
	v.shown = state
	clear(v.views)
	v.stands.Objects = []fyne.CanvasObject{
		look.Say(lang.T("Varve reads back a part of what is stored at a time, first what was read longest ago, and compares every byte with what was written. What a drive or a server lost is found this way while there is time to mend it.")),
		v.share(),
	}
	if j.Proof.Found != settings.Whole {
		v.stands.Add(v.damage())
	}
	if box := v.ui.drillBox(j); box != nil {
		v.stands.Add(box)
	}
	v.stands.Add(v.last())
	if !j.Drill.Running && j.Drill.Failed == 0 && !j.LastGood.IsZero() {
		v.stands.Add(look.Marked(drillMark(&j.Drill), look.Quiet, look.Say(v.ui.drillWords(&j.Drill))))
	}
	v.stands.Refresh()
}

// share is the picture of how much was read back.
func (v *checkingView) share() fyne.CanvasObject {
	now := v.ui.Now()
	f := v.job.Proof.ReadLately(now)
	bar := look.NewBar(14)
	bar.Colour(look.Moss)
	if f.Of > 0 {
		bar.Set(float64(f.Read) / float64(f.Of))
	}
	amount := ""
	if f.Of > 0 {
		amount = lang.T("%s of %s", words.Size(f.Read), words.Size(f.Of))
	}
	return look.Stacked(look.Within, bar, look.Row(look.InCard, 0, look.Say(provedWords(&v.job.Proof, now)), look.Tag(amount, look.Quiet).Right()))
}

func (v *checkingView) damage() fyne.CanvasObject {
	rows := look.Stacked(look.Within, look.Say(past(v.job.Proof.Sentence)))
	buttons := look.Wrap(look.Within, v.ui.repairButton(&v.job))
	if r, ok := foundIn(&v.job.Proof); ok {
		buttons.Add(look.NewButton(lang.T("What was found"), func() { v.ui.showFindings(&v.job.Job, r) }))
	}
	rows.Add(buttons)
	return look.On(look.ClayGround, "", look.Between, look.Marked(look.IconBroken, look.Clay, rows))
}

// last is what runs now, or how the last check ended and when the next comes.
func (v *checkingView) last() fyne.CanvasObject {
	u, j := v.ui, &v.job
	switch {
	case j.Proof.Running:
		p := u.newCheckView(j)
		v.views[j.ID] = p
		if j.Drill.Running {
			return look.Boxed(look.Stacked(look.Between, p.content, look.Row(look.InCard, 1, p.stop, look.Note(drillNote()))))
		}
		return look.Boxed(look.Stacked(look.Between, p.content, look.Row(look.InCard, 1, p.stop, look.Note(lang.T("Stopping is safe: what was read counts, and the next check goes on with the rest.")))))
	case j.Progress != nil:
		return look.Hint(lang.T("A backup is running. What is stored can be proved when it has ended."))
	case j.LastGood.IsZero():
		return look.Hint(lang.T("There is no version yet. What the first backup stores can be proved."))
	case len(j.Proof.Runs) == 0:
		return look.Hint(nextWords(&j.Proof, u.Now()))
	}
	r := j.Proof.Runs[0]
	o := checkOutcome(&r)
	rows := look.Stacked(2, look.Parts(look.Part{Text: o.word, Colour: o.colour}, look.Part{Text: "   " + words.Ago(r.Started, u.Now()), Colour: look.Quiet}))
	if r.Problems == 0 || j.Proof.Found == settings.Whole { // else it stands above
		rows.Add(look.Note(checkResult(&r)))
	}
	if next := nextWords(&j.Proof, u.Now()); next != "" {
		rows.Add(look.Note(next))
	}
	return look.Marked(o.icon, o.colour, rows)
}

// prove starts a check for as long as is chosen.
func (v *checkingView) prove() {
	u, id, minutes := v.ui, v.job.ID, v.minutes.value
	v.start.Enabled(false)
	v.stop = append(v.stop, u.Work(func(ctx context.Context) error { return u.Session.Prove(ctx, id, minutes) }, func(err error) {
		if err != nil {
			v.start.Enabled(true)
			u.Fail(err)
			return
		}
		v.refresh()
	}))
}

// keep saves the choice.
func (v *checkingView) keep() {
	u, id, every, minutes, drills := v.ui, v.job.ID, v.every.value, v.minutes.value, v.drills.value
	u.Work(func(ctx context.Context) error {
		return errors.Join(u.Session.SetChecking(ctx, id, every, minutes), u.Session.SetDrilling(ctx, id, drills))
	}, func(err error) {
		if err != nil {
			u.Fail(err)
			return
		}
		v.job.Proof.EveryDays, v.job.Proof.Minutes, v.job.Drill.EveryDays = every, minutes, drills
		v.back()
	})
}

// pace is how long it takes to read back all, as fast as it went last time; 0
// where that cannot be told.
func pace(p *session.Proof, everyDays, minutes int) time.Duration {
	if everyDays == 0 || p.Of == 0 {
		return 0
	}
	between := time.Duration(everyDays) * 24 * time.Hour
	if minutes == 0 {
		return between
	}
	for _, r := range p.Runs {
		if took := r.Ended.Sub(r.Started); r.Outcome == settings.Fine && r.Bytes > 0 && took > 0 {
			each := float64(r.Bytes) * float64(time.Duration(minutes)*time.Minute) / float64(took)
			times := int64(float64(p.Of)/each) + 1
			return time.Duration(min(times, 10_000)) * between
		}
	}
	return 0
}

// paceWords say what a choice comes to.
func paceWords(p *session.Proof, everyDays, minutes int) string {
	const day = 24 * time.Hour
	all := pace(p, everyDays, minutes)
	days := int64(all / day)
	switch {
	case everyDays == 0:
		return lang.T("Nothing is read back unless you press “Prove now”. What a drive loses then shows only when you need it.")
	case all == 0:
		return lang.T("How long it takes until all was read back shows after the first time.")
	case days > 90:
		return lang.T("As fast as last time, reading back all of it takes about %s months. Choose more often or longer, so that nothing lies unread for long.", words.Number(days/30))
	case days > 30:
		return lang.T("As fast as last time, all of it is read back about every %s weeks.", words.Number((days+3)/7))
	case days == 1:
		return lang.T("As fast as last time, all of it is read back every day.")
	}
	return lang.T("As fast as last time, all of it is read back about every %s days.", words.Number(days))
}

// item is a number to choose, and its name.
type item struct {
	value int
	name  string
}

// choice is one of several numbers.
type choice struct {
	value   int
	cards   *fyne.Container
	options []*look.Option
	values  []int
	changed func()
}

func newChoice(changed func(), value int, items ...item) *choice {
	c := &choice{value: value, cards: look.Grid(look.Within, 150), changed: changed}
	for _, x := range items {
		o := look.NewOption(x.name, func() { c.choose(x.value) })
		c.options, c.values = append(c.options, o), append(c.values, x.value)
		c.cards.Add(o)
	}
	c.mark()
	return c
}

func (c *choice) choose(value int) {
	c.value = value
	c.mark()
	c.changed()
}

func (c *choice) mark() {
	for i, o := range c.options {
		o.Choose(c.values[i] == c.value)
	}
}

// chosen is the card that is chosen, or the first.
func (c *choice) chosen() *look.Option {
	for i, o := range c.options {
		if c.values[i] == c.value {
			return o
		}
	}
	return c.options[0]
}
