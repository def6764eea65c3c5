package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/recognise"
	"github.com/varve-backup/varve/ui/folderform"
	"github.com/varve-backup/varve/ui/foldertree"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// adoption is the page of who has backups already: it looks for them on drives
// and in folders, and offers to look into them or to go on with them.
type adoption struct {
	ui      *UI
	typed   *look.Field
	refusal *look.Text
	sought  []*sought // in the order in which they were asked for
	seen    []session.Sighting
	rows    *fyne.Container
	results *fyne.Container
	opening bool // a backup is asked where it came from
	stop    []context.CancelFunc
}

// sought is a folder that is looked through.
type sought struct {
	path  string
	over  bool
	whole bool
	err   error
	stop  context.CancelFunc
}

// openAdoption opens the page, and looks through what is plugged in.
func (u *UI) openAdoption() {
	a := &adoption{ui: u, typed: look.NewField(lang.T("A folder, such as /media/drive/backups")), refusal: look.Coloured("", look.Clay), rows: look.Stacked(look.Between), results: look.Stacked(look.Between)}
	a.refusal.Hide()
	a.typed.OnSubmitted = func(string) { a.seekTyped() }
	seek := look.NewButton(lang.T("Look there"), a.seekTyped)
	choose := look.WithIcon(lang.T("Choose a folder…"), look.IconFolder, func() { u.chooseFolder(a.seek) })
	server := look.NewButton(lang.T("On a server or a service…"), func() { u.findArchive(func() { u.openAdoption() }) })
	body := look.Stacked(look.Between, look.Subheading(lang.T("Where are they?")),
		look.Hint(lang.T("Varve looks for what restic, duplicity and Varve itself made. It only reads.")), look.Gap(4), a.rows, look.Gap(4),
		look.Entered(a.typed, look.Beside(look.Within, seek, choose)), a.refusal, look.Row(0, 1, server, layout.NewSpacer()), look.Gap(look.Within), a.results)
	back := look.NewButton(lang.T("Back"), func() { u.Show(Overview) })
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, back, layout.NewSpacer()))
	u.current = ""
	u.Open(frame.Page{
		Content: look.Stepped(look.Heading(lang.T("I have backups already")), look.Scrolled(body), foot),
		Leave:   a.end, Escape: func() { u.Show(Overview) }, First: a.typed,
	})
	a.show()
	var drives []Drive
	a.work(func(context.Context) error {
		drives = u.Computer.Drives()
		return nil
	}, func(error) {
		for _, d := range drives {
			a.seek(d.Path)
		}
		a.show()
	})
}

func (a *adoption) work(do func(ctx context.Context) error, then func(error)) context.CancelFunc {
	stop := a.ui.Work(do, then)
	a.stop = append(a.stop, stop)
	return stop
}

func (a *adoption) end() {
	for _, stop := range a.stop {
		stop()
	}
}

// seekTyped looks through the folder that was typed, or says why not.
func (a *adoption) seekTyped() {
	path := places.Untilde(strings.TrimSpace(a.typed.Text))
	wrong := ""
	switch {
	case path == "":
		return
	case strings.Contains(path, "://"):
		wrong = lang.T("This is an address. Press “On a server or a service…” for it.")
	case !filepath.IsAbs(path):
		wrong = lang.T("Type the whole path, from / on.")
	}
	a.refusal.Set(wrong)
	look.Visible(a.refusal, wrong != "")
	if wrong == "" {
		a.seek(filepath.Clean(path))
	}
}

// seek looks through a folder, anew if it was looked through before.
func (a *adoption) seek(path string) {
	for i, s := range a.sought {
		if s.path == path {
			s.stop()
			a.sought = append(a.sought[:i], a.sought[i+1:]...)
			break
		}
	}
	s := &sought{path: path}
	a.sought = append(a.sought, s)
	s.stop = a.work(func(ctx context.Context) (err error) {
		s.whole, err = a.ui.Session.Seek(ctx, path, func(found session.Sighting) {
			a.ui.Do(func() {
				if ctx.Err() == nil {
					a.take(found)
				}
			})
		})
		return err
	}, func(err error) {
		s.over, s.err = true, err
		a.show()
	})
	a.show()
}

