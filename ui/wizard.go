package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// wizard sets up a backup in five steps. Going back loses nothing.
type wizard struct {
	ui    *UI
	step  int
	steps []step
	body  *fyne.Container
	list  *fyne.Container
	page  *container.Scroll
	sum   *look.Text
	back  *look.Button
	next  *look.Button
	stop  []context.CancelFunc

	// What is the first answer.
	folders  []string
	measures map[string]Measure
	troubles map[string]error // folders that cannot be read
	rows     *fyne.Container
	typed    *look.Field
	refusal  *look.Text

	// Where is the second.
	where *chooser

	// Protection is the third.
	first, second *look.Field
	keep, open    *look.Check
	keyring       error
	strength      *look.Text
	meter         *look.Bar
	checking      bool
	wrong         string // why the passphrase of what is there is not taken

	// How long is the fourth.
	keeps *keepingStep
}

// step is one decision.
type step struct {
	name  string
	build func() fyne.CanvasObject
	// answered tells that the next step may come.
	answered func() bool
	first    func() fyne.Focusable
}

// startWizard opens the wizard in place of the page.
func (u *UI) startWizard() {
	w := &wizard{ui: u, measures: map[string]Measure{}, troubles: map[string]error{}, keyring: errNotAsked, body: container.NewStack(), list: look.Stacked(4)}
	w.where = newChooser(u, task{
		title: "Where shall the versions be kept?", hint: "Best is a drive that is not built into this computer, or a place elsewhere.",
		folders: func() []string { return slices.Clone(w.folders) }, need: w.total,
	}, w)
	w.keeps = newKeepingStep(w)
	w.steps = []step{
		{"What", w.what, func() bool { return len(w.folders) > 0 }, func() fyne.Focusable { return w.typed }},
		{"Where", w.where.show, w.where.ready, w.where.first},
		{"Protection", w.protection, w.isProtected, func() fyne.Focusable { return w.first }},
		{"How long", w.keeps.show, func() bool { return w.keeps.composer.Right() }, w.keeps.first},
		{"Check", w.check, func() bool { return true }, func() fyne.Focusable { return w.next }},
	}
	w.makeFields()
	w.sum = look.Note("")
	w.back = look.NewButton("Back", w.goBack)
	w.next = look.Primary("Continue", w.advance)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, w.back, w.sum, w.next))
	content := look.Framed(look.Heading("New backup"), look.Footed(
		container.NewBorder(nil, nil, look.Wide(150, w.list), nil, w.body), foot))
	u.current = ""
	u.Open(frame.Page{Content: content, Leave: w.end, Enter: w.advance, Escape: w.goBack})
	w.show()
	w.addUsual()
}

func (w *wizard) makeFields() {
	w.typed = look.NewField("Path of a folder")
	w.typed.OnSubmitted = func(string) { w.addTyped() }
	w.refusal = look.Coloured("", look.Clay)
	w.refusal.Hide()
	w.rows = look.Stacked(0)
	w.first, w.second = look.NewPassphrase("Passphrase"), look.NewPassphrase("The same again")
	w.first.OnChanged = func(string) { w.wrong = ""; w.showStrength() }
	w.second.OnChanged = w.first.OnChanged
	w.strength, w.meter = look.Hint(""), look.NewBar(6)
	w.keep = look.NewCheck("Keep it in this computer's keyring", func(bool) { w.showSum() })
	w.open = look.NewCheck("Do not encrypt", func(bool) { w.show() })
	w.stop = append(w.stop, w.ui.Work(func(ctx context.Context) error { return w.ui.Session.Keyring(ctx) }, func(err error) {
		w.keyring = err
		w.keep.SetChecked(err == nil)
		if w.step == 2 {
			w.show()
		}
	}))
}

// end stops what the wizard still counts.
func (w *wizard) end() {
	for _, stop := range w.stop {
		stop()
	}
	w.where.end()
	w.keeps.composer.End()
}

