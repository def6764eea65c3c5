package restorepage

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// subject is what the detail is about; the zero value is nothing.
type subject struct {
	line    int64
	path    string
	entry   repository.Entry
	deleted bool
	at      engine.Version // looked at, zero for now and before
	found   bool           // by a search
}

func (s *subject) isFolder() bool { return s.entry.Type == repository.Dir }

// same tells that two subjects have the same history.
func (s *subject) same(o *subject) bool {
	return s.line == o.line && s.path == o.path && s.entry.Type == o.entry.Type && s.at.ID == o.at.ID
}

// detail shows the versions of one item: a strip of them, the chosen one, what
// it looks like, and what can be done with it.
type detail struct {
	f *Finder
	subject
	history history
	strata  []stratum
	chosen  int // index in the history, -1 for none

	reading context.CancelFunc // of the history
	busy    bool               // it is being read
	stale   bool               // and shall be read once more

	content            *fyne.Container
	empty, full        fyne.CanvasObject
	icon               *look.Drawing
	title              *look.Text
	place              *look.Button
	strip              *look.Strip
	before, after      *look.Button
	calendar           *look.Button
	moment, position   *look.Text
	facts, fate, flaw  *look.Text
	pin                *look.Text
	pinned             fyne.CanvasObject // the pin with its mark
	pane               *pane
	compare, inside    *look.Button
	changed, bringBack *look.Button
	keeps, folder, add *look.Button
}

func newDetail(f *Finder) *detail {
	d := &detail{f: f, chosen: -1, reading: func() {}, strip: look.NewStrip()}
	d.icon, d.title = look.Picture(look.IconFile, 20), look.BigLine("")
	d.place = look.Plain(lang.T("Show its folder"), look.IconFolder.In(look.Quiet), d.toPlace)
	d.place.Alignment = widget.ButtonAlignLeading
	d.before = look.WithIcon("", look.IconBefore, func() { d.strip.Step(-1) })
	d.after = look.WithIcon("", look.IconAfter, func() { d.strip.Step(1) })
	d.before.Name, d.after.Name = lang.T("Older version"), lang.T("Newer version")
	d.moment, d.position = look.Strong(""), look.SmallTag("", look.Quiet)
	d.calendar = look.Plain("", look.IconCalendar.In(look.Quiet), d.openCalendar)
	d.calendar.Name = lang.T("Choose a day")
	d.facts, d.fate, d.flaw = look.Say(""), look.Note(""), look.Coloured("", look.Amber)
	d.pin = look.Say("")
	d.pinned = look.TopRow(look.Within, 1, look.Picture(look.IconKept.In(look.Lake), 18), d.pin)
	d.strip.OnChosen = func(i int) { d.choose(d.strata[i].index) }
	d.pane = newPane(f)
	d.compare = look.NewButton(lang.T("Compare…"), d.openComparison)
	d.inside = look.NewButton(lang.T("Look inside"), d.lookInside)
	d.changed = look.NewButton(lang.T("Compare…"), d.openChanges)
	d.bringBack = look.Primary(lang.T("Restore this version…"), d.restore)
	d.keeps = look.NewButton(lang.T("Keep…"), d.keep)
	d.add = look.NewButton(lang.T("Add"), d.addToBasket)
	d.folder = look.NewButton(lang.T("Open as a folder"), d.openFolder)
	head := look.Stacked(look.Within, look.Row(look.Within, 1, d.icon, d.title), d.place,
		look.Row(look.Within, 1, d.before, d.strip, d.after), look.Stacked(2, look.Row(look.Within, 1, d.calendar, d.moment, d.position), d.facts, d.fate, d.flaw, d.pinned))
	foot := look.Flow(look.Within, d.compare, d.changed, d.inside, d.folder, d.keeps, d.add, d.bringBack)
	d.full = scrolledMiddle(head, d.pane.content, foot)
	d.empty = look.Inset(bleed, look.Stacked(0, look.Hint(lang.T("Choose a file to see its versions."))))
	d.content = container.NewStack(d.empty)
	return d
}

// leave ends what works for the detail.
func (d *detail) leave() {
	d.reading()
	d.busy, d.stale = false, false
	d.pane.leave()
}

