package ui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
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

// restorePage asks which backup, and then opens it.
func (u *UI) restorePage() page {
	jobs, err := u.Session.Jobs(u.Context)
	if err != nil {
		u.fail(err)
	}
	rows := look.Stacked(12)
	for _, j := range jobs {
		if j.LastGood.IsZero() {
			continue
		}
		archive := session.ArchiveOf(&j.Job)
		open := widget.NewButton("Open", func() { u.openRestore(archive) })
		open.Importance = widget.HighImportance
		rows.Add(look.Boxed(container.NewBorder(nil, nil, nil, container.NewVBox(open), look.Stacked(2,
			look.Subheading(fmt.Sprintf("%s to %s", j.Name, placeName(session.Path(j.Destination)))),
			look.Hint("Last version "+words.Ago(j.LastGood, u.Now())+".")))))
	}
	rows.Add(u.otherArchive())
	return page{content: look.Page(look.Heading("Restore files"), rows)}
}

// otherArchive opens a backup that no job here made.
func (u *UI) otherArchive() fyne.CanvasObject {
	place := widget.NewEntry()
	place.SetPlaceHolder("Folder that holds a backup")
	choose := widget.NewButtonWithIcon("Choose a folder…", theme.FolderOpenIcon(), func() {
		dialog.ShowFolderOpen(func(l fyne.ListableURI, err error) {
			if err == nil && l != nil {
				place.SetText(l.Path())
			}
		}, u.window)
	})
	open := widget.NewButton("Open backup", func() { u.inspectArchive(strings.TrimSpace(place.Text)) })
	return look.Boxed(look.Stacked(8, look.Subheading("Another backup"),
		look.Hint("A folder or drive with a backup that Varve or duplicity made, on this computer or another."),
		container.NewBorder(nil, nil, nil, look.Beside(8, choose, open), place)))
}

