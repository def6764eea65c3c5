package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
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
		if state := fmt.Sprint(describeStates(jobs), u.Session.PausedUntil(u.Context), zone.Of(u.Now()).Format("15:04")); state != shown {
			shown = state
			clear(views)
			look.Replace(body, u.overview(jobs, views))
		}
		u.showProgress(views)
	}
	sampling := u.sample(func() { u.showProgress(views) })
	// What it says of ages grows old.
	ageing := u.every(time.Minute/2, refresh)
	return frame.Page{Content: body, Refresh: refresh, Leave: func() { sampling(); ageing() }, Light: true}
}

func describeStates(jobs []session.JobState) string {
	var s strings.Builder
	for _, j := range jobs {
		fmt.Fprint(&s, j.ID, j.Health, len(j.Runs), len(j.Others), zone.Of(j.LastGood), j.Held, j.Retention, j.Removing, j.Repairing, j.Proof.Checking, j.Proof.Running, j.Drill, describeCopies(j.Copies), comes(&j), j.Timing.Watch, j.Size, j.Full, j.Lack)
	}
	return s.String()
}

func (u *UI) overview(jobs []session.JobState, views map[int64]*progressView) fyne.CanvasObject {
	if len(jobs) == 0 {
		return u.welcome()
	}
	head, quiet := u.standing(jobs)
	cards := look.Stacked(look.InCard)
	if box := u.pausedBox(); box != nil {
		cards.Add(box)
	}
	for _, j := range jobs {
		cards.Add(u.card(j, views))
	}
	another := look.Row(look.Within, 0, look.Plain(lang.T("I have backups already"), look.IconSearch, u.openAdoption), look.WithIcon(lang.T("New backup"), look.IconAdd, u.startWizard))
	heading := look.Titled(look.Stacked(4, look.Heading(head), look.Hint(quiet)), another)
	return look.Page(heading, cards)
}

// standing is the one sentence that a person comes for.
func (u *UI) standing(jobs []session.JobState) (head, quiet string) {
	worst, newest, alone := session.Protected, time.Time{}, false
	for _, j := range jobs {
		worst, alone = max(worst, j.Health), alone || j.CopyTrouble() != nil
		if j.LastGood.After(newest) {
			newest = j.LastGood
		}
	}
	head = lang.T(map[session.Health]string{
		session.Protected: lang.Mark("You are protected."), session.Busy: lang.Mark("A backup is running."), session.Paused: lang.Mark("A backup is paused."),
		session.Late:      lang.Mark("You are protected, but not lately."),
		session.Attention: lang.Mark("You are protected, with exceptions."), session.Unfinished: lang.Mark("A backup was not finished."),
		session.Damaged: lang.Mark("Something that is stored is damaged."), session.Unprotected: lang.Mark("Something is not protected."),
	}[worst])
	if alone && worst == session.Protected {
		head = lang.T("You are protected, but not in a second place.")
	}
	quiet = u.lastVersion(newest)
	if said := u.changedIn(jobs); said != "" {
		quiet += " " + said
	}
	if said := u.provedRestore(jobs); said != "" {
		quiet += " " + said
	}
	return head, quiet
}

// welcome is the first start: a sentence and two doors.
func (u *UI) welcome() fyne.CanvasObject {
	door := func(i look.Icon, title, text string, button *look.Button) fyne.CanvasObject {
		return look.On(look.Card, look.Rule, look.AtEdge, look.Footed(
			look.Stacked(look.Within, look.Row(0, 1, look.Picture(i.In(look.Lake), 28), layout.NewSpacer()), look.Gap(2), look.Subheading(title), look.Hint(text)),
			look.Stacked(0, look.Gap(20), button)))
	}
	doors := look.Grid(look.InCard, 280,
		door(look.IconOverview, lang.T("Keep my files"), lang.T("Choose folders and a drive. Everything is encrypted before it is stored, and every version is kept."),
			look.Primary(lang.T("Start backing up"), u.startWizard)),
		door(look.IconRestore, lang.T("Get files back"), lang.T("Open a backup that Varve, duplicity or restic made, look through its versions, and bring back what you need."),
			look.NewButton(lang.T("Restore from a backup"), func() { u.Show(Restore) })))
	third := look.Plain(lang.T("I have backups already"), look.IconSearch, u.openAdoption)
	column := look.Stacked(look.Between, look.Row(0, 1, look.Logo(assets.Icon, 56), layout.NewSpacer()), look.Gap(4),
		look.Heading(lang.T("Every layer of your work, kept.")),
		look.Hint(lang.T("Varve lays down a version of your folders each time it runs, and brings back any file as it was.")), look.Gap(look.InCard), doors,
		look.Row(look.Within, 1, third, look.Note(lang.T("On a drive or a server: look into them, or go on with them."))))
	// Large letters need more than a small window has.
	return container.NewVScroll(container.New(centred{}, look.InsetXY(look.AtEdge, look.AtEdge, column)))
}

