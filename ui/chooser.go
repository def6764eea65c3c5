package ui

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// where chooses the destination.
func (w *wizard) where() fyne.CanvasObject {
	if w.form != nil {
		return w.form.show()
	}
	choose := look.WithIcon("Choose a folder…", look.IconFolder, func() {
		w.ui.chooseFolder(func(path string) { w.place.SetText(path) })
	})
	w.showVerdict()
	w.showKinds()
	rows := look.Stacked(look.Between, look.Subheading("Where shall the versions be kept?"),
		look.Hint("Best is a drive that is not built into this computer, or a place elsewhere."), look.Gap(4),
		look.Strong("A folder or a drive"), w.drives, look.Row(look.Within, 0, w.place, choose), w.verdict)
	rows.Add(look.Gap(look.Within))
	if many := len(w.ui.Kinds); many > fewKinds {
		rows.Add(look.Row(look.Within, 1, look.Picture(look.IconSearch.In(look.Quiet), 18), w.search))
	}
	rows.Add(w.kinds)
	return rows
}

const (
	// tileWidth is how wide a card is at least.
	tileWidth = 280
	// fewKinds need no search.
	fewKinds = 6
)

// firstOfWhere is where the answer goes.
func (w *wizard) firstOfWhere() fyne.Focusable {
	if w.form == nil {
		return w.place
	}
	for _, f := range w.form.form.Fields() {
		if c := w.form.cells[f.Key]; c != nil && c.combo == nil {
			return c.focus
		}
	}
	return w.form.trial.button
}

// showKinds lists what there is besides folders.
func (w *wizard) showKinds() {
	w.kinds.Objects = nil
	another := look.NewTile(look.IconLink, "Another address…", "Type a whole address, as duplicity takes it", func() {
		w.openForm("Another address", func() *destform.Form { return destform.Another(w.ui.Kinds) })
	})
	placed := false
	for _, g := range destform.Offers(w.ui.Kinds, w.search.Text) {
		cards := look.Grid(look.Within, tileWidth)
		for _, o := range g.Offers {
			cards.Add(look.NewTile(sortIcons[g.Sort], o.Title, o.Line, func() { w.openForm(o.Title, o.Form) }))
		}
		if g.Sort == destform.Special {
			cards.Add(another)
			placed = true
		}
		w.addGroup(g.Title, cards)
	}
	if len(w.kinds.Objects) == 0 && w.search.Text != "" {
		w.kinds.Add(look.Hint("Nothing of that name is known. If it has an address, type that."))
	}
	if !placed {
		w.addGroup("", look.Grid(look.Within, tileWidth, another))
	}
	w.kinds.Refresh()
}

func (w *wizard) addGroup(title string, cards fyne.CanvasObject) {
	if title != "" {
		w.kinds.Add(look.Gap(look.Within))
		w.kinds.Add(look.Strong(title))
	}
	w.kinds.Add(cards)
}

// sortIcons stand on the cards.
var sortIcons = map[destform.Sort]look.Icon{
	destform.Server: look.IconServer, destform.Storage: look.IconBucket, destform.Drive: look.IconCloud, destform.Special: look.IconLink,
}

// openForm opens the form of a kind, as it was left.
func (w *wizard) openForm(title string, form func() *destform.Form) {
	if w.forms[title] == nil {
		w.forms[title] = w.newPlaceForm(title, form())
	}
	w.form = w.forms[title]
	w.turn(whereStep)
	w.settleForm()
}

// leaveForm goes back to the cards. The form stays as it is.
func (w *wizard) leaveForm() {
	w.form.trial.pause()
	w.form = nil
	w.turn(whereStep)
	w.inspect()
}

// settleForm takes over what a test found.
func (w *wizard) settleForm() {
	if f := w.finding(); f != nil && w.form != nil {
		w.open.Checked = f.Versions > 0 && !f.Encrypted
		w.open.Refresh()
	}
	w.validate()
	w.showSum()
}

// whereIcon stands for the destination.
func (w *wizard) whereIcon() look.Icon {
	if w.form != nil {
		return look.IconServer
	}
	return look.IconDrive
}

// findDrives lists the drives that are plugged in.
func (w *wizard) findDrives() {
	var drives []Drive
	w.stop = append(w.stop, w.ui.Work(func(context.Context) error {
		drives = w.ui.Computer.Drives()
		return nil
	}, func(error) {
		w.drives.Objects = nil
		for _, d := range drives {
			w.drives.Add(w.driveRow(d))
		}
		if len(drives) == 0 {
			w.drives.Add(look.Note("No drive is plugged in. One that you plug in now is listed when you come back to this step."))
		}
		w.drives.Refresh()
	}))
}

