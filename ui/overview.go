package ui

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// overviewPage says whether the person is protected, and holds a card for
// every job. Without a job it is the first start.
func (u *UI) overviewPage() page {
	body := container.NewStack()
	shown := ""
	refresh := func() {
		jobs, err := u.Session.Jobs(u.Context)
		if err != nil {
			u.fail(err)
			return
		}
		// Rebuilt only when it would look different: a click must not lose
		// its button.
		if state := fmt.Sprint(describeStates(jobs), u.Now().Format("15:04")); state != shown {
			shown = state
			body.Objects = []fyne.CanvasObject{u.overview(jobs)}
			body.Refresh()
		}
	}
	return page{content: body, refresh: refresh}
}

func describeStates(jobs []session.JobState) string {
	s := ""
	for _, j := range jobs {
		s += fmt.Sprint(j.ID, j.Health, len(j.Runs), j.LastGood)
	}
	return s
}

func (u *UI) overview(jobs []session.JobState) fyne.CanvasObject {
	if len(jobs) == 0 {
		return u.welcome()
	}
	head, quiet := u.standing(jobs)
	cards := look.Stacked(12)
	for _, j := range jobs {
		cards.Add(u.card(j))
	}
	another := widget.NewButtonWithIcon("New backup", theme.ContentAddIcon(), u.startWizard)
	heading := container.NewBorder(nil, nil, nil, container.NewVBox(another), look.Stacked(0, look.Heading(head), look.Hint(quiet)))
	return look.Page(heading, cards)
}

// standing is the one sentence that a person comes for.
func (u *UI) standing(jobs []session.JobState) (head, quiet string) {
	worst, newest := session.Protected, time.Time{}
	for _, j := range jobs {
		worst = max(worst, j.Health)
		if j.LastGood.After(newest) {
			newest = j.LastGood
		}
	}
	head = map[session.Health]string{
		session.Protected: "You are protected.", session.Busy: "A backup is running.", session.Paused: "A backup is paused.",
		session.Attention: "You are protected, with exceptions.", session.Unfinished: "A backup was not finished.",
		session.Unprotected: "Something is not protected.",
	}[worst]
	if newest.IsZero() {
		return head, "There is no version yet."
	}
	return head, "Last version " + words.Ago(newest, u.Now()) + "."
}

// welcome is the first start: a sentence and two doors.
func (u *UI) welcome() fyne.CanvasObject {
	door := func(title, text, button string, primary bool, tapped func()) fyne.CanvasObject {
		b := widget.NewButton(button, tapped)
		if primary {
			b.Importance = widget.HighImportance
		}
		return look.Boxed(look.Wide(312, container.NewBorder(nil, b, nil, nil,
			look.Stacked(4, look.Subheading(title), look.Hint(text), look.Gap(12)))))
	}
	doors := container.New(layout.NewCustomPaddedHBoxLayout(16),
		door("Keep my files", "Choose folders and a drive. Everything is encrypted before it is stored, and every version is kept.", "Start backing up", true, u.startWizard),
		door("Get files back", "Open a backup that Varve or duplicity made, look through its versions, and bring back what you need.", "Restore from a backup", false, func() { u.Show(Restore) }))
	column := look.Stacked(12, look.Heading("Every layer of your work, kept."),
		look.Hint("Varve lays down a version of your folders each time it runs, and brings back any file as it was."), look.Gap(12), doors)
	return container.NewCenter(look.Wide(720, column))
}

// card is one job.
func (u *UI) card(j session.JobState) fyne.CanvasObject {
	title := look.Subheading(fmt.Sprintf("%s to %s", j.Name, placeName(session.Path(j.Destination))))
	sentence, colour := u.stateSentence(j)
	var layers []look.Layer
	for i := len(j.Runs) - 1; i >= 0; i-- {
		r := j.Runs[i]
		layers = append(layers, look.Layer{
			Weight: float64(r.Stored), Made: r.Outcome == settings.Fine || r.Outcome == settings.Warnings,
		})
	}
	holds := ""
	if !j.LastGood.IsZero() {
		holds = fmt.Sprintf("%s · %s", words.Count(j.Files, "file"), words.Size(j.Bytes))
	}
	rows := look.Stacked(6, title, look.Text(sentence, colour, look.Body, false))
	if len(layers) > 1 {
		rows.Add(look.Inset(4, look.NewStrata(layers)))
	}
	if holds != "" {
		rows.Add(look.Hint(holds))
	}
	rows.Add(u.cardButtons(j))
	return look.Boxed(rows)
}