// show shows an item. What is shown of the same one stays until its history is
// read anew.
func (d *detail) show(s subject) {
	same := d.same(&s)
	d.subject = s
	if same && d.busy {
		d.stale = true // as in Finder.again
		return
	}
	d.reading()
	d.busy, d.stale = false, false
	if s.line == 0 {
		d.pane.leave()
		d.put(d.empty)
		look.Visible(d.empty, len(d.f.seen.rows) > 0)
		return
	}
	if !same {
		d.history, d.strata, d.chosen = history{}, nil, -1
		d.strip.Set(nil, -1)
		d.allowActions(false)
	}
	d.nameIt()
	past, h := d.f.past, history{folder: s.isFolder()}
	d.busy = true
	d.reading = d.f.Window.Work(func(ctx context.Context) (err error) {
		h, err = readHistory(ctx, past, s)
		return err
	}, func(err error) {
		d.busy = false
		d.showHistory(h, err)
		if d.stale {
			d.show(d.subject)
		}
	})
}

func (d *detail) put(o fyne.CanvasObject) {
	if d.content.Objects[0] != o {
		d.content.Objects[0] = o
	}
	d.content.Refresh()
}

func readHistory(ctx context.Context, past session.Past, s subject) (history, error) {
	h := history{folder: s.isFolder()}
	var err error
	if h.versions, err = past.Versions(ctx, s.line); err != nil {
		return h, err
	}
	if h.folder {
		h.activity, err = past.Activity(ctx, s.line, s.path)
		return h, err
	}
	h.states, err = past.History(ctx, s.line, s.path)
	return h, err
}

// nameIt shows what is known of an item without its history.
func (d *detail) nameIt() {
	r := row{line: d.line, path: d.path, entry: d.entry, deleted: d.deleted}
	d.icon.Set(iconOf(&r))
	name := words.Printable(nameOf(d.path))
	if d.path == "" {
		name = d.f.folderName(d.line, "")
	}
	d.title.Set(name)
	look.Visible(d.place, d.found)
}

// showHistory shows the strip, and chooses the newest layer, or the one that
// is chosen by now.
func (d *detail) showHistory(h history, err error) {
	if err != nil {
		x := session.Explain(err)
		d.pane.say(x.Sentence, lang.T("Try again"), func() { d.show(d.subject) })
		d.put(d.full)
		return
	}
	keep := engine.Version{}
	if d.chosen >= 0 {
		keep = d.history.versionOf(d.chosen)
	}
	d.history, d.strata = h, h.strata(d.f.Window.Now())
	chosen := 0
	switch {
	case keep.ID != "" || !keep.Time.IsZero():
		chosen = max(0, h.holding(keep))
	case d.at.ID != "":
		chosen = max(0, h.holding(d.at))
	}
	if h.size() == 0 { // it was forgotten meanwhile
		d.chosen = -1
		d.put(d.empty)
		return
	}
	d.choose(chosen)
	d.put(d.full)
}

// choose shows the i-th of the history.
func (d *detail) choose(i int) {
	d.chosen = i
	d.allowActions(true)
	layers := make([]look.Layer, len(d.strata))
	for j, s := range d.strata {
		layers[j] = s.Layer
	}
	d.strip.Set(layers, slices.IndexFunc(d.strata, func(s stratum) bool { return s.index == i }))
	allow(d.before, look.IconBefore, d.strip.Next(-1) >= 0)
	allow(d.after, look.IconAfter, d.strip.Next(1) >= 0)
	now, n := d.f.Window.Now(), d.history.size()
	d.moment.Set(words.Sentence(words.Ago(d.history.versionOf(i).Time, now)))
	d.position.Set(lang.T("%s of %s", words.Number(int64(n-i)), words.Number(int64(n))))
	if d.history.folder {
		d.chooseFolder(i)
	} else {
		d.chooseState(i)
	}
	d.flaw.Set(flaw(d.history.versionOf(i)))
	look.Visible(d.flaw, d.flaw.String() != "")
	d.showPin(i)
	d.showBasket()
	look.Visible(d.fate, !d.history.folder)
	look.Visible(d.compare, !d.history.folder && n > 1)
	look.Visible(d.changed, d.history.folder && len(d.history.versions) > 1)
	look.Visible(d.folder, d.history.folder)
	look.Visible(d.inside, d.history.folder && d.history.versionOf(i).ID != d.at.ID)
	d.content.Refresh()
}

