package ui

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/restorepage"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// activityPage shows what runs now, and the past runs.
func (u *UI) activityPage() frame.Page {
	body := container.NewStack()
	views := map[int64]*progressView{}
	shown := "nothing yet"
	undos := u.newUndoList()
	refresh := func() {
		undos.refresh()
		jobs, err := u.Session.Jobs(u.Context)
		if err != nil {
			u.Fail(err)
			return
		}
		if state := describeStates(jobs); state != shown {
			shown = state
			clear(views)
			look.Replace(body, u.activity(jobs, views, undos.rows))
		}
		u.showProgress(views)
	}
	return frame.Page{Content: body, Refresh: refresh, Leave: u.sample(func() { u.showProgress(views) }), Light: true}
}

func (u *UI) activity(jobs []session.JobState, views map[int64]*progressView, undos fyne.CanvasObject) fyne.CanvasObject {
	rows := look.Stacked(look.Between)
	for _, j := range jobs {
		if j.Progress == nil {
			continue
		}
		if j.Proof.Running {
			rows.Add(u.runningCheck(&j, views))
			continue
		}
		v := u.newRunView(&j)
		if j.Repairing == 0 {
			v.draw(func() []float64 { return u.Session.Speeds(j.ID) }, j.Runs)
		}
		views[j.ID] = v
		title, note := runHeading(&j)
		rows.Add(look.Boxed(look.Stacked(look.Between, look.Subheading(title), v.content,
			look.Row(look.InCard, 1, look.Beside(look.Within, v.pause, v.stop), look.Note(note)))))
	}
	u.runningCopies(rows, jobs, views)
	if len(views) == 0 {
		rows.Add(look.Hint(lang.T("Nothing runs now.")))
	}
	rows.Add(look.Gap(look.Between))
	rows.Add(undos)
	rows.Add(look.Subheading(lang.T("Past runs")))
	rows.Add(u.pastRuns(jobs))
	return look.Page(look.Heading(lang.T("Activity")), rows)
}

// showProgress shows samples of what runs.
func (u *UI) showProgress(views map[int64]*progressView) {
	for _, v := range views {
		if p, ok := v.sample(); ok {
			v.show(p)
		}
	}
}

// progressView shows one running job.
type progressView struct {
	content                   fyne.CanvasObject
	bar                       *look.Bar
	numbers, left, file, fact *look.Text
	pause, stop               *look.Button
	handled                   func(engine.Progress) string
	sample                    func() (engine.Progress, bool)
	trace                     *look.Trace      // nil where there is no room for it
	speeds                    func() []float64 // what trace shows
	runs                      []settings.Run   // that tell how long one takes
	steps                     bool             // the bar shows steps, not bytes
}

// draw adds a picture of the speed, and has the runs before this one tell how
// long it takes.
func (v *progressView) draw(speeds func() []float64, runs []settings.Run) {
	v.trace, v.speeds, v.runs = look.NewTrace(), speeds, runs
	v.content = look.Stacked(look.Within, v.content, v.trace)
}

func (u *UI) newProgressView(job int64) *progressView {
	v := newNumbers()
	v.sample = func() (engine.Progress, bool) { return u.Session.Progress(job) }
	v.pause = look.NewButton(lang.T("Pause"), func() {
		if p, ok := u.Session.Progress(job); ok {
			u.Session.Pause(job, !p.Paused)
		}
	})
	v.stop = look.NewButton(lang.T("Stop"), func() {
		v.stop.Enabled(false)
		v.pause.Enabled(false)
		u.Session.StopRun(job)
	})
	return v
}

// newNumbers makes what is the same for everything that runs.
func newNumbers() *progressView {
	v := &progressView{handled: handled, bar: look.NewBar(8), numbers: look.Say(""), left: look.Tag("", look.Ink).Right(), file: look.SmallLine("", look.Quiet), fact: look.SmallTag("", look.Quiet).Right()}
	v.content = look.Stacked(look.Within, v.bar, look.Row(look.InCard, 0, v.numbers, v.left), look.Row(look.InCard, 0, v.file, v.fact))
	return v
}