// inspectArchive looks what a folder holds before it is opened.
func (u *UI) inspectArchive(path string) {
	if path == "" {
		return
	}
	var found engine.Found
	u.work(func(ctx context.Context) (err error) {
		found, err = u.Session.Inspect(ctx, path)
		return err
	}, func(err error) {
		switch {
		case err != nil:
			u.fail(err)
		case found.Versions == 0:
			dialog.ShowInformation("No backup here", "There is no backup in "+path+".", u.window)
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

	list, files *widget.List
	right       *fyne.Container
	crumbs      *fyne.Container
	state       *widget.RichText
	restore     *widget.Button
	loading     context.CancelFunc
}

// row is one line of the folder.
type row struct {
	path, name, detail string
	isFolder           bool
}

// openRestore opens a backup.
func (u *UI) openRestore(a session.Archive) {
	b := &browser{ui: u, archive: a, version: -1, picked: map[string]bool{}}
	u.browser = b
	u.current = Restore
	u.open(page{content: b.build(), leave: b.close})
	b.load(func(ctx context.Context) (err error) {
		b.versions, err = u.Session.Versions(ctx, a)
		return err
	}, func() {
		b.list.Refresh()
		if len(b.versions) > 0 {
			b.list.Select(0)
			return
		}
		look.SetText(b.state, "There is no version yet.")
	})
}

// load does something slow and shows that it does.
func (b *browser) load(do func(context.Context) error, then func()) {
	if b.loading != nil {
		b.loading()
	}
	look.SetText(b.state, "Opening…")
	b.loading = b.ui.work(do, func(err error) {
		look.SetText(b.state, "")
		if err != nil {
			look.SetText(b.state, session.Explain(err).Sentence)
			if e, ok := errors.AsType[*engine.Error](err); ok && e.Kind == engine.WrongPassphrase {
				b.ui.Session.Forget(b.archive.URL)
			}
			return
		}
		then()
	})
}

func (b *browser) close() {
	if b.loading != nil {
		b.loading()
	}
	if b.tree != nil {
		b.tree.Close()
	}
}

func (b *browser) build() fyne.CanvasObject {
	b.list = widget.NewList(func() int { return len(b.versions) },
		func() fyne.CanvasObject {
			return look.Stacked(0, widget.NewLabel("Mon 2 Jan 15:04"), look.Text("size", look.Quiet, look.Small, false))
		},
		func(i widget.ListItemID, o fyne.CanvasObject) {
			v, c := b.versions[i], o.(*fyne.Container)
			c.Objects[0].(*widget.Label).SetText(words.Moment(v.Time, b.ui.Now()))
			detail := words.Size(v.Stored) + " stored"
			if v.Damaged != "" {
				detail = "! " + v.Damaged
			}
			look.SetText(c.Objects[1].(*widget.RichText), detail)
		})
	b.list.OnSelected = func(i widget.ListItemID) { b.openVersion(i) }
	b.files = widget.NewList(func() int { return len(b.entries) }, newFileRow, b.fillFileRow)
	b.files.OnSelected = func(i widget.ListItemID) {
		b.files.UnselectAll()
		if b.entries[i].isFolder {
			b.openFolder(b.entries[i].path)
		}
	}
	b.crumbs = look.Beside(2)
	b.state = look.Hint("")
	b.restore = widget.NewButton("Restore", b.ask)
	b.restore.Importance = widget.HighImportance
	b.restore.Disable()
	head := container.NewBorder(nil, nil, nil, container.NewVBox(widget.NewButton("All backups", func() { b.ui.Show(Restore) })), look.Heading("Restore from "+b.archive.Name))
	left := container.NewBorder(look.Text("Versions", look.Quiet, look.Small, true), nil, nil, nil, b.list)
	b.right = container.NewBorder(b.crumbs, look.Stacked(4, b.state, look.Beside(8, layout.NewSpacer(), b.restore)), nil, nil, b.files)
	return look.Inset(20, container.NewBorder(look.Stacked(8, head), nil, look.Wide(230, left), nil, look.Inset(8, b.right)))
}

// newFileRow makes an empty line of the folder.
func newFileRow() fyne.CanvasObject {
	return container.NewBorder(nil, nil, look.Beside(4, widget.NewCheck("", nil), widget.NewIcon(theme.FileIcon())),
		look.Tag("detail", look.Quiet), look.Line("name", look.Ink))
}

func (b *browser) fillFileRow(i widget.ListItemID, o fyne.CanvasObject) {
	r, c := b.entries[i], o.(*fyne.Container)
	look.SetText(c.Objects[0].(*widget.RichText), r.name)
	left := c.Objects[1].(*fyne.Container)
	check, icon := left.Objects[0].(*widget.Check), left.Objects[1].(*widget.Icon)
	check.OnChanged = nil
	check.SetChecked(b.picked[r.path])
	check.OnChanged = func(on bool) { b.pick(r.path, on) }
	icon.SetResource(theme.FileIcon())
	if r.isFolder {
		icon.SetResource(theme.FolderIcon())
	}
	look.SetText(c.Objects[2].(*widget.RichText), r.detail)
	c.Refresh() // the detail may need more room than the one before
}

// pick ticks an item or clears it.
func (b *browser) pick(path string, on bool) {
	if on {
		b.picked[path] = true
	} else {
		delete(b.picked, path)
	}
	b.countPicked()
}

func (b *browser) countPicked() {
	switch n := int64(len(b.picked)); n {
	case 0:
		b.restore.SetText("Restore")
		b.restore.Disable()
	default:
		b.restore.SetText("Restore " + words.Count(n, "item") + "…")
		b.restore.Enable()
	}
	b.right.Refresh() // the text needs its room
}

// openVersion opens a version at its top, or at the folder that was open.
func (b *browser) openVersion(i int) {
	if i == b.version {
		return
	}
	b.version = i
	b.picked = map[string]bool{}
	b.countPicked()
	var tree engine.Tree
	b.load(func(ctx context.Context) (err error) {
		tree, err = b.ui.Session.Browse(ctx, b.archive, b.versions[i].Time)
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
	var entries []row
	b.load(func(ctx context.Context) error {
		for e, err := range tree.ReadDir(ctx, path) {
			if err != nil {
				return err
			}
			entries = append(entries, b.rowOf(&e))
		}
		return nil
	}, func() {
		if len(entries) == 0 && path != "" {
			// The folder of the version before is not in this one.
			b.openFolder("")
			return
		}
		b.folder, b.entries = path, entries
		b.showCrumbs()
		b.files.ScrollToTop()
		b.files.Refresh()
	})
}

// showCrumbs shows the way to the folder; every part leads back there.
func (b *browser) showCrumbs() {
	top := "Everything"
	if b.archive.Root != "" {
		top = tilde(b.archive.Root)
	}
	b.crumbs.Objects = nil
	add := func(label, path string) {
		button := widget.NewButton(label, func() { b.openFolder(path) })
		button.Importance = widget.LowImportance
		b.crumbs.Add(button)
	}
	add(top, "")
	path := ""
	for part := range strings.SplitSeq(b.folder, "/") {
		if part == "" {
			continue
		}
		path = strings.TrimPrefix(path+"/"+part, "/")
		b.crumbs.Add(widget.NewLabel("/"))
		add(words.Middle(part, 30), path)
	}
	b.right.Refresh() // the parts need their room
}