// allowActions lets what is chosen be used, or not while nothing is.
func (d *detail) allowActions(on bool) {
	for _, b := range []*look.Button{d.before, d.after, d.calendar, d.compare, d.changed, d.inside, d.folder, d.keeps, d.add, d.bringBack} {
		b.Enabled(on)
	}
}

// allow lets a button be pressed, and shows by its icon whether it can be.
func allow(b *look.Button, icon look.Icon, on bool) {
	if !on {
		icon = icon.In(theme.ColorNameDisabled)
	}
	b.Enabled(on)
	b.SetIcon(icon)
}

func (d *detail) chooseState(i int) {
	now := d.f.Window.Now()
	d.facts.Set(d.history.facts(i, now))
	d.fate.Set(d.history.fate(i, now))
	d.fate.Colour(look.Quiet)
	if _, gone := d.history.goneAfter(i); gone {
		d.fate.Colour(look.Amber)
	}
	d.bringBack.SetText(lang.T("Restore this version…"))
	d.pane.preview(d.line, d.path, d.history.states[i])
}

func (d *detail) chooseFolder(i int) {
	v := d.history.activity[i]
	facts := lang.T("The first version.")
	if counts := changeCounts(v); counts != "" {
		facts = words.Sentence(lang.T("%s since the version before.", counts))
	}
	d.facts.Set(facts)
	d.bringBack.SetText(lang.T("Restore as it was…"))
	at := d.history.indexOf(v.Version)
	if at < 0 || at+1 >= len(d.history.versions) {
		d.pane.say(lang.T("Everything in this version was new."), "", nil)
		return
	}
	d.pane.differences(d.line, d.path, d.history.versions[at+1].Version, v.Version)
}

// toPlace leads to the folder of what a search found.
func (d *detail) toPlace() {
	d.f.clearSearch()
	d.f.lookAt(spot{line: d.line, folder: parentOf(d.path)}, d.path)
}

// lookInside shows the folder as it was.
func (d *detail) lookInside() {
	d.f.clearSearch()
	d.f.look(spot{line: d.line, folder: d.path, at: d.history.versionOf(d.chosen)})
}

// restore asks where the chosen version shall go.
func (d *detail) restore() {
	if d.chosen < 0 {
		return
	}
	part := Part{Version: d.history.versionOf(d.chosen)}
	name := d.f.folderName(d.line, "")
	if d.path != "" {
		part.Paths, name = []string{d.path}, nameOf(d.path)
	}
	from, _ := lineOf(d.f.seen.lines, d.line)
	d.f.Restore(Request{Parts: []Part{part}, Names: []string{name}, InPlace: d.f.isHome(d.line), From: from})
}

func (d *detail) openComparison() {
	other := 0
	if d.chosen == 0 {
		other = 1
	}
	d.f.compare(d.subject, d.history, max(d.chosen, other), min(d.chosen, other))
}

// openChanges compares the chosen version with the newest, or with the one
// before.
func (d *detail) openChanges() {
	versions := d.history.versions
	older, newer := d.history.indexOf(d.history.versionOf(d.chosen)), 0
	if older == 0 {
		older = 1
	}
	d.f.openChanges(d.line, d.path, versions, older, newer)
}

// middle gives its second object the height that the others leave, and at
// least as much as makes sense.
type middle struct{}

const leastMiddle = 110

// scrolledMiddle is for what large letters in a small window leave too little
// height. The edge keeps what is drawn around a control from being cut off.
func scrolledMiddle(head, middling, foot fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVScroll(look.Inset(bleed, container.New(&middle{}, head, middling, foot)))
}

// MinSize implements fyne.Layout.
func (*middle) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(0, 2*look.Between+max(leastMiddle, objects[1].MinSize().Height))
	for i, o := range objects {
		least := o.MinSize()
		s.Width = max(s.Width, least.Width)
		if i != 1 {
			s.Height += least.Height
		}
	}
	return s
}

// Layout implements fyne.Layout.
func (*middle) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	head, foot := look.Settle(objects[0], s.Width), look.Settle(objects[2], s.Width)
	objects[1].Move(fyne.NewPos(0, head+look.Between))
	objects[1].Resize(fyne.NewSize(s.Width, max(leastMiddle, s.Height-head-foot-2*look.Between)))
	objects[2].Move(fyne.NewPos(0, max(s.Height-foot, head+leastMiddle+2*look.Between)))
}
