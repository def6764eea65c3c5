package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// wizard sets up a backup in steps. Going back loses nothing.
type wizard struct {
	ui    *UI
	step  int
	far   int        // the furthest step that was seen
	saved bool       // the job is there
	from  *continued // nil for a backup that is new
	steps []step
	body  *fyne.Container
	list  *fyne.Container
	rows  []*look.Step // in the list
	stand *look.Button // which step it is, where there is no room for the list; offers the others
	page  *container.Scroll
	sum   *look.Text
	foot  *look.Short // holds the sum
	back  *look.Button
	next  *look.Button
	stop  []context.CancelFunc

	// What and Rules are the first answers.
	sources *sourcesForm

	// Where is the next.
	where *chooser

	// Protection follows it.
	*passphraseFields
	keep, open *look.Check
	keyring    error
	checking   bool
	proven     proven
	wrong      string // why the passphrase of what is there is not taken
	keys       *keysStep

	// When and how long are the last.
	when  *whenStep
	keeps *keepingStep
}

// step is one decision.
type step struct {
	name  stepName
	title string // on the left
	build func() fyne.CanvasObject
	// answered tells that the next step may come.
	answered func() bool
	first    func() fyne.Focusable
}

// startWizard opens the wizard with the usual answers.
func (u *UI) startWizard() { u.newWizard(nil).addUsual() }

// newWizard opens the wizard in place of the page.
func (u *UI) newWizard(from *continued) *wizard {
	w := &wizard{ui: u, from: from, keyring: errNotAsked, body: container.NewStack(), list: look.Stacked(4)}
	w.stand = look.Dropping("", w.offerSteps)
	w.stand.Importance = widget.LowImportance
	w.where = newChooser(u, task{
		title: lang.T("Where shall the versions be kept?"), hint: lang.T("Best is a drive that is not built into this computer, or a place elsewhere."),
		folders: func() []string { return w.sources.chosen() }, need: func() Measure { return w.sources.total() },
	}, w)
	w.sources = u.newSourcesForm(func() { w.where.reconsider(); w.validate(); w.showSum() }, w.showSum)
	w.when, w.keeps = newWhenStep(w), newKeepingStep(w)
	w.steps = []step{
		{stepWhat, lang.T("What"), w.what, func() bool { return len(w.sources.chosen()) > 0 }, w.sources.folders.First},
		{stepRules, lang.T("Rules"), w.rules, w.sources.rules.Right, w.sources.rules.First},
		{stepWhere, lang.T("Where"), w.where.show, w.where.ready, w.where.first},
		{stepProtection, lang.T("Protection"), w.protection, w.isProtected, w.protectionFirst},
		{stepWhen, lang.T("When"), w.when.show, func() bool { return w.when.form.Wrong() == "" }, w.when.first},
		{stepKeeping, lang.T("How long"), w.keeps.show, func() bool { return w.keeps.composer.Right() }, w.keeps.first},
		{stepCheck, lang.T("Check"), w.check, func() bool { return true }, func() fyne.Focusable { return w.next }},
	}
	w.keys = newKeysStep(w)
	w.makeFields()
	w.sum = look.Note("")
	w.foot = look.NewShort(sumLines, w.sum)
	w.back = look.NewButton(lang.T("Back"), w.goBack)
	w.next = look.Primary(lang.T("Continue"), w.advance)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, w.back, w.foot.Container, w.next))
	content := look.Framed(look.Row(look.InCard, 0, look.Heading(lang.T("New backup")), w.stand),
		look.Footed(container.New(&besideSteps{w.stand}, look.Wide(stepsWidth, w.list), w.body), foot))
	u.current = ""
	u.Open(frame.Page{Content: content, Leave: w.end, Enter: w.advance, Escape: w.goBack, Unsaved: w.unsaved})
	w.show()
	u.Focus(w.steps[0].first())
	return w
}

func (w *wizard) makeFields() {
	w.passphraseFields = newPassphraseFields(func() { w.wrong = ""; w.validate(); w.showSum() })
	w.keep = look.NewCheck(lang.T("Keep it in the keyring"), func(bool) { w.showSum() })
	w.open = look.NewCheck(lang.T("Do not encrypt"), func(bool) { w.show() })
	w.stop = append(w.stop, w.ui.Work(func(ctx context.Context) error { return w.ui.Session.Keyring(ctx) }, func(err error) {
		w.keyring = err
		w.keep.SetChecked(err == nil)
		w.where.answered()
		if w.at(stepProtection) {
			w.show()
		}
	}))
}