// take adds what was found, or says it anew.
func (a *adoption) take(found session.Sighting) {
	for i := range a.seen {
		if a.seen[i].Path == found.Path {
			a.seen[i] = found
			a.show()
			return
		}
	}
	a.seen = append(a.seen, found)
	a.show()
}

func (a *adoption) show() {
	a.rows.Objects = nil
	for _, s := range a.sought {
		a.rows.Add(a.soughtRow(s))
	}
	if len(a.sought) == 0 {
		a.rows.Add(look.Note(lang.T("No drive is plugged in. Plug one in and come back, or say below where they are.")))
	}
	a.results.Objects = nil
	for _, found := range a.seen {
		a.results.Add(a.card(found))
	}
	a.rows.Refresh()
	a.results.Refresh()
}

// soughtRow says how far a folder was looked through.
func (a *adoption) soughtRow(s *sought) fyne.CanvasObject {
	found := 0
	for _, f := range a.seen {
		if foldertree.Within(f.Path, s.path) {
			found++
		}
	}
	name := look.Strong(places.Name(s.path))
	row := func(icon look.Icon, colour fyne.ThemeColorName, sentence string, more ...fyne.CanvasObject) fyne.CanvasObject {
		text := look.Stacked(2, name, look.Hint(sentence))
		return look.Row(look.Between, 1, append([]fyne.CanvasObject{look.Picture(icon.In(colour), 22), text}, more...)...)
	}
	switch {
	case !s.over:
		stop := look.NewButton(lang.T("Stop"), func() {
			s.stop()
			s.over = true
			a.show()
		})
		return row(look.IconSearch, look.Lake, lang.T("Looking…")+" "+foundWords(found), stop)
	case s.err != nil:
		return row(look.IconBroken, look.Clay, lang.T("It cannot be looked through: %s.", folderform.Why(s.err)))
	case found == 0 && s.whole:
		return row(look.IconDrive, look.Quiet, lang.T("Nothing was found. Backups that lie deeper than three folders are not seen: choose their folder."))
	case !s.whole:
		return row(look.IconDrive, look.Quiet, foundWords(found)+" "+lang.T("Not everything was looked through: choose the folder that they lie in."))
	}
	return row(look.IconFine, look.Moss, foundWords(found))
}

func foundWords(n int) string {
	if n == 0 {
		return lang.T("Nothing was found so far.")
	}
	return lang.N(n, "%s backup was found.", "%s backups were found.", words.Number(int64(n)))
}

// card is a backup that was found.
func (a *adoption) card(f session.Sighting) fyne.CanvasObject {
	text := look.Stacked(4, look.Subheading(titleOf(f.Program)), look.Note(places.Tilde(f.Path)))
	switch {
	case !f.Program.Readable():
		text.Add(look.Say(foreignWords(f.Program)))
		if c := foreignCommand(f.Program, f.Path); c != "" {
			text.Add(look.Technical(c))
		}
		return look.Boxed(look.TopRow(look.InCard, 1, look.Picture(look.IconNotice.In(look.Quiet), 24), text))
	case f.Err != nil:
		text.Add(look.Coloured(session.Explain(f.Err).Sentence, look.Clay))
		return look.Boxed(look.TopRow(look.InCard, 1, look.Picture(look.IconBroken.In(look.Clay), 24), text))
	case f.Versions == 0:
		text.Add(look.Hint(lang.T("It holds no version yet.")))
		return look.Boxed(look.TopRow(look.InCard, 1, look.Picture(look.IconOverview.In(look.Quiet), 24), text))
	}
	text.Add(look.Say(a.standing(f)))
	browse := look.NewButton(lang.T("Look inside"), func() { a.browse(f) })
	goOn := look.Primary(lang.T("Go on with it"), func() { a.goOn(f) })
	goOn.Enabled(!a.opening)
	return look.Boxed(look.Stacked(look.Between, look.TopRow(look.InCard, 1, look.Picture(look.IconOverview.In(look.Lake), 24), text),
		look.Row(look.Within, 2, goOn, browse, layout.NewSpacer())))
}

