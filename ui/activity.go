package ui

import (
	"fmt"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// activityPage shows what runs now, and the past runs.
func (u *UI) activityPage() frame.Page {
	body := container.NewStack()
	views := map[int64]*progressView{}
	shown := "nothing yet"
	refresh := func() {
		jobs, err := u.Session.Jobs(u.Context)
		if err != nil {
			u.Fail(err)
			return
		}
		if state := describeStates(jobs); state != shown {
			shown = state
			clear(views)
			body.Objects = []fyne.CanvasObject{u.activity(jobs, views)}
			body.Refresh()
		}
		u.showProgress(views)
	}
	return frame.Page{Content: body, Refresh: refresh, Leave: u.sample(func() { u.showProgress(views) })}
}

func (u *UI) activity(jobs []session.JobState, views map[int64]*progressView) fyne.CanvasObject {
	rows := look.Stacked(look.Between)
	for _, j := range jobs {
		if j.Progress == nil {
			continue
		}
		v := u.newProgressView(j.ID)
		views[j.ID] = v
		rows.Add(look.Boxed(look.Stacked(look.Between,
			look.Subheading("Backing up "+j.Name+" to "+places.Name(session.Path(j.Destination))), v.content,
			look.Row(look.InCard, 1, look.Beside(look.Within, v.pause, v.stop),
				look.Note("Stopping is safe: what is stored is kept, and the next run goes on from there.")))))
	}
	if len(views) == 0 {
		rows.Add(look.Hint("Nothing runs now."))
	}
	rows.Add(look.Gap(look.Between))
	rows.Add(look.Subheading("Past runs"))
	rows.Add(u.pastRuns(jobs))
	return look.Page(look.Heading("Activity"), rows)
}

// showProgress shows samples of what runs.
func (u *UI) showProgress(views map[int64]*progressView) {
	for id, v := range views {
		if p, ok := u.Session.Progress(id); ok {
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
}

func (u *UI) newProgressView(job int64) *progressView {
	v := newNumbers()
	v.pause = look.NewButton("Pause", func() {
		if p, ok := u.Session.Progress(job); ok {
			u.Session.Pause(job, !p.Paused)
		}
	})
	v.stop = look.NewButton("Stop", func() {
		v.stop.Enabled(false)
		v.pause.Enabled(false)
		u.Session.StopRun(job)
	})
	return v
}

// newNumbers makes what is the same for everything that runs.
func newNumbers() *progressView {
	v := &progressView{bar: look.NewBar(8), numbers: look.Say(""), left: look.Tag("", look.Ink).Right(), file: look.SmallLine("", look.Quiet), fact: look.SmallTag("", look.Quiet).Right()}
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
	v.numbers.Set(handled(p))
	v.left.Set(remaining(p))
	fact := ""
	if s := p.Elapsed.Seconds(); s >= 1 && !p.Paused && p.Bytes > 0 {
		fact = words.Size(int64(float64(p.Bytes)/s)) + "/s"
	}
	if p.Problems > 0 {
		fact = words.Count(p.Problems, "problem") + " so far · " + fact
	}
	v.fact.Set(fact)
	v.file.Set(words.Middle(p.Current, 80))
	if v.pause != nil {
		label := "Pause"
		if p.Paused {
			label = "Continue"
		}
		if v.pause.Text != label {
			v.pause.SetText(label)
		}
	}
	v.content.Refresh() // the texts need their room
}

// handled says how much is done: "1 204 files, 3.41 GB of 18.0 GB".
func handled(p engine.Progress) string {
	numbers := fmt.Sprintf("%s, %s", words.Count(p.Files, "file"), words.Size(p.Bytes))
	if p.TotalBytes <= 0 {
		return numbers
	}
	numbers += " of " + words.Size(max(p.TotalBytes, p.Bytes))
	if !p.Counted {
		numbers += " counted so far"
	}
	return numbers
}

// remaining says how long it takes, or what is done instead.
func remaining(p engine.Progress) string {
	switch {
	case p.Paused:
		return "Paused."
	case p.Phase == engine.Preparing:
		return "Looking at the destination…"
	case p.Phase == engine.Finishing:
		return "Finishing…"
	case p.Counted:
		if left := words.Left(p.Bytes, p.TotalBytes, p.Elapsed); left != "" {
			return left + " left"
		}
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
		return outcome{"Fine", look.IconFine, look.Moss}
	case settings.Warnings:
		return outcome{"With exceptions", look.IconNotice, look.Amber}
	case settings.Failed:
		return outcome{"Failed", look.IconBroken, look.Clay}
	case settings.Cancelled:
		return outcome{"Stopped", look.IconStopped, look.Amber}
	case settings.Interrupted:
		return outcome{"Interrupted", look.IconStopped, look.Amber}
	}
	return outcome{"Running", look.IconRunning, look.Lake}
}

// pastRun is a run that ended, and the job that it was of.
type pastRun struct {
	settings.Run
	job *settings.Job
}

// mostPast is how many past runs are listed.
const mostPast = 100

// pastRuns lists what ended, by day, the newest first.
func (u *UI) pastRuns(jobs []session.JobState) fyne.CanvasObject {
	var runs []pastRun
	for _, j := range jobs {
		for _, r := range j.Runs {
			if r.Outcome != settings.Running {
				runs = append(runs, pastRun{r, &j.Job})
			}
		}
	}
	slices.SortStableFunc(runs, func(a, b pastRun) int { return b.Started.Compare(a.Started) })
	rows := look.Stacked(look.Within)
	if len(runs) == 0 {
		rows.Add(look.Hint("Finished backups will be listed here, with what they could not read."))
	}
	day := ""
	for _, r := range runs[:min(len(runs), mostPast)] {
		if d := words.Day(r.Started, u.Now()); d != day {
			day = d
			rows.Add(look.Stacked(0, look.Gap(look.Within), look.Caption(d)))
		}
		rows.Add(u.pastRun(r))
	}
	return rows
}

// pastRun is one line of the history.
func (u *UI) pastRun(r pastRun) fyne.CanvasObject {
	o := outcomeOf(r.Outcome)
	line := look.Stacked(2, look.Parts(
		look.Part{Text: words.Clock(r.Started) + "   ", Colour: look.Quiet}, look.Part{Text: r.job.Name + "   ", Colour: look.Ink},
		look.Part{Text: o.word, Colour: o.colour}))
	if detail := resultOf(r.Run); detail != "" {
		line.Add(look.Note(detail))
	}
	row := look.TopRow(look.Between, 1, look.Picture(o.icon.In(o.colour), 20), line)
	if r.Removed > 0 {
		row.Add(look.NewButton(words.Count(r.Removed, "version")+" removed", func() { u.showRemoved(r.Run) }))
	}
	switch {
	case r.Problems > 0:
		row.Add(look.NewButton(wasWere(r.Problems)+" left out", func() { u.showEvents(r.job, r.Run) }))
	case r.Outcome == settings.Failed:
		row.Add(look.NewButton("What happened", func() { u.showEvents(r.job, r.Run) }))
	}
	return row
}

// resultOf says what a run did, or why it did not.
func resultOf(r settings.Run) string {
	switch r.Outcome {
	case settings.Fine, settings.Warnings:
		said := fmt.Sprintf("%s changed, %s stored in %s.", words.Count(r.Changed, "item"), words.Size(r.Stored), words.Took(r.Ended.Sub(r.Started)))
		if r.Removal != "" {
			said += " Old versions were not removed. " + r.Removal
		}
		return said
	case settings.Cancelled:
		return "What was stored is kept, and the next run goes on from there."
	case settings.Interrupted:
		return "Varve ended while it ran. What was stored is kept, and the next run goes on from there."
	}
	return r.Sentence
}

// mostShown is how many events of a run are listed in the window.
const mostShown = 200

// showEvents lists what needed attention in a run.
func (u *UI) showEvents(j *settings.Job, r settings.Run) {
	root := session.ArchiveOf(j).Root
	events, err := u.Session.Events(u.Context, r.ID)
	if err != nil {
		u.Fail(err)
		return
	}
	rows := look.Stacked(look.Between)
	if r.Sentence != "" {
		rows.Add(look.Say(r.Sentence))
	}
	var rest []string
	for _, e := range events[:min(len(events), mostShown)] {
		if e.Kind == settings.VersionRemoved {
			continue
		}
		if e.Path == "" {
			rest = append(rest, e.Text)
			continue
		}
		rows.Add(look.Stacked(2, look.Line(words.Printable(places.Tilde(filepath.Join(root, e.Path))), look.Ink), look.Note(e.Text)))
	}
	if n := r.Problems - mostShown; n > 0 {
		rows.Add(look.Hint(fmt.Sprintf("And %s more.", words.Number(n))))
	}
	for _, text := range rest {
		rows.Add(look.Technical(text))
	}
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, look.InCard), rows))
	scroll.SetMinSize(fyne.NewSize(600, min(400, 16+52*float32(max(len(events), 2)))))
	var m *modal
	closing := look.Primary("Close", func() { m.hide() })
	m = u.wideModal(600, "What happened "+words.Ago(r.Started, u.Now()), scroll, look.Row(0, 0, layout.NewSpacer(), closing))
	m.keys = frame.Page{Enter: func() { m.hide() }, Escape: func() { m.hide() }}
	m.show()
}