func (u *UI) cardButtons(j session.JobState) fyne.CanvasObject {
	more := widget.NewButtonWithIcon("", theme.MoreHorizontalIcon(), nil)
	more.OnTapped = func() { u.showMore(j, more) }
	if j.Progress != nil {
		show := widget.NewButton("Show progress", func() { u.Show(Activity) })
		stop := widget.NewButton("Stop", func() { u.Session.StopRun(j.ID) })
		return look.Beside(8, show, stop, layout.NewSpacer(), more)
	}
	label := "Back up now"
	if j.Health == session.Unfinished {
		label = "Continue"
	}
	run := widget.NewButton(label, func() { u.BackUp(j.ID) })
	run.Importance = widget.HighImportance
	back := widget.NewButton("Restore files", func() { u.openRestore(session.ArchiveOf(&j.Job)) })
	if j.LastGood.IsZero() {
		back.Disable()
	}
	return look.Beside(8, run, back, layout.NewSpacer(), more)
}

// BackUp starts a job.
func (u *UI) BackUp(id int64) {
	if err := u.Session.BackUp(id); err != nil {
		u.fail(err)
		return
	}
	u.update()
}

func (u *UI) showMore(j session.JobState, at fyne.CanvasObject) {
	menu := fyne.NewMenu("",
		fyne.NewMenuItem("Past runs", func() { u.Show(Activity) }),
		fyne.NewMenuItem("Remove from Varve…", func() { u.confirmRemoval(j) }))
	pos := fyne.CurrentApp().Driver().AbsolutePositionForObject(at)
	widget.ShowPopUpMenuAtPosition(menu, u.window.Canvas(), pos.AddXY(0, at.Size().Height))
}

// confirmRemoval says what goes and what stays.
func (u *UI) confirmRemoval(j session.JobState) {
	text := look.Wide(440, look.Say(fmt.Sprintf("Varve will no longer back up %s. What is stored in %s stays there and can still be restored.", j.Name, session.Path(j.Destination))))
	dialog.ShowCustomConfirm("Remove this backup?", "Remove", "Keep", text, func(ok bool) {
		if !ok {
			return
		}
		if err := u.Session.RemoveJob(u.Context, j.ID); err != nil {
			u.fail(err)
		}
	}, u.window)
}

// stateSentence says how a job stands.
func (u *UI) stateSentence(j session.JobState) (string, fyne.ThemeColorName) {
	ago := "Last version " + words.Ago(j.LastGood, u.Now()) + "."
	if j.LastGood.IsZero() {
		ago = "There is no version yet."
	}
	last := settings.Run{}
	if len(j.Runs) > 0 {
		last = j.Runs[0]
	}
	switch j.Health {
	case session.Protected:
		return "✓ Fine. " + ago, look.Moss
	case session.Busy:
		return "Running. " + ago, look.Lake
	case session.Paused:
		return "Paused. " + ago, look.Amber
	case session.Attention:
		return fmt.Sprintf("! %s left out of the last version. %s", wasWere(last.Problems), ago), look.Amber
	case session.Unfinished:
		return "… Not finished. What was stored is kept; the next run goes on from there. " + ago, look.Amber
	}
	if last.Sentence != "" {
		return "✕ " + last.Sentence + " " + ago, look.Clay
	}
	return "✕ " + ago, look.Clay
}

func wasWere(n int64) string {
	if n == 1 {
		return "1 item was"
	}
	return words.Number(n) + " items were"
}
