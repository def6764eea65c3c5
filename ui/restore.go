package ui

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// restorePage asks which backup, and then opens it.
func (u *UI) restorePage() page {
	jobs, err := u.Session.Jobs(u.Context)
	if err != nil {
		u.fail(err)
	}
	rows := look.Stacked(look.Between)
	for _, j := range jobs {
		if j.LastGood.IsZero() {
			continue
		}
		archive := session.ArchiveOf(&j.Job)
		open := look.Primary("Open", func() { u.openRestore(archive) })
		rows.Add(look.Boxed(look.Row(look.InCard, 1, look.Picture(look.IconOverview.In(look.Lake), 24), look.Stacked(2,
			look.Subheading(fmt.Sprintf("%s to %s", j.Name, placeName(session.Path(j.Destination)))),
			look.Hint("Last version "+words.Ago(j.LastGood, u.Now())+".")), open)))
	}
	if len(rows.Objects) == 0 {
		rows.Add(look.Hint("No backup of this computer has a version yet. A backup from elsewhere can be opened here."))
	}
	rows.Add(look.Gap(look.Within))
	rows.Add(u.otherArchive())
	return page{content: look.Page(look.Heading("Restore files"), rows), escape: func() { u.Show(Overview) }}
}

// otherArchive opens a backup that no job here made.
func (u *UI) otherArchive() fyne.CanvasObject {
	place := look.NewField("Folder that holds a backup")
	answer := look.Coloured("", look.Clay)
	answer.Hide()
	open := look.NewButton("Open backup", nil)
	inspect := func() { u.inspectArchive(untilde(strings.TrimSpace(place.Text)), answer) }
	open.OnTapped = inspect
	open.Enabled(false)
	place.OnChanged = func(s string) { open.Enabled(strings.TrimSpace(s) != ""); answer.Hide() }
	place.OnSubmitted = func(string) { inspect() }
	choose := look.WithIcon("Choose a folder…", look.IconFolder, func() { u.chooseFolder(place.SetText) })
	return look.Boxed(look.Stacked(look.Between, look.Stacked(2, look.Subheading("Another backup"),
		look.Hint("A folder or drive with a backup that Varve, duplicity or restic made, on this computer or another.")),
		look.Row(look.Within, 0, place, choose, open), answer))
}

// inspectArchive looks what a folder holds before it is opened.
func (u *UI) inspectArchive(path string, answer *look.Text) {
	if path == "" {
		return
	}
	say := func(sentence string) {
		answer.Set(sentence)
		answer.Show()
	}
	if !filepath.IsAbs(path) {
		say("Type the whole path, from / on.")
		return
	}
	var found engine.Found
	u.work(func(ctx context.Context) (err error) {
		found, err = u.Session.Inspect(ctx, path)
		return err
	}, func(err error) {
		switch {
		case err != nil:
			say(session.Explain(err).Sentence)
		case !found.Exists:
			say("There is no folder " + words.Printable(path) + ".")
		case found.Versions == 0:
			say("There is no backup in " + words.Printable(path) + ". A backup is a folder with files whose names begin with duplicity-full, or with a file named config.")
		default:
			u.openRestore(session.Archive{Name: filepath.Base(path), URL: session.URL(path), Encrypted: found.Encrypted})
		}
	})
}

// browser is a backup opened for restoring: its versions, one of them, and in
// that one folder.
type browser struct {
	ui       *UI
	archive  session.Archive
	versions []engine.Version
	tree     engine.Tree
	version  int
	folder   string
	entries  []row
	picked   map[string]bool
	closed   bool

	list, files *widget.List
	crumbs      *fyne.Container
	state       *fyne.Container
	count       *look.Text
	restore     *look.Button
	clear       *look.Button
	loading     context.CancelFunc
}

// row is one line of the folder.
type row struct {
	path, name, size, when string
	isFolder               bool
	icon                   look.Icon
}

// openRestore opens a backup.
func (u *UI) openRestore(a session.Archive) {
	b := &browser{ui: u, archive: a, version: -1, picked: map[string]bool{}}
	u.browser = b
	u.current = Restore
	u.open(b.page(b.build()))
	b.loadVersions()
}

func (b *browser) page(content fyne.CanvasObject) page {
	return page{content: content, leave: b.close, escape: b.up, enter: b.ask}
}

func (b *browser) loadVersions() {
	b.load("Looking for versions…", b.loadVersions, func(ctx context.Context) (err error) {
		b.versions, err = b.ui.Session.Versions(ctx, b.archive)
		return err
	}, func() {
		b.list.Refresh()
		if len(b.versions) > 0 {
			b.list.Select(0)
			return
		}
		b.say(look.Hint("There is no version yet. Once a backup has run, its versions are listed here."))
	})
}

// load does something slow and says so; again does it anew after a failure.
func (b *browser) load(doing string, again func(), do func(context.Context) error, then func()) {
	if b.loading != nil {
		b.loading()
	}
	b.say(look.Hint(doing))
	b.loading = b.ui.work(do, func(err error) {
		b.say(nil)
		if err != nil {
			b.failed(err, again)
			return
		}
		then()
	})
}

