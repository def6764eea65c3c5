package settingspage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/recoverysheet"
	"github.com/varve-backup/varve/ui/session"
)

// sheetView is the page on which a recovery sheet is looked at and saved.
type sheetView struct {
	page  *page
	known known
	sheet recoverysheet.Sheet

	shown  *look.Text
	file   *look.Field
	save   *look.Button
	reveal *look.Button
	says   *look.Text
	stop   []context.CancelFunc
}

// openSheet shows the sheet of a backup.
func (p *page) openSheet(k known) {
	v := &sheetView{page: p, known: k, shown: look.Say("").Mono(), says: look.Say("")}
	v.sheet = sheetOf(k, p.Window.Now)
	v.says.Hide()
	v.file = look.NewField(lang.T("File"))
	v.file.SetText(filepath.Join(homeDir(), fileName(k.job.Name)+".html"))
	v.file.OnChanged = func(string) { v.say(nil, "") }
	v.save = look.Primary(lang.T("Save"), v.write)
	v.reveal = look.NewButton(lang.T("Show in the file manager"), v.show)
	v.reveal.Hide()
	kind := newChoice(220, ".html", v.choseKind, item{".html", lang.T("A page to print")}, item{".txt", lang.T("Plain text")})
	body := look.Stacked(look.InCard,
		look.Say(lang.T("Print it or copy it, and keep it away from this computer: with it, everything comes back when the computer is gone.")))
	if k.at != session.Unneeded && k.at != session.WithKeys {
		body.Add(v.secret())
	}
	for _, o := range []fyne.CanvasObject{
		titled(lang.T("Save it as"), kind.cards), titled(lang.T("File"), v.file), v.says,
		look.Subheading(lang.T("What it says")), look.Boxed(v.shown),
	} {
		body.Add(o)
	}
	foot := look.Stacked(look.InCard, look.Separator(), look.Wrap(look.Within, look.NewButton(lang.T("Back"), v.back), v.save, v.reveal))
	heading := look.Stacked(4, look.Heading(lang.T("Recovery sheet")), look.Hint(k.job.Name))
	v.print()
	v.learnFormat()
	p.Window.Open(frame.Page{Content: look.Stepped(heading, look.Scrolled(body), foot), Leave: v.leave, Escape: v.back, First: v.save})
}

func (v *sheetView) back() {
	if v.page.back != nil {
		v.page.back()
		return
	}
	Open(v.page.Config)
}

func (v *sheetView) leave() {
	for _, stop := range v.stop {
		stop()
	}
}

// sheetOf is the sheet of a backup, in the format of new ones.
func sheetOf(k known, now func() time.Time) recoverysheet.Sheet {
	j := &k.job
	s := recoverysheet.Sheet{
		Job: j.Name, Folders: j.Folders, URL: j.Destination, Place: places.Name(session.Path(j.Destination)), Format: recoverysheet.Volumes,
		Encrypted: k.at != session.Unneeded, Keys: k.job.Recipients, Made: zone.Of(now()),
	}
	if s.Encrypted {
		s.Format = recoverysheet.Deduplicated
	}
	for _, c := range j.Copies {
		s.Copies = append(s.Copies, session.Path(c.Destination))
	}
	return s
}

// learnFormat looks which format the backup is really in, and whose it is.
func (v *sheetView) learnFormat() {
	var format engine.Format
	var machine, account string
	v.stop = append(v.stop, v.page.Window.Work(func(ctx context.Context) error {
		machine, account = v.page.Owner()
		format = v.page.Backend.FormatOf(ctx, &v.known.job.Job)
		return nil
	}, func(error) {
		v.sheet.Machine, v.sheet.User, v.sheet.Format = machine, account, recoverysheet.Volumes
		if format == engine.Deduplicated {
			v.sheet.Format = recoverysheet.Deduplicated
		}
		v.print()
	}))
}

// secret is the question whether the passphrase itself is on the sheet.
func (v *sheetView) secret() fyne.CanvasObject {
	box := look.NewCheck(lang.T("Put the passphrase itself on it"), nil)
	hint := look.Hint(lang.T("Otherwise there is a line to write it on by hand."))
	box.OnChanged = func(on bool) {
		if !on {
			v.sheet.Passphrase = ""
			v.print()
			return
		}
		var passphrase string
		v.stop = append(v.stop, v.page.Window.Work(func(ctx context.Context) (err error) {
			passphrase, err = v.page.Backend.Passphrase(ctx, &v.known.job.Job)
			return err
		}, func(err error) {
			if err != nil {
				box.SetChecked(false)
				hint.Set(lang.T("The passphrase is not at hand, so it cannot be on the sheet. There is a line to write it on by hand."))
				return
			}
			if box.Checked {
				v.sheet.Passphrase = passphrase
				v.print()
			}
		}))
	}
	return look.Stacked(4, box, hint)
}

// print shows what the sheet says.
func (v *sheetView) print() { v.shown.Set(strings.TrimSuffix(v.sheet.Text(), "\n")) }

// choseKind gives the file the ending of its kind.
func (v *sheetView) choseKind(ext string) {
	v.file.SetText(strings.TrimSuffix(v.file.Text, filepath.Ext(v.file.Text)) + ext)
}

// write saves the sheet, for its owner alone, and never over something else.
func (v *sheetView) write() {
	path, text := v.file.Text, v.sheet.Text()
	if filepath.Ext(path) == ".html" {
		html, err := v.sheet.HTML()
		if err != nil {
			v.say(err, "")
			return
		}
		text = html
	}
	v.stop = append(v.stop, v.page.Window.Work(func(context.Context) error { return writeNew(path, text) }, func(err error) {
		v.say(err, lang.T("It is saved. Only you can read the file here; delete it once it is printed, if the passphrase is on it."))
	}))
}

// writeNew writes a file that was not there.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// say tells what became of saving; neither means that nothing was tried.
func (v *sheetView) say(err error, done string) {
	v.says.Colour(look.Moss)
	text := done
	if err != nil {
		v.says.Colour(look.Clay)
		text = lang.T("It could not be saved. The computer says: %v.", err)
	}
	if errors.Is(err, fs.ErrExist) {
		text = lang.T("There is a file of that name already, and it was left as it is. Choose another name.")
	}
	v.says.Set(text)
	look.Visible(v.says, text != "")
	look.Visible(v.reveal, err == nil && done != "")
}

func (v *sheetView) show() {
	folder := filepath.Dir(v.file.Text)
	v.stop = append(v.stop, v.page.Window.Work(func(ctx context.Context) error { return v.page.Reveal(ctx, folder) }, func(err error) {
		if err != nil {
			v.page.Window.Fail(err)
		}
	}))
}

// homeDir is where a sheet is saved if nobody says otherwise.
func homeDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return string(filepath.Separator)
	}
	return home
}

// fileName is a name that any drive takes.
func fileName(job string) string {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, job)
	return lang.T("Recovery sheet") + " " + strings.Trim(safe, " .")
}