// centred puts an object into the middle, not wider than can be read well.
type centred struct{}

// mostWelcome is how wide that is, for letters of the usual size.
const mostWelcome = 680 + 2*look.AtEdge

// MinSize implements fyne.Layout.
func (centred) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Layout implements fyne.Layout.
func (centred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, mostWelcome*look.Letters())
	height := look.Settle(objects[0], width)
	objects[0].Move(fyne.NewPos((size.Width-width)/2, max(0, (size.Height-height)/2)))
}

// card is one job.
func (u *UI) card(j session.JobState, views map[int64]*progressView) fyne.CanvasObject {
	icon, colour, sentence := u.stateOf(j)
	heading := look.Row(look.Within, 1, look.Picture(icon.In(colour), 22),
		look.Subheading(jobTitle(&j.Job)))
	stands := look.Stacked(2, look.Coloured(sentence, colour))
	if text := u.unkeptWords(&j); text != "" {
		stands.Add(look.Note(text))
	}
	rows := look.Stacked(look.Between, heading, stands)
	switch {
	case j.Progress != nil && !j.Proof.Running:
		v := u.newRunView(&j)
		views[j.ID] = v
		rows.Add(v.content)
		rows.Add(look.Row(look.Within, 2, v.pause, v.stop, layout.NewSpacer(), u.more(j)))
		return look.Boxed(rows)
	case len(j.Runs) > 1:
		rows.Add(history(j.Runs))
	}
	facts := look.Stacked(4)
	if text := holding(&j); text != "" {
		facts.Add(look.Note(text))
	}
	facts.Add(u.comingRow(j))
	rows.Add(facts)
	if soon := u.fullSoon(&j); soon != nil {
		rows.Add(soon)
	}
	switch proof := u.proofOn(j, views); {
	case proof == nil:
	case j.Proof.Running || j.Health == session.Damaged:
		rows.Add(proof) // with buttons
	default:
		facts.Add(proof)
	}
	if box := u.repairedBox(&j); box != nil {
		rows.Add(box)
	}
	if box := u.heldBox(j); box != nil {
		rows.Add(box)
	}
	u.addCopies(rows, &j, views)
	rows.Add(u.cardButtons(j))
	return look.Boxed(rows)
}

// history is the strip of a job's runs, oldest first.
func history(runs []settings.Run) fyne.CanvasObject { return historyAt(runs, -1) }

// historyAt is the strip with one of the runs marked.
func historyAt(runs []settings.Run, at int) fyne.CanvasObject {
	var layers []look.Layer
	for i, r := range slices.Backward(runs) {
		layers = append(layers, look.Layer{Weight: float64(r.Stored), Made: madeAVersion(&r), Chosen: i == at})
	}
	return look.NewStrata(layers)
}

func (u *UI) cardButtons(j session.JobState) fyne.CanvasObject {
	label, mend := u.mend(&j)
	run := look.Primary(label, mend)
	if j.Health == session.Damaged {
		run = look.NewButton(label, mend) // what comes first stands with the damage
	}
	run.Enabled(!j.Removing)
	back := look.NewButton(lang.T("Restore files"), func() { u.openRestore(session.ArchiveOf(&j.Job)) })
	back.Enabled(!j.LastGood.IsZero())
	often := look.Wrap(look.Within, run, back)
	if w := u.wayOutOf(j.Trouble(), &j); w != nil && j.Trouble() != settings.NoPassphrase {
		often = look.Wrap(look.Within, run, look.NewButton(lang.T("Back up now"), func() { u.BackUp(j.ID) }), back)
	}
	rare := look.Beside(look.Within)
	if len(j.Runs) > 0 && (j.Runs[0].Problems > 0 || j.Runs[0].Outcome == settings.Failed) {
		rare.Add(look.NewButton(lang.T("What happened"), func() { u.showEvents(&j, j.Runs[0]) }))
	} else {
		rare.Add(look.NewButton(lang.T("Details"), func() { u.openJob(j.ID) }))
	}
	rare.Add(u.more(j))
	return look.Titled(often, rare)
}