// failed says what went wrong, with the button that tries again.
func (b *browser) failed(err error, again func()) {
	x := session.Explain(err)
	label := "Try again"
	if x.Kind == engine.WrongPassphrase || x.Kind == engine.NoPassphrase {
		label = "Type the passphrase"
		b.ui.Session.Forget(b.archive.URL)
	}
	b.entries = nil
	b.files.Refresh()
	b.say(look.On(look.ClayGround, "", look.InCard, look.Stacked(look.Between,
		marked(look.IconBroken, look.Clay, look.Say(x.Sentence)),
		look.Row(0, 1, look.NewButton(label, again), layout.NewSpacer()), look.Note(x.Technical))))
}

// say shows something in place of the folder's items, nil nothing.
func (b *browser) say(o fyne.CanvasObject) {
	b.state.Objects = nil
	if o != nil {
		b.state.Objects = []fyne.CanvasObject{o}
	}
	b.state.Refresh()
}

// close ends what the page keeps open. Leaving it for the restore itself does
// not.
func (b *browser) close() {
	if b.ui.restore != nil && b.ui.restore.browser == b {
		return
	}
	b.closed = true
	if b.loading != nil {
		b.loading()
	}
	if b.tree != nil {
		b.tree.Close()
		b.tree = nil
	}
}

func (b *browser) build() fyne.CanvasObject {
	b.list = widget.NewList(func() int { return len(b.versions) }, newVersionRow, b.fillVersionRow)
	b.list.OnSelected = b.openVersion
	b.list.HideSeparators = true
	b.files = widget.NewList(func() int { return len(b.entries) }, newFileRow, b.fillFileRow)
	b.files.OnSelected = func(i widget.ListItemID) {
		b.files.UnselectAll()
		if b.entries[i].isFolder {
			b.openFolder(b.entries[i].path)
			return
		}
		b.pick(b.entries[i].path, !b.picked[b.entries[i].path])
		b.files.RefreshItem(i)
	}
	b.crumbs = look.Beside(0)
	b.state = look.Stacked(0)
	b.count = look.Hint("")
	b.restore = look.Primary("Restore", b.ask)
	b.clear = look.NewButton("Clear", func() {
		clear(b.picked)
		b.files.Refresh()
		b.countPicked()
	})
	b.countPicked()
	head := look.Row(look.InCard, 0, look.Heading("Restore from "+b.archive.Name), look.NewButton("All backups", func() { b.ui.Show(Restore) }))
	left := look.Wide(216, container.NewBorder(look.InsetXY(look.Within, 10, look.Caption("Versions")), nil, nil, nil, b.list))
	files := container.NewBorder(look.Stacked(0, look.High(look.RowHeight, b.crumbs), look.Separator()), nil, nil, nil,
		container.NewStack(b.files, look.InsetXY(look.Between, look.Between, b.state)))
	foot := look.Stacked(look.Between, look.Separator(), look.Row(look.Within, 0, b.count, b.clear, b.restore))
	return look.Framed(head, look.Footed(container.NewBorder(nil, nil, left, nil, look.InsetXY(look.Between, 0, files)), foot))
}

func newVersionRow() fyne.CanvasObject {
	return look.InsetXY(look.Within, 7, look.Stacked(2, look.Line("Mon 2 Jan 15:04", look.Ink), look.SmallLine("size", look.Quiet)))
}

func (b *browser) fillVersionRow(i widget.ListItemID, o fyne.CanvasObject) {
	v, c := b.versions[i], o.(*fyne.Container).Objects[0].(*fyne.Container)
	c.Objects[0].(*look.Text).Set(words.Sentence(words.Ago(v.Time, b.ui.Now())))
	detail := words.Size(v.Stored) + " stored"
	switch days := words.DaysAgo(v.Time, b.ui.Now()); {
	case v.Damaged != "":
		detail = "Damaged · " + detail
	case v.Full:
		detail = "Whole copy · " + detail
	case days != "":
		detail = days + " · " + detail
	}
	c.Objects[1].(*look.Text).Set(detail)
}

// newFileRow makes an empty line of the folder.
func newFileRow() fyne.CanvasObject {
	return look.InsetXY(look.Within, 0, look.High(look.RowHeight-4, look.Row(look.Within, 2, look.NewCheck("", nil), look.Picture(look.IconFile, 20),
		look.Line("name", look.Ink), look.Wide(90, look.Tag("size", look.Quiet).Right()), look.Wide(150, look.Tag("when", look.Quiet).Right()))))
}

