package ui

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// wizard sets up a backup in four steps. Going back loses nothing.
type wizard struct {
	ui   *UI
	step int
	body *fyne.Container

	folders []string
	sizes   map[string]string // what is known of a folder, by its path

	place     *widget.Entry
	found     engine.Found
	foundText string
	foundBad  bool
	looking   context.CancelFunc

	first, second *widget.Entry
	keep, open    *widget.Check
	keyring       error

	next *widget.Button
	stop []context.CancelFunc
}

var steps = []string{"What", "Where", "Protection", "Check"}

// startWizard opens the wizard in place of the page.
func (u *UI) startWizard() {
	w := &wizard{ui: u, sizes: map[string]string{}}
	w.place = widget.NewEntry()
	w.place.SetPlaceHolder("Folder for the backup, such as /media/drive/backup")
	w.place.OnChanged = func(string) { w.inspect() }
	w.first, w.second = widget.NewPasswordEntry(), widget.NewPasswordEntry()
	w.first.SetPlaceHolder("Passphrase")
	w.second.SetPlaceHolder("The same again")
	w.keep = widget.NewCheck("Keep it in this computer's keyring, so that backups run without asking", nil)
	w.open = widget.NewCheck("Do not encrypt: whoever gets hold of the drive can read everything", nil)
	w.keyring = u.Session.Keyring(u.Context)
	w.keep.SetChecked(w.keyring == nil)
	w.body = container.NewStack()
	for _, f := range usual() {
		w.add(f)
	}
	u.current = ""
	u.open(page{content: w.body, leave: w.end})
	w.show()
}

// end stops what the wizard still counts.
func (w *wizard) end() {
	for _, stop := range w.stop {
		stop()
	}
}

// show builds the step.
func (w *wizard) show() {
	contents := []func() fyne.CanvasObject{w.what, w.where, w.protection, w.check}
	list := look.Stacked(6)
	for i, name := range steps {
		colour, mark := look.Quiet, "   "
		switch {
		case i < w.step:
			mark = "✓ "
		case i == w.step:
			colour, mark = look.Lake, "▸ "
		}
		list.Add(look.Text(mark+name, colour, look.Body, i == w.step))
	}
	back := widget.NewButton("Back", func() { w.step--; w.show() })
	if w.step == 0 {
		back = widget.NewButton("Cancel", func() { w.ui.Show(Overview) })
	}
	w.next = widget.NewButton("Continue", w.advance)
	if w.step == len(steps)-1 {
		w.next.SetText("Start the first backup")
	}
	w.next.Importance = widget.HighImportance
	content := contents[w.step]()
	w.validate()
	foot := look.Beside(8, back, layout.NewSpacer(), w.next)
	w.body.Objects = []fyne.CanvasObject{look.Inset(20, container.NewBorder(look.Heading("New backup"), foot, look.Wide(140, look.Inset(8, list)), nil,
		container.NewVScroll(look.Inset(8, content))))}
	w.body.Refresh()
}

func (w *wizard) advance() {
	if w.step == len(steps)-1 {
		w.finish()
		return
	}
	w.step++
	w.show()
}

// validate allows going on when the step is answered.
func (w *wizard) validate() {
	ok := true
	switch w.step {
	case 0:
		ok = len(w.folders) > 0
	case 1:
		ok = w.place.Text != "" && !w.foundBad && w.foundText != ""
	case 2:
		ok = w.open.Checked || len(w.first.Text) > 0 && w.first.Text == w.second.Text
	}
	if ok {
		w.next.Enable()
	} else {
		w.next.Disable()
	}
}

