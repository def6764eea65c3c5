package restorepage

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

func (f *Finder) buildList() {
	f.list = look.NewList(func() int { return len(f.seen.rows) }, func() fyne.CanvasObject { return newRowView() },
		func(i int, o fyne.CanvasObject) { f.fill(i, o.(*rowView)) })
	f.list.OnTapped = f.tapped
	f.list.OnMoved = f.moved
	f.list.OnOpened = f.opened
	f.list.OnTicked = f.ticked
	f.list.OnTop = f.find
	f.list.OnSide = func(direction int) { f.detail.strip.Step(direction) }
	f.list.HideSeparators = true
}

// show shows what was read.
func (f *Finder) show(s sight, item string, err error) {
	f.looking() // nothing is left to be said of it
	f.busy = false
	f.failed = err
	if err != nil {
		s = sight{spot: f.want, lines: f.seen.lines, versions: f.seen.versions}
	}
	moved := !s.same(&f.seen.spot)
	f.seen = s
	f.want.line, f.want.at = s.line, s.at
	at := -1
	switch {
	case item != "":
		at = slices.IndexFunc(s.rows, func(r row) bool { return r.path == item && r.source == nil })
	case s.query != "" && len(s.rows) == 1:
		at = 0 // what else
	}
	f.list.KeepAt(at)
	if moved {
		f.list.ScrollToTop()
		f.list.ScrollTo(at)
	}
	look.Visible(f.beside, err == nil && len(s.lines) > 0 && (s.query == "" || len(s.rows) > 0))
	f.showCrumbs()
	f.countTicked()
	f.showStanding()
	f.followLearning()
	f.showChosen()
	if !f.asked {
		// What is known stands there at once; the destination is asked for
		// more. A person is asked for the passphrase only if nothing is known.
		f.asked = true
		f.Backend.Learn(f.Archive, len(s.lines) == 0)
	}
	if f.stale {
		f.again()
	}
}

// showStanding says in place of the rows why there are none.
func (f *Finder) showStanding() {
	s := &f.seen
	look.Visible(f.list, len(s.rows) > 0) // the keyboard has no business in an empty one
	switch {
	case f.failed != nil:
		x := session.Explain(f.failed)
		f.say(f.problem(x.Sentence, x.Technical, lang.T("Try again"), f.again))
	case len(s.rows) > 0:
		f.say(nil)
	case len(s.lines) == 0:
		f.say(f.unknown())
	case s.query != "":
		hint := lang.T("A part of the name is enough. * stands for any letters, and several words narrow the search.")
		if len(f.Archives()) > 1 {
			hint = lang.T("A part of the name is enough. * stands for any letters, and several words narrow the search. There are other backups too: choose one with “From”, next to the search.")
		}
		f.say(look.Stacked(4, look.Say(lang.T("Nothing that was ever backed up here is called “%s”.", words.Printable(s.query))), look.AtMost(look.TextWidth, look.Hint(hint))))
	case s.deleted:
		f.say(look.Hint(lang.T("Nothing in this folder was deleted.")))
	case s.at.ID != "":
		f.say(look.Hint(lang.T("This folder was empty at that time, or not there.")))
	default:
		f.say(look.Hint(lang.T("This folder was always empty.")))
	}
}

// problem is a failure with the button that mends it.
func (f *Finder) problem(sentence, technical, label string, mend func()) fyne.CanvasObject {
	return look.On(look.ClayGround, "", look.InCard, look.Stacked(look.Between,
		look.Marked(look.IconBroken, look.Clay, look.Say(sentence)),
		look.Row(0, 1, look.NewButton(label, mend), space()), look.Technical(technical)))
}

// chosen is the row that the detail shows, nil for the folder itself.
func (f *Finder) chosen() *row {
	if i := f.list.At(); i >= 0 && i < len(f.seen.rows) {
		return &f.seen.rows[i]
	}
	return nil
}

// tapped opens a folder, and chooses anything else.
func (f *Finder) tapped(i int) {
	if f.seen.rows[i].isFolder() {
		f.opened(i)
		return
	}
	f.moved(i)
}

// moved shows the detail of a row.
func (f *Finder) moved(int) {
	f.list.Refresh()
	f.showChosen()
}

// opened goes into a folder; a file is what somebody came for.
func (f *Finder) opened(i int) {
	r := f.seen.rows[i]
	if !r.isFolder() {
		f.detail.restore()
		return
	}
	to := f.want
	to.line, to.folder, to.query = r.line, r.path, ""
	f.clearSearch()
	f.look(to)
}

// showChosen shows the detail of what is chosen.
func (f *Finder) showChosen() {
	s := &f.seen
	switch r := f.chosen(); {
	case r != nil && r.source == nil:
		f.detail.show(subject{line: r.line, path: r.path, entry: r.entry, deleted: r.deleted, at: s.at, found: s.query != ""})
	case f.failed != nil || len(s.lines) == 0 || s.query != "" || s.line == allLines:
		f.detail.show(subject{})
	default:
		f.detail.show(subject{line: s.line, path: s.folder, entry: repository.Entry{Type: repository.Dir}, at: s.at})
	}
}

// rowView shows a row.
type rowView struct {
	widget.BaseWidget
	content    fyne.CanvasObject
	ground     *look.Back
	tick       *look.Tick
	icon       *look.Drawing
	name, size *look.Text
	fate       *look.Brief
}

