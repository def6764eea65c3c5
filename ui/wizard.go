package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// wizard sets up a backup in four steps. Going back loses nothing.
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
	place   *look.Field
	drives  *fyne.Container
	kinds   *fyne.Container
	search  *look.Field
	forms   map[string]*placeForm // that were opened, by their titles
	form    *placeForm            // the one that is open, nil for a folder
	found   *finding              // nil while it is looked at
	looking context.CancelFunc
	verdict *fyne.Container

	// Protection is the third.
	first, second *look.Field
	keep, open    *look.Check
	keyring       error
	strength      *look.Text
	meter         *look.Bar
	checking      bool
	wrong         string // why the passphrase of what is there is not taken
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
	w := &wizard{ui: u, measures: map[string]Measure{}, troubles: map[string]error{}, forms: map[string]*placeForm{}, body: container.NewStack(), list: look.Stacked(4)}
	w.steps = []step{
		{"What", w.what, func() bool { return len(w.folders) > 0 }, func() fyne.Focusable { return w.typed }},
		{"Where", w.where, func() bool { return w.finding() != nil && !w.finding().bad }, w.firstOfWhere},
		{"Protection", w.protection, w.isProtected, func() fyne.Focusable { return w.first }},
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
	w.findDrives()
}

func (w *wizard) makeFields() {
	w.typed = look.NewField("Path of a folder")
	w.typed.OnSubmitted = func(string) { w.addTyped() }
	w.refusal = look.Coloured("", look.Clay)
	w.refusal.Hide()
	w.rows = look.Stacked(0)
	w.place = look.NewField("Folder for the backup, such as /media/drive/backup")
	w.place.OnChanged = func(string) { w.inspect() }
	w.drives, w.verdict, w.kinds = look.Grid(look.Within, tileWidth), look.Stacked(look.Within), look.Stacked(look.Within)
	w.search = look.NewField("Search, such as Nextcloud, Wasabi or SSH")
	w.search.OnChanged = func(string) { w.showKinds() }
	w.first, w.second = look.NewPassphrase("Passphrase"), look.NewPassphrase("The same again")
	w.first.OnChanged = func(string) { w.wrong = ""; w.showStrength() }
	w.second.OnChanged = w.first.OnChanged
	w.strength, w.meter = look.Hint(""), look.NewBar(6)
	w.keep = look.NewCheck("Keep it in this computer's keyring", func(bool) { w.showSum() })
	w.open = look.NewCheck("Do not encrypt", func(bool) { w.show() })
	w.keyring = errNotAsked
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
	if w.looking != nil {
		w.looking()
	}
	for _, f := range w.forms {
		f.trial.end()
		f.browse.end()
	}
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
	w.next.SetText("Continue")
	if w.step == len(w.steps)-1 {
		w.next.SetText("Start the first backup")
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
	case w.step == whereStep && w.form != nil:
		w.leaveForm()
	default:
		w.turn(w.step - 1)
	}
}

// whereStep is the one with the destination.
const whereStep = 1

// scrollTo brings something of the page into sight.
func (w *wizard) scrollTo(o fyne.CanvasObject) {
	top := w.topOf(o)
	bottom := top + o.MinSize().Height
	y := w.page.Offset.Y
	switch height := w.page.Size().Height; {
	case bottom > y+height:
		y = min(bottom-height, top)
	case top < y:
		y = top
	default:
		return
	}
	w.page.ScrollToOffset(fyne.NewPos(0, max(0, y)))
}

// turn opens a step, with the keyboard where its answer goes.
func (w *wizard) turn(to int) {
	w.step = to
	w.show()
	w.ui.window.Canvas().Focus(w.steps[to].first())
}

func (w *wizard) advance() {
	switch {
	case w.next.Disabled() && w.step == whereStep && w.form != nil:
		w.form.trial.run()
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
	place, passphrase := w.choice(), w.first.Text
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

// folder is the folder that was chosen, where none of the forms is open.
func (w *wizard) folder() string { return places.Untilde(strings.TrimSpace(w.place.Text)) }

// choice is the destination that was chosen.
func (w *wizard) choice() session.Choice {
	if w.form != nil {
		return w.form.choice()
	}
	return session.Choice{Destination: w.folder()}
}

// finding is what is known of the destination, nil for nothing.
func (w *wizard) finding() *finding {
	if w.form != nil {
		return w.form.trial.passed
	}
	return w.found
}

// showSum sums up what has been answered so far.
func (w *wizard) showSum() {
	var names []string
	for _, f := range w.folders {
		names = append(names, places.Tilde(f))
	}
	sum := words.List(names)
	if f := w.finding(); w.step >= 1 && f != nil && !f.bad && sum != "" {
		sum += ", to " + places.Name(w.choice().Destination)
	}
	if w.step >= 2 && w.isProtected() {
		sum += ", " + w.protectionWords()
	}
	if w.step == len(w.steps)-1 {
		sum = "" // the page says it all
	}
	w.sum.Set(sum)
}

// topOf is where something stands in the page.
func (w *wizard) topOf(o fyne.CanvasObject) float32 {
	w.page.Refresh() // what was added has its height from here on
	driver := fyne.CurrentApp().Driver()
	return driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(w.page.Content).Y
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
		fact(w.whereIcon(), "Where", places.Name(w.choice().Destination), w.finding().sentence),
		fact(look.IconLock, "Protection", protection),
		fact(look.IconClock, "When", "Now, and whenever you press Back up now. Each run keeps a new version and leaves the earlier ones as they are."))))
}

// finish saves the job and starts it.
func (w *wizard) finish() {
	c := w.choice()
	n := session.NewJob{
		Folders: w.folders, Destination: c.Destination, Options: c.Options, Login: c.Login, Encrypted: !w.open.Checked,
		Passphrase: w.first.Text, Keep: w.keep.Checked && w.keyring == nil,
	}
	n.KeepLogin = w.form != nil && w.form.keep.Checked && w.keyring == nil
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

// finding is what was found at a destination.
type finding struct {
	engine.Found
	sentence string
	hints    []string // what is worth thinking about
	bad      bool
}