// what chooses folders.
func (w *wizard) what() fyne.CanvasObject {
	rows := look.Stacked(4)
	for _, f := range w.folders {
		remove := widget.NewButtonWithIcon("", theme.DeleteIcon(), func() {
			w.folders = slices.DeleteFunc(w.folders, func(x string) bool { return x == f })
			w.show()
		})
		remove.Importance = widget.LowImportance
		rows.Add(container.NewBorder(nil, nil, widget.NewIcon(theme.FolderIcon()), look.Beside(8, look.Tag(w.sizes[f], look.Quiet), remove), look.Line(tilde(f), look.Ink)))
	}
	if len(w.folders) == 0 {
		rows.Add(look.Hint("No folder is chosen yet."))
	}
	path := widget.NewEntry()
	path.SetPlaceHolder("Path of a folder")
	path.OnSubmitted = w.addTyped
	choose := widget.NewButtonWithIcon("Choose a folder…", theme.FolderOpenIcon(), func() {
		dialog.ShowFolderOpen(func(l fyne.ListableURI, err error) {
			if err == nil && l != nil {
				w.addTyped(l.Path())
			}
		}, w.ui.window)
	})
	add := widget.NewButton("Add", func() { w.addTyped(path.Text) })
	return look.Stacked(12, look.Subheading("Which folders shall be kept?"), rows,
		container.NewBorder(nil, nil, nil, look.Beside(8, add, choose), path))
}

// addTyped takes a folder and shows why not if it cannot.
func (w *wizard) addTyped(path string) {
	path = filepath.Clean(strings.TrimSpace(path))
	if !filepath.IsAbs(path) || !isFolder(path) {
		dialog.ShowInformation("No such folder", fmt.Sprintf("There is no folder %s.", path), w.ui.window)
		return
	}
	w.add(path)
	w.show()
}

// add takes a folder and counts it beside.
func (w *wizard) add(path string) {
	if slices.Contains(w.folders, path) {
		return
	}
	w.folders = append(w.folders, path)
	w.sizes[path] = "counting…"
	var files, bytes int64
	w.stop = append(w.stop, w.ui.work(func(ctx context.Context) error {
		return filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return fs.SkipAll
			}
			if err == nil && d.Type().IsRegular() {
				if info, err := d.Info(); err == nil {
					files++
					bytes += info.Size()
				}
			}
			return nil // what cannot be read, the backup itself reports
		})
	}, func(error) {
		w.sizes[path] = words.Count(files, "file") + ", " + words.Size(bytes)
		if w.step == 0 {
			w.show()
		}
	}))
}

// where chooses the destination.
func (w *wizard) where() fyne.CanvasObject {
	rows := look.Stacked(12, look.Subheading("Where shall the versions be kept?"),
		look.Hint("Best is a drive that is not built into this computer."))
	if d := drives(); len(d) > 0 {
		choice := widget.NewRadioGroup(d, func(p string) {
			if p != "" {
				w.place.SetText(filepath.Join(p, "Varve"))
			}
		})
		rows.Add(choice)
	}
	choose := widget.NewButtonWithIcon("Choose a folder…", theme.FolderOpenIcon(), func() {
		dialog.ShowFolderOpen(func(l fyne.ListableURI, err error) {
			if err == nil && l != nil {
				w.place.SetText(l.Path())
			}
		}, w.ui.window)
	})
	rows.Add(container.NewBorder(nil, nil, nil, choose, w.place))
	colour := look.Moss
	if w.foundBad {
		colour = look.Clay
	}
	rows.Add(look.Text(w.foundText, colour, look.Body, false))
	return rows
}

// inspect looks at the destination while it is typed.
func (w *wizard) inspect() {
	if w.looking != nil {
		w.looking()
	}
	path := strings.TrimSpace(w.place.Text)
	if path == "" {
		return
	}
	var found engine.Found
	w.looking = w.ui.work(func(ctx context.Context) (err error) {
		found, err = w.ui.Session.Inspect(ctx, path)
		return err
	}, func(err error) {
		w.found = found
		w.foundText, w.foundBad = describeFound(path, w.folders, found, err)
		if w.step == 1 {
			w.refreshWhere()
		}
	})
}

// refreshWhere shows the answer and leaves the cursor where it is.
func (w *wizard) refreshWhere() {
	w.show()
	w.ui.window.Canvas().Focus(w.place)
}