func (w *wizard) unsaved() string {
	if w.far == 0 || w.saved {
		return ""
	}
	return lang.T("The new backup is not set up yet, and what you chose for it is not kept.")
}

// end stops what the wizard still counts.
func (w *wizard) end() {
	for _, stop := range w.stop {
		stop()
	}
	w.where.end()
	w.sources.end()
	w.keeps.composer.End()
}

// show builds the step.
func (w *wizard) show() {
	w.page = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, look.InCard, look.Between, look.InCard), w.steps[w.step].build()))
	w.body.Objects = []fyne.CanvasObject{w.page}
	w.body.Refresh()
	switch w.steps[w.step].name {
	case stepCheck:
		w.next.SetText(lang.T("Start the first backup"))
		if w.keeps.adopts() {
			w.next.SetText(lang.T("Back up now"))
		}
	case stepWhere:
		w.next.SetText(w.where.nextLabel(lang.T("Continue")))
	default:
		w.next.SetText(lang.T("Continue"))
	}
	w.back.SetText(lang.T("Back"))
	if w.step == 0 {
		w.back.SetText(lang.T("Cancel"))
	}
	w.validate()
	w.showSum()
}

// validate allows going on when the step is answered, and to the others that
// may be looked at.
func (w *wizard) validate() {
	w.next.Enabled(w.steps[w.step].answered() && !w.checking)
	w.listSteps(w.step)
}

func (w *wizard) goBack() {
	switch {
	case w.step == 0:
		w.ui.Show(Overview)
	case w.at(stepWhere) && w.where.back():
	default:
		w.turn(w.step - 1)
	}
}

// stepName tells the steps apart.
type stepName int

// The steps.
const (
	stepWhat stepName = iota
	stepRules
	stepWhere
	stepProtection
	stepWhen
	stepKeeping
	stepCheck
)

// at tells that a step is the one being shown.
func (w *wizard) at(name stepName) bool { return w.steps[w.step].name == name }

// reached tells that a step is being shown, or one after it.
func (w *wizard) reached(name stepName) bool { return w.step >= w.index(name) }

// index is where a step stands among the others.
func (w *wizard) index(name stepName) int {
	return slices.IndexFunc(w.steps, func(s step) bool { return s.name == name })
}

// again implements surroundings.
func (w *wizard) again() { w.turn(w.index(stepWhere)) }

// settle implements surroundings: it takes over what is known of the place.
func (w *wizard) settle() {
	if f := w.finding(); f != nil && !f.bad {
		w.open.Checked = f.Versions > 0 && !f.Encrypted
		w.open.Refresh()
	}
	w.validate()
	w.showSum()
}

// scroller implements surroundings.
func (w *wizard) scroller() *container.Scroll { return w.page }

// keyringError implements surroundings.
func (w *wizard) keyringError() error { return w.keyring }

// turn opens a step, with the keyboard where its answer goes.
func (w *wizard) turn(to int) {
	w.step, w.far = to, max(w.far, to)
	w.show()
	w.ui.window.Canvas().Focus(w.steps[to].first())
}

func (w *wizard) advance() {
	switch {
	case w.at(stepWhere) && w.where.enter():
	case w.next.Disabled():
	case w.at(stepCheck):
		w.finish()
	case w.at(stepProtection) && w.continues() && !w.opened():
		w.tryPassphrase()
	default:
		w.turn(w.step + 1)
	}
}

// continues tells that a protected backup is there already.
func (w *wizard) continues() bool {
	f := w.finding()
	return f != nil && f.Versions > 0 && f.Encrypted
}

// tryPassphrase goes on when the passphrase opens what is there.
func (w *wizard) tryPassphrase() {
	w.checking = true
	w.validate()
	place, passphrase := w.where.choice(), w.first.Field.Text
	w.stop = append(w.stop, w.ui.Work(func(ctx context.Context) error { return w.ui.Session.Opens(ctx, place, passphrase) }, func(err error) {
		w.checking = false
		if err != nil {
			w.wrong = session.Explain(err).Sentence
			w.show()
			return
		}
		w.proven = proven{nameOf(place), passphrase}
		w.turn(w.step + 1)
	}))
}

// finding is what is known of the destination, nil for nothing.
func (w *wizard) finding() *finding { return w.where.finding() }

