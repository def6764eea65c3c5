package restorepage

import (
	"context"
	"net/url"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// Folders show versions as folders. See session.OpenFolder.
type Folders interface {
	OpenFolder(ctx context.Context, a session.Archive, v engine.Version) (session.ShownFolder, error)
	Folders(a session.Archive) []session.ShownFolder
	CloseFolder(address string) error
}

// openFolders are the lines that tell which versions are open as folders.
type openFolders struct {
	f       *Finder
	content *fyne.Container
	shown   []string // their addresses
}

// show shows what is open now.
func (o *openFolders) show() {
	open := o.f.Backend.Folders(o.f.Archive)
	var now []string
	for i := range open {
		now = append(now, open[i].Address)
	}
	look.Visible(o.content, len(open) > 0)
	if slices.Equal(now, o.shown) {
		return // nothing is drawn anew under somebody's keyboard
	}
	o.shown, o.content.Objects = now, nil
	for i := range open {
		o.content.Add(o.line(&open[i]))
	}
	o.f.content.Refresh()
}

// line tells of one, with what can be done about it.
func (o *openFolders) line(s *session.ShownFolder) fyne.CanvasObject {
	said := lang.T("The version of %s is open as a folder, read only.", words.Moment(s.Version.Time, o.f.Window.Now()))
	address := look.SmallLine(s.Address, look.Quiet).Mono()
	show := look.NewButton(lang.T("Show"), func() { o.f.Browse(s.Address) })
	copied := look.NewButton(lang.T("Copy"), func() { fyne.CurrentApp().Clipboard().SetContent(s.Address) })
	closing := look.NewButton(lang.T("Close the folder"), func() { o.close(s.Address) })
	return look.On(look.LakeGround, "", look.Between, look.Stacked(look.Within,
		look.Row(look.Within, 1, look.Picture(look.IconFolder.In(look.Lake), 20), look.Say(said)), look.Row(look.Within, 0, address, copied, closing, show)))
}

func (o *openFolders) close(address string) {
	f := o.f
	f.Window.Work(func(context.Context) error { return f.Backend.CloseFolder(address) }, func(err error) {
		f.folders.show()
		if err != nil {
			f.Window.Fail(err)
		}
	})
}

// openFolder opens the chosen version as a folder, and shows it in the file
// manager where the page is.
func (d *detail) openFolder() {
	if d.chosen < 0 {
		return
	}
	f, v, below := d.f, d.history.versionOf(d.chosen), d.path
	backend, archive := f.Backend, f.Archive
	var opened session.ShownFolder
	d.folder.Enabled(false)
	d.folder.SetText(lang.T("Opening…"))
	f.Window.Work(func(ctx context.Context) (err error) {
		opened, err = backend.OpenFolder(ctx, archive, v)
		return err
	}, func(err error) {
		d.folder.SetText(lang.T("Open as a folder"))
		d.folder.Enabled(d.chosen >= 0)
		if err != nil {
			f.Window.Fail(err)
			return
		}
		f.folders.show()
		f.Browse(opened.Address + addressOf(below))
	})
}

// addressOf is a path in a folder as a part of its address.
func addressOf(path string) string {
	if path == "" {
		return ""
	}
	return (&url.URL{Path: path + "/"}).EscapedPath()
}
