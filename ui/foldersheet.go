package ui

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// folderSheet lies over the form of a server and goes through its folders. The
// one whose folders are listed is the one that is chosen.
type folderSheet struct {
	ui    *UI
	form  *placeForm
	modal *modal

	at     destform.Folder
	found  engine.Folders
	crumbs *fyne.Container
	holds  fyne.CanvasObject // that a backup is in there
	list   *look.List
	state  *fyne.Container // why there are no rows
	note   *look.Text
	naming *folderNaming
	// other leads to the other place to begin at; mend helps after a failure.
	other, choose, cancel, mend *look.Button
	// explorer asks, from the place to begin at that it was made for; nil
	// before the first question.
	explorer session.Explorer
	rooted   bool
	// stop ends what is being asked; nothing is before the first question.
	stop, tick context.CancelFunc
}

// sheetHeight fits into the smallest window.
const sheetHeight = 480

func newFolderSheet(p *placeForm) *folderSheet {
	s := &folderSheet{ui: p.chooser.ui, form: p, at: p.form.Folder(), crumbs: look.Trail(), state: container.NewStack(), note: look.Note("")}
	s.stop, s.tick = func() {}, func() {}
	s.list = look.NewList(func() int { return len(s.found.Names) }, func() fyne.CanvasObject { return newFolderRow() }, func(i int, o fyne.CanvasObject) { s.fill(i, o.(*folderRow)) })
	s.list.OnTapped, s.list.OnOpened, s.list.OnBack = s.enter, s.enter, s.up
	s.list.OnSide = func(direction int) {
		if i := s.list.At(); direction > 0 && i >= 0 {
			s.enter(i)
		} else if direction < 0 {
			s.up()
		}
	}
	s.list.HideSeparators = true
	s.naming = newFolderNaming(s)
	s.other = look.Plain("", look.IconFolder.In(look.Quiet), func() { s.look(destform.Folder{Rooted: !s.at.Rooted}, "") })
	s.cancel = look.NewButton(lang.T("Cancel"), s.close)
	s.choose, s.mend = look.Primary(lang.T("Choose"), s.take), look.Primary("", nil)
	s.holds = look.Marked(look.IconOverview, look.Lake, look.Say(lang.T("This folder holds a backup. Choose it to go on with that one; for a new backup, make a folder.")))
	return s
}

// open shows the sheet, unless something is missing by which the server is
// reached.
func (s *folderSheet) open() {
	if s.form.missing(s.form.form.FolderKeys()...) {
		return
	}
	head := look.Stacked(look.Within, look.Subheading(lang.T("Folders on %s", s.host())), s.crumbs, s.holds)
	foot := look.Stacked(look.Within, s.note, s.naming.content, look.Flow(look.Within, s.other, s.naming.button, s.cancel, s.choose, s.mend))
	body := look.Headed(head, look.Footed(look.InsetXY(0, look.Within, container.NewStack(s.list, s.state)), foot))
	canvas := s.ui.window.Canvas()
	content := container.New(&asked{canvas, tallWidth}, look.Inset(look.InCard, look.Tall(sheetHeight, body)))
	s.modal = &modal{ui: s.ui, popup: widget.NewModalPopUp(content, canvas), keys: frame.Page{Escape: s.close, First: s.cancel}}
	s.modal.show()
	s.look(s.at, "")
}

// close ends it; nothing was changed in the form.
func (s *folderSheet) close() {
	s.quiet()
	s.leave()
	s.modal.hide()
}

// leave ends the connection, beside the main loop.
func (s *folderSheet) leave() {
	if s.explorer != nil {
		s.ui.working.Go(s.explorer.Close)
		s.explorer = nil
	}
}

// explore is who asks now.
func (s *folderSheet) explore() session.Explorer {
	if s.explorer == nil || s.rooted != s.at.Rooted {
		s.leave()
		s.rooted = s.at.Rooted
		s.explorer = s.ui.Session.Explore(s.form.single(s.form.form.Beginning(s.rooted)))
	}
	return s.explorer
}

// quiet ends what is being asked.
func (s *folderSheet) quiet() {
	s.stop()
	s.tick()
}

// host is who is asked.
func (s *folderSheet) host() string { return destform.Host(s.form.form.Beginning(false).URL) }

// take writes the folder into the form.
func (s *folderSheet) take() {
	values, _ := s.form.form.Write(s.at) // the button is there only for what can be written
	s.close()
	for key, text := range values {
		s.form.put(key, text)
	}
}

// enter goes into a folder of the list.
func (s *folderSheet) enter(i int) { s.look(s.below(s.found.Names[i]), "") }

func (s *folderSheet) below(name string) destform.Folder {
	return destform.Folder{Rooted: s.at.Rooted, Path: path.Join(s.at.Path, name)}
}

// up leaves the folder.
func (s *folderSheet) up() {
	if s.at.Path != "" {
		above, from := path.Split(s.at.Path)
		s.look(destform.Folder{Rooted: s.at.Rooted, Path: strings.TrimSuffix(above, "/")}, from)
	}
}

// look asks for the folders in one; the keyboard comes to the one called from.
func (s *folderSheet) look(at destform.Folder, from string) {
	s.at, s.found = at, engine.Folders{}
	var found engine.Folders
	s.ask(func(ctx context.Context, x session.Explorer) (err error) {
		found, err = x.Folders(ctx, at.Path)
		return err
	}, func(err error) {
		if err != nil {
			s.fail(err)
			return
		}
		s.show(found, from)
	})
}