// describeFound says what was found at a destination, and whether it is bad.
func describeFound(path string, folders []string, f engine.Found, err error) (string, bool) {
	switch {
	case err != nil:
		return session.Explain(err).Sentence, true
	case !filepath.IsAbs(path):
		return "Type the whole path, from / on.", true
	case slices.ContainsFunc(folders, func(x string) bool { return x == path || strings.HasPrefix(path, x+"/") }):
		return "This lies inside a folder that is backed up. Choose another place.", true
	case !f.Exists:
		return "This folder will be made.", false
	case !f.Writable:
		return "This folder does not allow writing.", true
	case f.Versions > 0:
		return fmt.Sprintf("There is a backup with %s here already. If it is of the same folders, it goes on.", words.Count(int64(f.Versions), "version")), false
	}
	return words.Size(f.Free) + " are free here.", false
}

// protection asks for the passphrase.
func (w *wizard) protection() fyne.CanvasObject {
	strength := look.Text("", look.Quiet, look.Body, false)
	show := func(string) {
		look.SetText(strength, strengthOf(w.first.Text, w.second.Text))
		w.validate()
	}
	w.first.OnChanged, w.second.OnChanged = show, show
	w.open.OnChanged = func(bool) { w.show() }
	rows := look.Stacked(12, look.Subheading("Who shall be able to read it?"))
	if !w.open.Checked {
		rows.Add(look.Say("Only who knows this passphrase. Without it nothing can be restored, by nobody: write it down and keep it apart from this computer."))
		rows.Add(look.Wide(420, look.Stacked(8, w.first, w.second)))
		rows.Add(strength)
		if w.keyring == nil {
			rows.Add(w.keep)
		} else {
			rows.Add(look.Hint("This session has no keyring, so Varve asks for the passphrase after each start."))
		}
		show("")
	}
	rows.Add(w.open)
	return rows
}

// strengthOf says honestly what a passphrase is worth: how many guesses a
// thief with the drive needs.
func strengthOf(first, second string) string {
	if first == "" {
		return "A few words that do not belong together are good."
	}
	kinds := 0
	for _, set := range []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"} {
		if strings.ContainsAny(first, set) {
			kinds++
		}
	}
	distinct := map[rune]bool{}
	for _, r := range first {
		distinct[r] = true
	}
	score := len(distinct) + 2*kinds + len(first)/3
	text := "Weak: a thief with the drive would find it."
	switch {
	case score >= 24:
		text = "Strong."
	case score >= 17:
		text = "Fair. Longer is better."
	}
	if second != "" && first != second {
		text += " The two are not the same."
	}
	return text
}

// check sums up in plain sentences.
func (w *wizard) check() fyne.CanvasObject {
	var names []string
	for _, f := range w.folders {
		names = append(names, tilde(f))
	}
	protection := "encrypted with your passphrase"
	if w.open.Checked {
		protection = "not encrypted"
	} else if w.keep.Checked && w.keyring == nil {
		protection += ", which the keyring keeps"
	}
	place := strings.TrimSpace(w.place.Text)
	return look.Stacked(12, look.Subheading("Is this right?"),
		look.Boxed(look.Stacked(6,
			look.Say(strings.Join(names, ", ")+"  to  "+placeName(place)),
			look.Hint("Everything in there, "+protection+". Each run keeps a new version and leaves the earlier ones as they are."),
			look.Hint(w.foundText))))
}

// finish saves the job and starts it.
func (w *wizard) finish() {
	n := session.NewJob{
		Folders: w.folders, Destination: strings.TrimSpace(w.place.Text), Encrypted: !w.open.Checked,
		Passphrase: w.first.Text, Keep: w.keep.Checked && w.keyring == nil,
	}
	w.next.Disable()
	var id int64
	w.ui.work(func(ctx context.Context) (err error) {
		id, err = w.ui.Session.AddJob(ctx, n)
		return err
	}, func(err error) {
		if err != nil {
			w.next.Enable()
			w.ui.fail(err)
			return
		}
		w.ui.BackUp(id)
		w.ui.Show(Activity)
	})
}