func newRowView() *rowView {
	v := &rowView{
		ground: look.NewBack("", "", 6), tick: look.NewTick(), icon: look.Picture(look.IconFile, 20),
		name: look.Line("name", look.Ink), size: look.SmallTag("size", look.Quiet), fate: look.NewBrief(look.SmallLine("", look.Quiet)),
	}
	text := look.Stacked(2, v.name, container.New(fateLine{}, v.fate, v.size))
	v.content = container.NewStack(v.ground, look.InsetXY(look.Within, 5, look.Row(look.Within, 2, v.tick, v.icon, text)))
	v.ExtendBaseWidget(v)
	return v
}

// CreateRenderer implements fyne.Widget.
func (v *rowView) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.content) }

// fill shows the i-th row.
func (f *Finder) fill(i int, v *rowView) {
	r := &f.seen.rows[i]
	ground, edge := fyne.ThemeColorName(""), fyne.ThemeColorName("")
	if i == f.list.At() {
		ground = look.LakeGround
	}
	if f.list.Marks(i) {
		edge = look.Lake
	}
	v.ground.Paint(ground, edge)
	v.tick.Set(f.basket.holds(r))
	v.tick.OnChanged = func(on bool) { f.tick(r, on) }
	look.Visible(v.tick, r.source == nil)
	v.icon.Set(iconOf(r))
	colour := look.Ink
	if r.deleted {
		colour = look.Quiet
	}
	v.name.Colour(colour)
	v.name.Set(f.titleOf(r))
	size := ""
	if r.entry.Type == repository.File && r.entry.Size >= 0 {
		size = words.Size(r.entry.Size)
	}
	v.size.Set(size)
	v.fate.Colour(look.Quiet)
	if r.deleted {
		v.fate.Colour(look.Amber)
	}
	v.fate.Tell(f.fateOf(r)...)
	look.Lay(v.content)
}

func iconOf(r *row) look.Icon {
	switch {
	case r.source != nil:
		return look.IconDrive.In(look.Lake)
	case r.entry.Type == repository.Dir && r.deleted:
		return look.IconFolder.In(look.Quiet)
	case r.entry.Type == repository.Dir:
		return look.IconFolder.In(look.Lake)
	case r.deleted:
		return look.IconGone.In(look.Quiet)
	case r.entry.Type == repository.Symlink:
		return look.IconLink
	}
	return look.IconFile
}

func (f *Finder) titleOf(r *row) string {
	switch {
	case r.source != nil:
		return lineName(*r.source)
	case r.entry.Type == repository.Symlink:
		return lang.T("%s  (link to %s)", words.Printable(nameOf(r.path)), short(r.entry.Target, 40))
	}
	return words.Printable(nameOf(r.path))
}

// fateLine puts the size of an item at the right of what became of it, and
// leaves it out where that has no room beside it: the detail tells it too.
type fateLine struct{}

// MinSize implements fyne.Layout.
func (fateLine) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, objects[0].MinSize().Height)
}

// Layout implements fyne.Layout.
func (fateLine) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	size := objects[1].MinSize().Width
	left := s.Width - size - look.Within
	look.Visible(objects[1], left >= objects[0].(*look.Brief).Least())
	if !objects[1].Visible() {
		left = s.Width
	}
	objects[0].Resize(fyne.NewSize(left, s.Height))
	objects[1].Move(fyne.NewPos(s.Width-size, 0))
	objects[1].Resize(fyne.NewSize(size, s.Height))
}

// fateOf tells in words what became of an item, and again with less and less of
// it.
func (f *Finder) fateOf(r *row) []string {
	facts := slices.DeleteFunc(f.factsOf(r), func(s string) bool { return s == "" })
	var ways []string
	for n := len(facts); n > 0; n-- {
		ways = append(ways, words.Sentence(dotted(facts[:n]...)))
	}
	if r.source == nil && !r.deleted {
		ways = append(ways, words.Sentence(words.Near(r.entry.ModTime, f.Window.Now())), words.Nearest(r.entry.ModTime, f.Window.Now()))
	}
	return ways
}

// factsOf is what became of an item, the most important first.
func (f *Finder) factsOf(r *row) []string {
	now := f.Window.Now()
	if r.source != nil {
		return []string{words.Count(int64(r.source.Versions), "version"), lang.T("the newest %s", words.Ago(r.source.Newest, now))}
	}
	facts := []string{lang.T("changed %s", words.Near(r.entry.ModTime, now))}
	if r.deleted {
		facts = []string{lang.T("deleted"), lang.T("last seen %s", words.Near(r.last.Time, now))}
	}
	if r.states > 0 && !r.isFolder() {
		facts = append(facts, words.Count(int64(r.states), "version"))
	}
	if f.seen.query != "" {
		facts = append(facts, lang.T("in %s", f.folderName(r.line, parentOf(r.path))))
	}
	return facts
}

// folderName is how a folder is called in a sentence.
func (f *Finder) folderName(line int64, path string) string {
	if path != "" {
		return words.Printable(path)
	}
	if l, ok := lineOf(f.seen.lines, line); ok {
		return rootName(l, f.Archive)
	}
	return f.Archive.Name
}

// lineName tells which machine and folder versions are of.
func lineName(l engine.Line) string {
	switch {
	case l.Host == "" && l.Root == "":
		return lang.T("Versions of unknown origin")
	case l.Host == "":
		return words.Printable(l.Root)
	case l.Root == "":
		return words.Printable(l.Host)
	}
	return words.Printable(l.Host) + " · " + words.Printable(l.Root)
}