// more is the button for what is done rarely.
func (u *UI) more(j session.JobState) fyne.CanvasObject {
	var b *look.Button
	b = look.WithIcon("", look.IconMore, func() {
		menu := fyne.NewMenu("",
			fyne.NewMenuItem(lang.T("All about it…"), func() { u.openJob(j.ID) }),
			fyne.NewMenuItem(lang.T("What is kept…"), func() { u.openSources(j.Job) }),
			fyne.NewMenuItem(lang.T("When it runs…"), func() { u.openTiming(j) }),
			fyne.NewMenuItem(lang.T("How long versions stay…"), func() { u.openKeeping(j.Job) }),
			fyne.NewMenuItem(lang.T("Copy to a second place…"), func() { u.openCopies(j.Job) }),
			fyne.NewMenuItem(lang.T("Prove what is stored…"), func() { u.openChecking(j) }),
			fyne.NewMenuItem(lang.T("Past runs"), func() { u.Show(Activity) }),
			fyne.NewMenuItem(lang.T("Remove from Varve…"), func() { u.confirmRemoval(j) }))
		at := u.App.Driver().AbsolutePositionForObject(b)
		widget.ShowPopUpMenuAtPosition(menu, u.window.Canvas(), at.AddXY(0, b.Size().Height+4))
	})
	b.Name = lang.T("More")
	return b
}

// confirmRemoval says what goes and what stays.
func (u *UI) confirmRemoval(j session.JobState) {
	text := lang.T("Varve will no longer back up %s. What is stored in %s stays there and can still be restored.", j.Name, places.Name(session.Path(j.Destination)))
	if len(j.Copies) > 0 {
		text += " " + lang.T("So do its copies in other places.")
	}
	if j.Progress != nil {
		text += " " + lang.T("The backup that runs now is stopped.")
	}
	forget := look.NewCheck(lang.T("Take its passphrase out of the keyring, too"), nil)
	body := look.Stacked(look.Between, look.Say(text))
	if j.Encryption != settings.None {
		body.Add(explained(forget, lang.T("Do this only if you know it by heart or have written it down: without it nothing there can be restored.")))
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
	keep := look.NewButton(lang.T("Keep"), func() { m.hide() })
	m = u.newModal(lang.T("Remove this backup?"), body, keep, look.Danger(lang.T("Remove"), remove))
	m.keys = frame.Page{Escape: func() { m.hide() }, First: keep}
	m.show()
}

// stateOf says how a job stands.
func (u *UI) stateOf(j session.JobState) (look.Icon, fyne.ThemeColorName, string) {
	ago := u.lastVersion(j.LastGood)
	last := settings.Run{}
	if len(j.Runs) > 0 {
		last = j.Runs[0]
	}
	switch j.Health {
	case session.Protected:
		if j.CopyTrouble() != nil {
			return look.IconNotice, look.Amber, lang.T("In one place only.") + " " + ago
		}
		return look.IconFine, look.Moss, lang.T("Fine.") + " " + ago
	case session.Busy:
		if j.Repairing != 0 {
			return look.IconRunning, look.Lake, lang.T("Being repaired.") + " " + ago
		}
		return look.IconRunning, look.Lake, lang.T("Running.") + " " + ago
	case session.Paused:
		return look.IconPaused, look.Amber, lang.T("Paused.") + " " + ago
	case session.Late:
		return look.IconClock, look.Amber, lang.T("Late: nothing saved since %s.", words.Moment(j.LastGood, u.Now()))
	case session.Attention:
		return look.IconNotice, look.Amber, lang.N(last.Problems, "%s item was left out of the last version.", "%s items were left out of the last version.", words.Number(last.Problems)) + " " + ago
	case session.Damaged:
		return look.IconBroken, look.Clay, lang.T("Damaged.") + " " + ago
	case session.Unfinished:
		return look.IconStopped, look.Amber, lang.T("Not finished. What was stored is kept, and the next run goes on from there.") + " " + ago
	}
	if j.Full {
		return look.IconBroken, look.Clay, fullWords(&j) + " " + ago
	}
	if last.Sentence != "" {
		return look.IconBroken, look.Clay, past(last.Sentence) + " " + ago
	}
	return look.IconBroken, look.Clay, ago
}

// lastVersion says how old the newest version is.
func (u *UI) lastVersion(made time.Time) string {
	if made.IsZero() {
		return lang.T("There is no version yet.")
	}
	return lang.T("Last version %s.", words.Ago(made, u.Now()))
}

// jobTitle is how a job is called: what it keeps, and where.
func jobTitle(j *settings.Job) string {
	return lang.T("%s to %s", j.Name, places.Name(session.Path(j.Destination)))
}