// showSum sums up what has been answered so far.
func (w *wizard) showSum() {
	sum := w.sources.sum()
	if without := w.sources.rules.Summary(); w.reached(stepRules) && sum != "" && without != "" {
		sum += ", " + without
	}
	if f := w.finding(); w.reached(stepWhere) && f != nil && !f.bad && sum != "" {
		sum += ", " + lang.T("to %s", nameOf(w.where.choice()))
	}
	if w.reached(stepProtection) && w.isProtected() {
		sum += ", " + w.protectionWords()
	}
	if w.reached(stepWhen) {
		sum += ", " + w.when.form.Summary()
	}
	if w.at(stepKeeping) {
		sum += ", " + w.keeps.composer.Summary()
	}
	if w.at(stepCheck) {
		sum = "" // the page says it all
	}
	w.sum.Set(sum)
	w.foot.ToEnd()
}

// sumLines are how many lines the sum has at most: large letters leave room for
// the page in a small window. The last step says all of it.
const sumLines = 3

// chooseFolder opens the dialog for folders.
func (u *UI) chooseFolder(then func(path string)) {
	d := dialog.NewFolderOpen(func(l fyne.ListableURI, err error) {
		if err == nil && l != nil {
			then(l.Path())
		}
	}, u.window)
	d.Resize(fyne.NewSize(820, 560))
	d.Show()
}

// chooseFile opens the dialog for files.
func (u *UI) chooseFile(then func(path string)) {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return
		}
		path := f.URI().Path()
		if err := f.Close(); err != nil {
			u.Fail(err)
			return
		}
		then(path)
	}, u.window)
	d.Resize(fyne.NewSize(820, 560))
	d.Show()
}

// check sums up in plain sentences.
func (w *wizard) check() fyne.CanvasObject {
	fact := func(i look.Icon, title string, lines ...string) fyne.CanvasObject {
		text := look.Stacked(2, look.Caption(title))
		for _, l := range lines {
			text.Add(look.Say(l))
		}
		return look.TopRow(look.InCard, 1, look.Picture(i.In(look.Lake), 24), text)
	}
	total := w.sources.total()
	what := lang.N(total.Files, "%s file, %s", "%s files, %s", words.Number(total.Files), words.Size(total.Bytes))
	if !total.Done {
		what = lang.T("%s counted so far", what)
	}
	sources := []string{w.sources.sum()}
	if without := w.sources.rules.Summary(); without != "" {
		sources = append(sources, words.Sentence(without)+".")
	}
	sources = append(sources, what)
	protection := words.Sentence(w.protectionWords()) + "."
	switch {
	case w.keys.chosen():
		protection += " " + lang.T("Without its secret part nothing can be restored, by nobody.")
	case !w.open.Checked:
		protection += " " + lang.T("Without the passphrase nothing can be restored, by nobody.")
	}
	return look.Stacked(look.InCard, look.Subheading(lang.T("Is this right?")), look.Boxed(look.Stacked(20,
		fact(look.IconFolder, lang.T("What"), sources...),
		fact(w.where.icon(), lang.T("Where"), nameOf(w.where.choice()), w.finding().sentence),
		fact(look.IconLock, lang.T("Protection"), protection),
		fact(look.IconClock, lang.T("When"), w.when.sentences()...),
		fact(look.IconRestore, lang.T("How long"), w.keeps.sentences()...))))
}

// finish saves the job and starts it.
func (w *wizard) finish() {
	w.sources.pass()
	n := session.NewJob{
		Folders: w.sources.chosen(), Rules: w.sources.rules.Rules(), Choice: w.where.choice(), KeepLogin: w.where.keep(), Encrypted: !w.open.Checked,
		Recipients: w.keys.recipients(), SignKey: w.keys.signKey(),
		Passphrase: w.first.Field.Text, Keep: w.keep.Checked && w.keyring == nil, Keeping: w.keeps.keeping(), AskFirst: w.keeps.adopts(),
		Plan: w.when.form.Plan(), Adopt: w.from != nil && w.keeps.adopts(),
	}
	w.checking = true
	w.validate()
	var id int64
	w.ui.Work(func(ctx context.Context) (err error) {
		id, err = w.ui.Session.AddJob(ctx, n)
		return err
	}, func(err error) {
		w.checking = false
		if err != nil {
			w.validate()
			w.ui.Fail(err)
			return
		}
		w.saved = true
		w.ui.BackUp(id)
		w.ui.openFirstRun(id, w.answered(), w.keeps.adopts())
	})
}