// ask asks the server beside the main loop.
func (s *folderSheet) ask(question func(context.Context, session.Explorer) error, then func(error)) {
	s.quiet()
	s.naming.fold()
	s.describe()
	s.offer(nil)
	s.choose.Enabled(false)
	s.naming.button.Enabled(false)
	waiting := look.Hint(lang.T("Asking %s…", s.host()))
	s.say(waiting)
	s.tick = s.ui.every(slowAfter, func() { waiting.Set(lang.T("Still waiting for %s. Some servers take their time.", s.host())) })
	explorer := s.explore()
	s.stop = s.ui.Work(func(ctx context.Context) error { return question(ctx, explorer) }, func(err error) {
		s.quiet()
		then(err)
	})
}

// show lists what was found.
func (s *folderSheet) show(found engine.Folders, from string) {
	s.found = found
	look.Visible(s.holds, found.Holds.Readable())
	_, writable := s.form.form.Write(s.at)
	s.choose.Enabled(writable)
	s.naming.button.Enabled(true)
	look.Visible(s.naming.button, found.Making != engine.MadeElsewhere)
	switch {
	case !writable && s.at.Path != "":
		s.tell(lang.T("The name of this folder cannot stand in an address: spaces at its ends and line breaks get lost. Choose another one."))
	case found.Cut:
		s.tell(lang.T("There are more. These are the first %s; the name of another one can be typed into the form.", words.Number(int64(len(found.Names)))))
	}
	s.list.UnselectAll()
	s.list.KeepAt(max(0, slices.Index(found.Names, from)))
	if len(found.Names) == 0 {
		s.say(s.nothing(writable))
		s.ui.Focus(s.first())
		return
	}
	s.say(nil)
	s.list.ScrollTo(s.list.At())
	s.ui.Focus(s.list)
}

// nothing stands in place of rows where there are none.
func (s *folderSheet) nothing(writable bool) fyne.CanvasObject {
	if !writable && s.found.Making == engine.MadeElsewhere {
		return look.Stacked(4, look.Say(lang.T("The server shows none.")), look.Hint(lang.T("Type its name into the form.")))
	}
	none := look.Stacked(4, look.Say(lang.T("There are no folders in here.")))
	switch {
	case !writable:
		none.Add(look.Hint(lang.T("Make a new one.")))
	case !s.holds.Visible():
		none.Add(look.Hint(lang.T("Choose this one, or make a new one in it.")))
	}
	return none
}

// first is where the keyboard goes when there is no row.
func (s *folderSheet) first() fyne.Focusable {
	if s.choose.Disabled() {
		return s.cancel
	}
	return s.choose
}

// describe shows where the sheet is.
func (s *folderSheet) describe() {
	s.tell("")
	look.Visible(s.holds, false)
	look.Visible(s.other, s.form.form.Rootable())
	s.other.SetText(s.form.form.Top(!s.at.Rooted))
	s.crumbs.Objects = nil
	s.crumb(s.form.form.Top(s.at.Rooted), "")
	for i, c := range s.at.Path {
		if c == '/' {
			s.crumb(words.Printable(path.Base(s.at.Path[:i])), s.at.Path[:i])
		}
	}
	if s.at.Path != "" {
		s.crumb(words.Printable(path.Base(s.at.Path)), s.at.Path)
	}
	s.crumbs.Refresh()
}

// crumb adds a part of the way, which leads back there.
func (s *folderSheet) crumb(label, to string) {
	b := look.NewButton(label, func() { s.look(destform.Folder{Rooted: s.at.Rooted, Path: to}, "") })
	b.Importance = widget.LowImportance
	look.AddCrumb(s.crumbs, b)
}

// say stands in place of the rows, nil for nothing.
func (s *folderSheet) say(o fyne.CanvasObject) {
	s.state.Objects = nil
	if o != nil {
		s.state.Objects = []fyne.CanvasObject{container.NewVScroll(look.InsetXY(4, 2, o))}
	}
	look.Visible(s.state, o != nil)
	look.Visible(s.list, o == nil)
	s.state.Refresh()
	s.list.Refresh()
	s.refresh()
}

// tell is a line below the rows.
func (s *folderSheet) tell(text string) {
	s.note.Set(text)
	look.Visible(s.note, text != "")
	s.refresh()
}

// refresh lays it out anew: what stands below the rows has another height.
func (s *folderSheet) refresh() {
	if s.modal != nil {
		look.Lay(s.modal.popup.Content)
	}
}

// again looks at the same folder.
func (s *folderSheet) again() { s.look(s.at, "") }

// foresee goes into a folder that only a backup in it makes.
func (s *folderSheet) foresee(to destform.Folder) {
	s.at = to
	s.naming.fold()
	s.describe()
	s.show(engine.Folders{Making: engine.MadeByContent}, "")
	s.tell(lang.T("This folder is not there yet: the first backup makes it. Nothing was changed."))
}

// makeNew goes into a folder that it makes, or says why it cannot.
func (s *folderSheet) makeNew(name string) {
	to := s.below(name)
	if s.found.Making == engine.MadeByContent {
		s.foresee(to)
		return
	}
	s.ask(func(ctx context.Context, x session.Explorer) error { return x.MakeFolder(ctx, to.Path) }, func(err error) {
		e, refused := errors.AsType[*engine.Error](err)
		switch {
		case err == nil:
			s.look(to, "")
		case refused && (e.Kind == engine.NoPermission || e.Kind == engine.Invalid):
			s.show(s.found, "")
			s.naming.refuse(name, e.Kind)
		default:
			s.fail(err)
		}
	})
}