// show shows a sample.
func (v *progressView) show(p engine.Progress) {
	v.bar.Set(share(p))
	colour := look.Lake
	if p.Paused {
		colour = look.Amber
	}
	v.bar.Colour(colour)
	v.numbers.Set(v.handled(p))
	v.left.Set(remaining(p, v.runs))
	v.fact.Set(v.facts(p))
	if v.trace != nil {
		v.trace.Set(v.speeds())
	}
	v.file.Set(words.Middle(p.Current, 80))
	if v.pause != nil {
		label := lang.T("Pause")
		if p.Paused {
			label = lang.T("Continue")
		}
		if v.pause.Text != label {
			v.pause.SetText(label)
		}
	}
	v.content.Refresh() // the texts need their room
}

// facts are how fast it goes, and what went wrong so far.
func (v *progressView) facts(p engine.Progress) string {
	var all []string
	if p.Problems > 0 {
		all = append(all, lang.N(p.Problems, "%s problem so far", "%s problems so far", words.Number(p.Problems)))
	}
	if s := p.Elapsed.Seconds(); s >= 1 && !p.Paused && p.Bytes > 0 && !v.steps {
		all = append(all, lang.T("%s/s", words.Size(int64(v.speed(p)))))
	}
	return strings.Join(all, " · ")
}

// mostRecent is how many of the newest speeds say how fast it goes now.
const mostRecent = 5

// speed is how many bytes are handled in a second: now, where that is known.
func (v *progressView) speed(p engine.Progress) float64 {
	var recent []float64
	if v.speeds != nil {
		recent = v.speeds()
	}
	if len(recent) < mostRecent {
		return float64(p.Bytes) / p.Elapsed.Seconds()
	}
	sum := 0.0
	for _, s := range recent[len(recent)-mostRecent:] {
		sum += s
	}
	return sum / mostRecent
}

// handled says how much is done: "1 204 files, 3.41 GB of 18.0 GB".
func handled(p engine.Progress) string {
	files, done := words.Count(p.Files, "file"), words.Size(p.Bytes)
	whole := words.Size(max(p.TotalBytes, p.Bytes))
	switch {
	case p.TotalBytes <= 0:
		return lang.T("%s, %s", files, done)
	case !p.Counted:
		return lang.T("%s, %s of %s counted so far", files, done, whole)
	}
	return lang.T("%s, %s of %s", files, done, whole)
}

// remaining says how long it takes, or what is done instead.
func remaining(p engine.Progress, runs []settings.Run) string {
	switch {
	case p.Paused:
		return lang.T("Paused.")
	case p.Phase == engine.Preparing:
		return lang.T("Looking at the destination…")
	case p.Phase == engine.Finishing:
		return lang.T("Finishing…")
	}
	if s, ok := left(p, runs); ok {
		return s.words()
	}
	return ""
}

// outcome is how an ended run is called and shown.
type outcome struct {
	word   string
	icon   look.Icon
	colour fyne.ThemeColorName
}

func outcomeOf(o settings.Outcome) outcome {
	switch o {
	case settings.Fine:
		return outcome{lang.T("Fine"), look.IconFine, look.Moss}
	case settings.Warnings:
		return outcome{lang.T("With exceptions"), look.IconNotice, look.Amber}
	case settings.Failed:
		return outcome{lang.T("Failed"), look.IconBroken, look.Clay}
	case settings.Cancelled:
		return outcome{lang.T("Stopped"), look.IconStopped, look.Amber}
	case settings.Interrupted:
		return outcome{lang.T("Interrupted"), look.IconStopped, look.Amber}
	}
	return outcome{lang.T("Running"), look.IconRunning, look.Lake}
}

// pastRun is a run that ended, and the job that it was of.
type pastRun struct {
	settings.Run
	job *session.JobState
}

// pastRuns lists what ended, by day, the newest first.
func (u *UI) pastRuns(jobs []session.JobState) fyne.CanvasObject {
	all := u.history(jobs)
	if len(all) == 0 {
		return look.Hint(lang.T("Finished backups will be listed here, with what they could not read."))
	}
	return newPastList(len(all), func(from, to int) []fyne.CanvasObject { return u.pastDays(all[from:to]) }).content
}

