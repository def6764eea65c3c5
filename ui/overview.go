package ui

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// overviewPage says whether the person is protected, and holds a card for
// every job. Without a job it is the first start.
func (u *UI) overviewPage() frame.Page {
	body := container.NewStack()
	views := map[int64]*progressView{}
	shown := "nothing yet"
	refresh := func() {
		jobs, err := u.Session.Jobs(u.Context)
		if err != nil {
			u.Fail(err)
			return
		}
		// Rebuilt only when it would look different: a click must not lose
		// its button.
		if state := fmt.Sprint(describeStates(jobs), u.Now().Format("15:04")); state != shown {
			shown = state
			clear(views)
			body.Objects = []fyne.CanvasObject{u.overview(jobs, views)}
			body.Refresh()
		}
		u.showProgress(views)
	}
	sampling := u.sample(func() { u.showProgress(views) })
	// What it says of ages grows old.
	ageing := u.every(time.Minute/2, refresh)
	return frame.Page{Content: body, Refresh: refresh, Leave: func() { sampling(); ageing() }}
}

func describeStates(jobs []session.JobState) string {
	s := ""
	for _, j := range jobs {
		s += fmt.Sprint(j.ID, j.Health, len(j.Runs), j.LastGood, j.Held, j.Retention, j.Removing)
	}
	return s
}

func (u *UI) overview(jobs []session.JobState, views map[int64]*progressView) fyne.CanvasObject {
	if len(jobs) == 0 {
		return u.welcome()
	}
	head, quiet := u.standing(jobs)
	cards := look.Stacked(look.InCard)
	for _, j := range jobs {
		cards.Add(u.card(j, views))
	}
	another := look.WithIcon("New backup", look.IconAdd, u.startWizard)
	heading := look.TopRow(look.InCard, 0, look.Stacked(4, look.Heading(head), look.Hint(quiet)), another)
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
		session.Late:      "You are protected, but not lately.",
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
	door := func(i look.Icon, title, text string, button *look.Button) fyne.CanvasObject {
		return look.On(look.Card, look.Rule, look.AtEdge, look.Footed(
			look.Stacked(look.Within, look.Row(0, 1, look.Picture(i.In(look.Lake), 28), layout.NewSpacer()), look.Gap(2), look.Subheading(title), look.Hint(text)),
			look.Stacked(0, look.Gap(20), button)))
	}
	doors := look.Columns(look.InCard,
		door(look.IconOverview, "Keep my files", "Choose folders and a drive. Everything is encrypted before it is stored, and every version is kept.",
			look.Primary("Start backing up", u.startWizard)),
		door(look.IconRestore, "Get files back", "Open a backup that Varve, duplicity or restic made, look through its versions, and bring back what you need.",
			look.NewButton("Restore from a backup", func() { u.Show(Restore) })))
	column := look.Stacked(look.Between, look.Row(0, 1, look.Logo(assets.Icon, 56), layout.NewSpacer()), look.Gap(4),
		look.Heading("Every layer of your work, kept."),
		look.Hint("Varve lays down a version of your folders each time it runs, and brings back any file as it was."), look.Gap(look.InCard), doors)
	return container.NewCenter(look.Wide(680, column))
}

// card is one job.
func (u *UI) card(j session.JobState, views map[int64]*progressView) fyne.CanvasObject {
	icon, colour, sentence := u.stateOf(j)
	title := look.Row(look.Within, 1, look.Picture(icon.In(colour), 22),
		look.Subheading(fmt.Sprintf("%s to %s", j.Name, places.Name(session.Path(j.Destination)))))
	rows := look.Stacked(look.Between, title, look.Coloured(sentence, colour))
	switch {
	case j.Progress != nil:
		v := u.newProgressView(j.ID)
		views[j.ID] = v
		rows.Add(v.content)
		rows.Add(look.Row(look.Within, 2, v.pause, v.stop, layout.NewSpacer(), u.more(j)))
		return look.Boxed(rows)
	case len(j.Runs) > 1:
		rows.Add(history(j.Runs))
	}
	rows.Add(look.Note(holding(j)))
	if box := u.heldBox(j); box != nil {
		rows.Add(box)
	}
	rows.Add(u.cardButtons(j))
	return look.Boxed(rows)
}

// holding says what the newest version holds, and what comes next.
func holding(j session.JobState) string {
	next := "The next version is made when you press Back up now."
	if j.LastGood.IsZero() {
		return next
	}
	added := ""
	for _, r := range j.Runs {
		if r.Version.Equal(j.LastGood) {
			added = words.Size(r.Stored) + " added by the last version · "
			break
		}
	}
	return fmt.Sprintf("%s, %s · %s%s", words.Count(j.Files, "file"), words.Size(j.Bytes), added, next)
}

