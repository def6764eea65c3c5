package ui

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// sampleEvery is how often a running job's numbers are shown anew.
const sampleEvery = 250 * time.Millisecond

// activityPage shows what runs now, and the past runs.
func (u *UI) activityPage() page {
	body := container.NewStack()
	views := map[int64]*progressView{}
	shown := "nothing yet"
	refresh := func() {
		jobs, err := u.Session.Jobs(u.Context)
		if err != nil {
			u.fail(err)
			return
		}
		if state := describeStates(jobs); state != shown {
			shown = state
			clear(views)
			body.Objects = []fyne.CanvasObject{u.activity(jobs, views)}
			body.Refresh()
		}
	}
	stop := u.sample(func() {
		for id, v := range views {
			if r := u.Session.Running(id); r != nil {
				v.show(r.Progress())
			}
		}
	})
	return page{content: body, refresh: refresh, leave: stop}
}

// sample calls show on the main loop until the page is left.
func (u *UI) sample(show func()) (stop context.CancelFunc) {
	return u.work(func(ctx context.Context) error {
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				u.Do(func() {
					if ctx.Err() == nil {
						show()
					}
				})
			}
		}
	}, func(error) {})
}

func (u *UI) activity(jobs []session.JobState, views map[int64]*progressView) fyne.CanvasObject {
	rows := look.Stacked(12)
	past := look.Stacked(2)
	for _, j := range jobs {
		if j.Progress != nil {
			v := u.newProgressView(j)
			v.show(*j.Progress)
			views[j.ID] = v
			rows.Add(v.content)
		}
		for _, r := range j.Runs {
			if r.Outcome != settings.Running {
				past.Add(u.pastRun(j, r))
			}
		}
	}
	if len(views) == 0 {
		rows.Add(look.Hint("Nothing runs now."))
	}
	rows.Add(look.Gap(8))
	rows.Add(look.Subheading("Past runs"))
	if len(past.Objects) == 0 {
		past.Add(look.Hint("Finished backups will be listed here, with what they could not read."))
	}
	rows.Add(past)
	return look.Page(look.Heading("Activity"), rows)
}

// progressView shows one running job.
type progressView struct {
	content             fyne.CanvasObject
	bar                 *widget.ProgressBar
	numbers, left, file *widget.RichText
	pause               *widget.Button
}

func (u *UI) newProgressView(j session.JobState) *progressView {
	v := &progressView{bar: widget.NewProgressBar(), numbers: look.Hint(""), left: look.Hint(""), file: look.Line("", look.Quiet)}
	v.pause = widget.NewButton("Pause", nil)
	v.pause.OnTapped = func() {
		if r := u.Session.Running(j.ID); r != nil {
			u.Session.Pause(j.ID, !r.Progress().Paused)
		}
	}
	stop := widget.NewButton("Stop", func() { u.Session.StopRun(j.ID) })
	v.content = look.Boxed(look.Stacked(8, look.Subheading("Backing up "+j.Name+" to "+placeName(session.Path(j.Destination))),
		v.bar, v.numbers, v.left, v.file, look.Beside(8, v.pause, stop)))
	return v
}

// show shows a sample.
func (v *progressView) show(p engine.Progress) {
	if p.TotalBytes > 0 {
		v.bar.SetValue(min(1, float64(p.Bytes)/float64(p.TotalBytes)))
	}
	numbers := fmt.Sprintf("%s, %s", words.Count(p.Files, "file"), words.Size(p.Bytes))
	if p.TotalBytes > 0 {
		numbers += " of " + words.Size(p.TotalBytes)
		if !p.Counted {
			numbers += " so far"
		}
	}
	if s := p.Elapsed.Seconds(); s >= 1 && !p.Paused {
		numbers += fmt.Sprintf(" · %s/s", words.Size(int64(float64(p.Bytes)/s)))
	}
	look.SetText(v.numbers, numbers)
	left := ""
	switch {
	case p.Paused:
		left = "Paused."
	case p.Phase == engine.Preparing:
		left = "Looking at the destination…"
	case p.Phase == engine.Finishing:
		left = "Finishing…"
	case p.Counted:
		if l := words.Left(p.Bytes, p.TotalBytes, p.Elapsed); l != "" {
			left = l + " left"
		}
	}
	look.SetText(v.left, left)
	look.SetText(v.file, words.Middle(p.Current, 90))
	label := "Pause"
	if p.Paused {
		label = "Continue"
	}
	if v.pause.Text != label {
		v.pause.SetText(label)
	}
}

// outcomes are how ended runs are called.
var outcomes = map[settings.Outcome]string{
	settings.Fine: "Fine", settings.Warnings: "With exceptions", settings.Failed: "Failed",
	settings.Cancelled: "Stopped", settings.Interrupted: "Interrupted",
}

// pastRun is one line of the history.
func (u *UI) pastRun(j session.JobState, r settings.Run) fyne.CanvasObject {
	text := fmt.Sprintf("%s   %s   %s", words.Ago(r.Started, u.Now()), j.Name, outcomes[r.Outcome])
	detail := r.Sentence
	if r.Outcome == settings.Fine || r.Outcome == settings.Warnings {
		detail = fmt.Sprintf("%s changed, %s stored", words.Count(r.Changed, "item"), words.Size(r.Stored))
	}
	line := look.Stacked(0, look.Line(text, look.Ink))
	if detail != "" {
		line.Add(look.Text(detail, look.Quiet, look.Small, false))
	}
	if r.Problems == 0 {
		return line
	}
	show := widget.NewButton(wasWere(r.Problems)+" left out", func() { u.showEvents(r) })
	return container.NewBorder(nil, nil, nil, container.NewVBox(show), line)
}

// showEvents lists what needed attention in a run.
func (u *UI) showEvents(r settings.Run) {
	events, err := u.Session.Events(u.Context, r.ID)
	if err != nil {
		u.fail(err)
		return
	}
	rows := look.Stacked(6)
	for _, e := range events {
		rows.Add(look.Stacked(0, look.Line(e.Path, look.Ink), look.Text(e.Text, look.Quiet, look.Small, false)))
	}
	d := dialog.NewCustom("What needed attention", "Close", container.NewVScroll(rows), u.window)
	d.Resize(fyne.NewSize(640, 460))
	d.Show()
}