// pastDays shows a stretch of the history, with a caption for each day.
func (u *UI) pastDays(runs []happened) (rows []fyne.CanvasObject) {
	day := ""
	for _, h := range runs {
		if d := words.Day(h.when, u.Now()); d != day {
			day = d
			rows = append(rows, look.Stacked(0, look.Gap(look.Within), look.Caption(d)))
		}
		rows = append(rows, h.show())
	}
	return rows
}

// pastRun is one line of the history.
func (u *UI) pastRun(r pastRun) fyne.CanvasObject {
	if r.Kind == settings.CopyRun {
		return u.pastCopy(r)
	}
	if r.Kind == settings.DrillRun {
		return u.pastDrill(r)
	}
	if r.Kind == settings.VerifyRun {
		return u.pastCheck(r)
	}
	if r.Kind == settings.RepairRun {
		return u.pastRepair(r)
	}
	row := u.pastLine(r, outcomeOf(r.Outcome), resultOf(r.Run))
	buttons := look.Stacked(4)
	if out := u.wayOut(r.job, &r.Run); out != nil {
		buttons.Add(out)
	}
	if r.Changed > 0 && !r.Version.IsZero() {
		changed := look.Plain(lang.T("What changed"), look.IconAfter, func() { u.showChanges(r) })
		buttons.Add(changed)
	}
	if r.Removed > 0 {
		buttons.Add(look.NewButton(lang.N(r.Removed, "%s version removed", "%s versions removed", words.Number(r.Removed)), func() { u.showRemoved(r.Run) }))
	}
	switch {
	case r.Problems > 0:
		buttons.Add(look.NewButton(lang.N(r.Problems, "%s item was left out", "%s items were left out", words.Number(r.Problems)), func() { u.showEvents(r.job, r.Run) }))
	case r.Outcome == settings.Failed:
		buttons.Add(look.NewButton(lang.T("What happened"), func() { u.showEvents(r.job, r.Run) }))
	}
	if len(buttons.Objects) > 0 {
		row.Add(buttons)
	}
	return row
}

// showChanges lists what a run found changed.
func (u *UI) showChanges(r pastRun) {
	u.openRestore(session.ArchiveOf(&r.job.Job))
	u.finder.ShowRun(r.Version, func(err error) {
		if !errors.Is(err, restorepage.ErrNotKnown) {
			u.Fail(err)
			return
		}
		var m *modal
		closing := look.Primary(lang.T("Close"), func() { m.hide() })
		m = u.wideModal(420, lang.T("What changed"),
			look.Say(lang.T("There is no older version to compare this one with, or this computer has not looked at both yet.")), look.Flow(0, closing))
		m.keys = frame.Page{Enter: func() { m.hide() }, Escape: func() { m.hide() }, First: closing}
		m.show()
	})
}

// pastLine says when what ran, and how it ended. There is room for a control.
func (u *UI) pastLine(r pastRun, o outcome, detail string) *fyne.Container {
	line := look.Stacked(2, look.Parts(
		look.Part{Text: words.Clock(r.Started) + "   ", Colour: look.Quiet}, look.Part{Text: r.job.Name + "   ", Colour: look.Ink},
		look.Part{Text: o.word, Colour: o.colour}))
	if detail != "" {
		line.Add(look.Note(detail))
	}
	return look.Titled(look.TopRow(look.Between, 1, look.Picture(o.icon.In(o.colour), 20), line))
}

// resultOf says what a run did, or why it did not.
func resultOf(r settings.Run) string {
	switch r.Outcome {
	case settings.Fine, settings.Warnings:
		said := lang.T("%s changed, %s stored in %s.", words.Count(r.Changed, "item"), words.Size(r.Stored), words.Took(r.Ended.Sub(r.Started)))
		if r.Removal != "" {
			said = lang.T("%s Old versions were not removed. %s", said, past(r.Removal))
		}
		return said
	case settings.Cancelled:
		return lang.T("What was stored is kept, and the next run goes on from there.")
	case settings.Interrupted:
		return lang.T("Varve ended while it ran. What was stored is kept, and the next run goes on from there.")
	}
	return past(r.Sentence)
}