func (w *wizard) driveRow(d Drive) fyne.CanvasObject {
	bar := look.NewBar(4)
	if d.Total > 0 {
		bar.Set(float64(d.Total-d.Free) / float64(d.Total))
		bar.Colour(look.Quiet)
	}
	use := look.NewButton("Use", func() { w.place.SetText(filepath.Join(d.Path, "Varve")) })
	text := look.Stacked(4, look.Line(places.Name(d.Path), look.Ink), look.SmallLine(fmt.Sprintf("%s of %s free", words.Size(d.Free), words.Size(d.Total)), look.Quiet), bar)
	return look.On(look.Card, look.Rule, look.Between, look.Row(look.Between, 1, look.Picture(look.IconDrive.In(look.Lake), 24), text, use))
}

// inspect looks at the destination while it is typed.
func (w *wizard) inspect() {
	if w.looking != nil {
		w.looking()
	}
	w.found = nil
	defer w.settleWhere()
	path := w.folder()
	if path == "" {
		return
	}
	if destination.IsURL(path) {
		w.found = &finding{sentence: "This is an address. Choose its kind below, or “Another address…”.", bad: true}
		return
	}
	if !filepath.IsAbs(path) {
		w.found = &finding{sentence: "Type the whole path, from / on.", bad: true}
		return
	}
	if slices.ContainsFunc(w.folders, func(f string) bool { return within(path, f) }) {
		w.found = &finding{sentence: "This lies inside a folder that is backed up. Choose another place.", bad: true}
		return
	}
	var found engine.Found
	var room, source Room
	folders := slices.Clone(w.folders)
	w.looking = w.ui.Work(func(ctx context.Context) (err error) {
		found, err = w.ui.Session.Inspect(ctx, path)
		room = w.ui.Computer.Room(path)
		if len(folders) > 0 {
			source = w.ui.Computer.Room(folders[0])
		}
		return err
	}, func(err error) {
		w.found = describe(found, room, source, w.total(), err)
		w.open.Checked = w.found.Versions > 0 && !w.found.Encrypted
		w.open.Refresh()
		w.settleWhere()
	})
}

// settleWhere shows the answer and leaves the cursor where it is.
func (w *wizard) settleWhere() {
	w.showVerdict()
	w.validate()
	w.showSum()
}

func (w *wizard) showVerdict() {
	w.verdict.Objects = nil
	switch {
	case w.found != nil:
		icon, colour := look.IconFine, look.Moss
		if w.found.bad {
			icon, colour = look.IconBroken, look.Clay
		}
		w.verdict.Add(look.Marked(icon, colour, look.Coloured(w.found.sentence, colour)))
		for _, h := range w.found.hints {
			w.verdict.Add(look.Marked(look.IconNotice, look.Amber, look.Say(h)))
		}
	case w.folder() != "":
		w.verdict.Add(look.Hint("Looking at it…"))
	}
	w.verdict.Refresh()
}

// describe says what was found at a destination, whether it is bad, and what
// is worth thinking about. source is where the folders are, need what they
// hold.
func describe(f engine.Found, room, source Room, need Measure, err error) *finding {
	out := &finding{Found: f}
	switch {
	case err != nil:
		out.sentence, out.bad = session.Explain(err).Sentence, true
	case f.Exists && !f.Writable, !f.Exists && !room.Writable:
		out.sentence, out.bad = "This place does not allow writing. Choose another one.", true
	case f.Versions > 0:
		out.sentence = fmt.Sprintf("There is a backup with %s here already. If it is of the same folders, it goes on.", words.Count(int64(f.Versions), "version"))
	case !f.Exists:
		out.sentence = "This folder will be made." + freeWords(room.Free)
	default:
		out.sentence = "This folder can be used." + freeWords(room.Free)
	}
	if out.bad {
		return out
	}
	if room.Free >= 0 && room.Free < need.Bytes && f.Versions == 0 {
		out.hints = append(out.hints, fmt.Sprintf("Your folders hold %s and %s are free. It may fit once compressed; more room is safer.", words.Size(need.Bytes), words.Size(room.Free)))
	}
	if room.Device != 0 && room.Device == source.Device {
		out.hints = append(out.hints, "This is the same disk as your folders. If that disk fails, both are gone; a drive of its own is safer.")
	}
	if f.Foreign > 0 {
		out.hints = append(out.hints, fmt.Sprintf("%s of other programs in this folder. Varve leaves them as they are.", thereAre(int64(f.Foreign))))
	}
	return out
}

func thereAre(n int64) string {
	if n == 1 {
		return "There is 1 file"
	}
	return "There are " + words.Count(n, "file")
}

func freeWords(free int64) string {
	if free < 0 {
		return ""
	}
	return " " + words.Size(free) + " are free here."
}