// show builds the step.
func (w *wizard) show() {
	w.list.Objects = nil
	for i, s := range w.steps {
		icon, colour := look.IconClock, look.Quiet
		switch {
		case i < w.step:
			icon, colour = look.IconFine, look.Moss
		case i == w.step:
			icon, colour = look.IconHere, look.Lake
		}
		name := look.Tag(s.name, look.Quiet)
		mark := fyne.CanvasObject(look.Wide(20, look.Gap(20)))
		if i <= w.step {
			mark = look.Picture(icon.In(colour), 20)
		}
		if i == w.step {
			name = look.StrongTag(s.name)
		}
		w.list.Add(look.High(32, look.Row(look.Within, 1, mark, name)))
	}
	w.list.Refresh()
	w.page = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, look.InCard, look.Between, look.InCard), w.steps[w.step].build()))
	w.body.Objects = []fyne.CanvasObject{w.page}
	w.body.Refresh()
	switch w.step {
	case len(w.steps) - 1:
		w.next.SetText("Start the first backup")
	case whereStep:
		w.next.SetText(w.where.nextLabel("Continue"))
	default:
		w.next.SetText("Continue")
	}
	w.back.SetText("Back")
	if w.step == 0 {
		w.back.SetText("Cancel")
	}
	w.validate()
	w.showSum()
}

// validate allows going on when the step is answered.
func (w *wizard) validate() { w.next.Enabled(w.steps[w.step].answered() && !w.checking) }

func (w *wizard) goBack() {
	switch {
	case w.step == 0:
		w.ui.Show(Overview)
	case w.step == whereStep && w.where.back():
	default:
		w.turn(w.step - 1)
	}
}

// whereStep is the one with the destination.
const whereStep = 1

// again implements surroundings.
func (w *wizard) again() { w.turn(whereStep) }

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
	w.step = to
	w.show()
	w.ui.window.Canvas().Focus(w.steps[to].first())
}

func (w *wizard) advance() {
	switch {
	case w.step == whereStep && w.where.enter():
	case w.next.Disabled():
	case w.step == len(w.steps)-1:
		w.finish()
	case w.step == 2 && w.continues():
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
	place, passphrase := w.where.choice(), w.first.Text
	w.stop = append(w.stop, w.ui.Work(func(ctx context.Context) error { return w.ui.Session.Opens(ctx, place, passphrase) }, func(err error) {
		w.checking = false
		if err != nil {
			w.wrong = session.Explain(err).Sentence
			w.show()
			return
		}
		w.turn(w.step + 1)
	}))
}

// finding is what is known of the destination, nil for nothing.
func (w *wizard) finding() *finding { return w.where.finding() }

// showSum sums up what has been answered so far.
func (w *wizard) showSum() {
	var names []string
	for _, f := range w.folders {
		names = append(names, places.Tilde(f))
	}
	sum := words.List(names)
	if f := w.finding(); w.step >= 1 && f != nil && !f.bad && sum != "" {
		sum += ", to " + nameOf(w.where.choice())
	}
	if w.step >= 2 && w.isProtected() {
		sum += ", " + w.protectionWords()
	}
	if w.step == keepingIndex {
		sum += ", " + w.keeps.composer.Summary()
	}
	if w.step == len(w.steps)-1 {
		sum = "" // the page says it all
	}
	w.sum.Set(sum)
}

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
	var names []string
	for _, f := range w.folders {
		names = append(names, places.Tilde(f))
	}
	total := w.total()
	what := words.Count(total.Files, "file") + ", " + words.Size(total.Bytes)
	if !total.Done {
		what += " counted so far"
	}
	protection := w.protectionWords()
	protection = strings.ToUpper(protection[:1]) + protection[1:] + "."
	if !w.open.Checked {
		protection += " Without the passphrase nothing can be restored, by nobody."
	}
	return look.Stacked(look.InCard, look.Subheading("Is this right?"), look.Boxed(look.Stacked(20,
		fact(look.IconFolder, "What", words.List(names), what),
		fact(w.where.icon(), "Where", nameOf(w.where.choice()), w.finding().sentence),
		fact(look.IconLock, "Protection", protection),
		fact(look.IconRestore, "How long", w.keeps.sentences()...),
		fact(look.IconClock, "When", "Now, and whenever you press Back up now. Each run lays down a new version."))))
}

// finish saves the job and starts it.
func (w *wizard) finish() {
	n := session.NewJob{
		Folders: w.folders, Choice: w.where.choice(), KeepLogin: w.where.keep(), Encrypted: !w.open.Checked,
		Passphrase: w.first.Text, Keep: w.keep.Checked && w.keyring == nil, Keeping: w.keeps.keeping(), AskFirst: w.keeps.adopts(),
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
		w.ui.BackUp(id)
		w.ui.Show(Activity)
	})
}