func (b *browser) fillFileRow(i widget.ListItemID, o fyne.CanvasObject) {
	r := b.entries[i]
	c := o.(*fyne.Container).Objects[0].(*fyne.Container).Objects[1].(*fyne.Container).Objects[0].(*fyne.Container)
	check := c.Objects[0].(*look.Check)
	check.OnChanged = nil
	check.SetChecked(b.holds(r.path))
	check.OnChanged = func(on bool) { b.pick(r.path, on) }
	look.SetPicture(c.Objects[1].(*canvas.Image), r.icon)
	c.Objects[2].(*look.Text).Set(r.name)
	c.Objects[3].(*fyne.Container).Objects[1].(*look.Text).Set(r.size)
	c.Objects[4].(*fyne.Container).Objects[1].(*look.Text).Set(r.when)
	c.Refresh()
}

// holds tells that an item is ticked, or lies in a folder that is.
func (b *browser) holds(path string) bool {
	for ; path != ""; path = parentOf(path) {
		if b.picked[path] {
			return true
		}
	}
	return false
}

func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

// pick ticks an item or clears it. In a folder that is ticked as a whole,
// clearing one leaves the others ticked.
func (b *browser) pick(path string, on bool) {
	switch {
	case on:
		b.picked[path] = true
	case b.picked[path]:
		delete(b.picked, path)
	default:
		b.split(path)
	}
	b.files.Refresh()
	b.countPicked()
}

// split unticks one item of the folder that is shown, where a folder above it
// is ticked.
func (b *browser) split(path string) {
	for above := parentOf(path); above != ""; above = parentOf(above) {
		delete(b.picked, above)
	}
	for _, e := range b.entries {
		if e.path != path {
			b.picked[e.path] = true
		}
	}
}

func (b *browser) countPicked() {
	n := int64(len(b.picked))
	b.restore.Enabled(n > 0)
	visible(b.clear, n > 0)
	if n == 0 {
		b.restore.SetText("Restore")
		b.count.Set("Tick the files and folders to bring back.")
		return
	}
	b.restore.SetText("Restore " + words.Count(n, "item") + "…")
	b.count.Set(words.Count(n, "item") + " ticked, from " + words.Moment(b.versions[b.version].Time, b.ui.Now()))
}

// openVersion opens a version at its top, or at the folder that was open.
func (b *browser) openVersion(i int) {
	if i == b.version && b.tree != nil {
		return
	}
	b.version = i
	b.picked = map[string]bool{}
	b.countPicked()
	var tree engine.Tree
	b.load("Opening the version…", func() { b.openVersion(i) }, func(ctx context.Context) (err error) {
		tree, err = b.ui.Session.Browse(ctx, b.archive, b.versions[i].Time)
		if err == nil && ctx.Err() != nil {
			tree.Close() // nobody waits for it any more
		}
		return err
	}, func() {
		if b.tree != nil {
			b.tree.Close()
		}
		b.tree = tree
		b.openFolder(b.folder)
	})
}

// openFolder reads a folder of the version.
func (b *browser) openFolder(path string) {
	tree := b.tree
	if tree == nil {
		return // the version is still being opened, and shows its folder then
	}
	var entries []row
	b.load("Reading the folder…", func() { b.openFolder(path) }, func(ctx context.Context) error {
		for e, err := range tree.ReadDir(ctx, path) {
			if err != nil {
				return err
			}
			entries = append(entries, b.rowOf(&e))
		}
		return nil
	}, func() { b.showFolder(path, entries) })
}

func (b *browser) showFolder(path string, entries []row) {
	if len(entries) == 0 && path != "" && path == b.folder {
		// The folder of the version before is not in this one.
		b.openFolder(parentOf(path))
		return
	}
	b.folder, b.entries = path, entries
	if len(entries) == 0 {
		b.say(look.Hint("This folder is empty."))
	}
	b.showCrumbs()
	b.files.ScrollToTop()
	b.files.Refresh()
}

// up leads to the folder above, and from the top to the other backups.
func (b *browser) up() {
	if b.folder == "" || b.tree == nil {
		b.ui.Show(Restore)
		return
	}
	b.openFolder(parentOf(b.folder))
}

// showCrumbs shows the way to the folder; every part leads back there.
func (b *browser) showCrumbs() {
	top := "Everything"
	if b.archive.Root != "" {
		top = tilde(b.archive.Root)
	}
	b.crumbs.Objects = nil
	add := func(label, path string) {
		button := look.NewButton(words.Middle(words.Printable(label), 28), func() { b.openFolder(path) })
		button.Importance = widget.LowImportance
		b.crumbs.Add(button)
	}
	add(top, "")
	parts := strings.Split(b.folder, "/")
	if b.folder == "" {
		parts = nil
	}
	path := ""
	for i, part := range parts {
		path = strings.TrimPrefix(path+"/"+part, "/")
		if skipped := len(parts) - 3; i < skipped {
			// Deep folders keep their end in sight.
			if i == skipped-1 {
				b.crumbs.Add(look.Tag("/", look.Quiet))
				add("…", path)
			}
			continue
		}
		b.crumbs.Add(look.Tag("/", look.Quiet))
		add(part, path)
	}
	b.crumbs.Refresh()
}