// history is the strip of a job's runs, oldest first.
func history(runs []settings.Run) fyne.CanvasObject {
	var layers []look.Layer
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		layers = append(layers, look.Layer{Weight: float64(r.Stored), Made: r.Outcome == settings.Fine || r.Outcome == settings.Warnings})
	}
	return look.NewStrata(layers)
}

func (u *UI) cardButtons(j session.JobState) fyne.CanvasObject {
	label := "Back up now"
	if j.Health == session.Unfinished {
		label = "Continue"
	}
	run := look.Primary(label, func() { u.BackUp(j.ID) })
	run.Enabled(!j.Removing)
	buttons := look.Row(look.Within, 2, run)
	back := look.NewButton("Restore files", func() { u.openRestore(session.ArchiveOf(&j.Job)) })
	back.Enabled(!j.LastGood.IsZero())
	buttons.Add(back)
	buttons.Add(layout.NewSpacer())
	if len(j.Runs) > 0 && (j.Runs[0].Problems > 0 || j.Runs[0].Outcome == settings.Failed) {
		buttons.Add(look.NewButton("What happened", func() { u.showEvents(&j.Job, j.Runs[0]) }))
	}
	buttons.Add(u.more(j))
	return buttons
}

// more is the button for what is done rarely.
func (u *UI) more(j session.JobState) fyne.CanvasObject {
	var b *look.Button
	b = look.WithIcon("", look.IconMore, func() {
		menu := fyne.NewMenu("",
			fyne.NewMenuItem("How long versions stay…", func() { u.openKeeping(j.Job) }),
			fyne.NewMenuItem("Past runs", func() { u.Show(Activity) }),
			fyne.NewMenuItem("Remove from Varve…", func() { u.confirmRemoval(j) }))
		at := u.App.Driver().AbsolutePositionForObject(b)
		widget.ShowPopUpMenuAtPosition(menu, u.window.Canvas(), at.AddXY(0, b.Size().Height+4))
	})
	b.Name = "More"
	return b
}

// confirmRemoval says what goes and what stays.
func (u *UI) confirmRemoval(j session.JobState) {
	text := fmt.Sprintf("Varve will no longer back up %s. What is stored in %s stays there and can still be restored.", j.Name, places.Name(session.Path(j.Destination)))
	if j.Progress != nil {
		text += " The backup that runs now is stopped."
	}
	forget := look.NewCheck("Take its passphrase out of the keyring, too", nil)
	body := look.Stacked(look.Between, look.Say(text))
	if j.Encryption != settings.None {
		body.Add(explained(forget, "Do this only if you know it by heart or have written it down: without it nothing there can be restored."))
	}
	var m *modal
	remove := func() {
		m.hide()
		u.Work(func(ctx context.Context) error { return u.Session.RemoveJob(ctx, j.ID, forget.Checked) }, func(err error) {
			if err != nil {
				u.Fail(err)
			}
		})
	}
	keep := look.NewButton("Keep", func() { m.hide() })
	m = u.newModal("Remove this backup?", body, keep, look.Danger("Remove", remove))
	m.keys = frame.Page{Escape: func() { m.hide() }, First: keep}
	m.show()
}

// stateOf says how a job stands.
func (u *UI) stateOf(j session.JobState) (look.Icon, fyne.ThemeColorName, string) {
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
		return look.IconFine, look.Moss, "Fine. " + ago
	case session.Busy:
		return look.IconRunning, look.Lake, "Running. " + ago
	case session.Paused:
		return look.IconPaused, look.Amber, "Paused. " + ago
	case session.Late:
		return look.IconClock, look.Amber, "Late: nothing saved since " + words.Moment(j.LastGood, u.Now()) + "."
	case session.Attention:
		return look.IconNotice, look.Amber, fmt.Sprintf("%s left out of the last version. %s", wasWere(last.Problems), ago)
	case session.Unfinished:
		return look.IconStopped, look.Amber, "Not finished. What was stored is kept, and the next run goes on from there. " + ago
	}
	if last.Sentence != "" {
		return look.IconBroken, look.Clay, last.Sentence + " " + ago
	}
	return look.IconBroken, look.Clay, ago
}

func wasWere(n int64) string {
	if n == 1 {
		return "1 item was"
	}
	return words.Number(n) + " items were"
}