// titleOf names the format where Varve, too, may have written it, and else who
// did.
func titleOf(p recognise.Program) string {
	if p.Readable() {
		return lang.T("A backup in the format of %s", p.String())
	}
	return lang.T("A backup by %s", p.String())
}

// standing says what a backup holds.
func (a *adoption) standing(f session.Sighting) string {
	locked := lang.T("It is not encrypted.")
	if f.Encrypted {
		locked = lang.T("It is locked; its passphrase is asked for.")
	}
	many := words.Number(int64(f.Versions))
	if f.Latest.IsZero() {
		return lang.N(f.Versions, "%s version.", "%s versions.", many) + " " + locked
	}
	return lang.N(f.Versions, "%s version, newest %s.", "%s versions, newest %s.", many, words.Moment(f.Latest, a.ui.Now())) + " " + locked
}

// foreignWords say what can be done with what Varve does not read.
func foreignWords(p recognise.Program) string {
	return lang.T("Varve does not read what %s makes. Leave it where it is: %s itself brings files back from it. New versions by Varve need a folder of their own.", p.String(), p.String())
}

// foreignCommand brings files back by the program itself, "" where it is one
// of windows.
func foreignCommand(p recognise.Program, path string) string {
	switch quoted := "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"; p {
	case recognise.Borg:
		return "borg list " + quoted + "\nborg extract " + quoted + "::NAME"
	case recognise.Kopia:
		return "kopia repository connect filesystem --path " + quoted + "\nkopia snapshot list --all\nkopia restore ID FOLDER"
	case recognise.RdiffBackup:
		return "rdiff-backup restore " + quoted + " FOLDER"
	}
	return ""
}

// taken opens a backup as one that is restored from, and goes on with it.
func (a *adoption) taken(f session.Sighting, then func(session.Archive)) {
	var archive session.Archive
	a.work(func(ctx context.Context) (err error) {
		archive, err = a.ui.Session.Take(ctx, session.Choice{Destination: f.Path}, false, f.Encrypted)
		return err
	}, func(err error) {
		if err != nil {
			a.ui.Fail(err)
			return
		}
		then(archive)
	})
}

func (a *adoption) browse(f session.Sighting) { a.taken(f, a.ui.openRestore) }

// goOn opens the wizard with what the backup says of itself.
func (a *adoption) goOn(f session.Sighting) {
	a.opening = true
	a.show()
	a.taken(f, func(archive session.Archive) {
		a.stop = append(a.stop, a.ui.askOrigin(archive, func(o session.Origin, err error) {
			a.opening = false
			a.show()
			if err == nil {
				a.ui.continueBackup(continued{Origin: o, place: f.Path, opened: f.Encrypted})
			}
		}))
	})
}

// askOrigin asks a backup where it came from, and the person for the passphrase
// that opens it, until one does. What goes wrong is said.
func (u *UI) askOrigin(archive session.Archive, then func(session.Origin, error)) context.CancelFunc {
	var from session.Origin
	try := func(passphrase string) func(ctx context.Context) error {
		return func(ctx context.Context) (err error) {
			from, err = u.Session.Origin(ctx, archive, passphrase)
			return err
		}
	}
	over := func(err error) {
		if err != nil && !errors.Is(err, errNotNow) {
			u.Fail(err)
		}
		then(from, err)
	}
	return u.Work(try(""), func(err error) {
		e, _ := errors.AsType[*engine.Error](err)
		if e == nil || e.Kind != engine.NoPassphrase && e.Kind != engine.WrongPassphrase {
			over(err)
			return
		}
		o := u.newOpening(archive.URL, lang.T("Continue"), nil)
		o.try, o.over = try, over
		o.question.show()
	})
}
