package settingspage

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// Moving carries all set-up to another computer.
type Moving interface {
	Export(ctx context.Context, path, passphrase string) (session.Exported, error)
	ReadImport(ctx context.Context, path, passphrase string) (*session.Import, error)
	TakeOver(ctx context.Context, i *session.Import, replace, choices bool) (unkept bool, err error)
}

// move is the group about taking everything elsewhere.
func (p *page) move() fyne.CanvasObject {
	return p.newGroup(lang.T("Move"),
		look.Say(lang.T("All backups that are set up, and the choices of this page, go into one file: for another computer, or for this one after it was set up anew.")),
		look.Wrap(look.Within, look.NewButton(lang.T("Export…"), p.openExport), look.NewButton(lang.T("Import…"), p.openImport))).box
}

// sub is a page below the settings, which ends by going back to them.
type sub struct {
	page *page
	says *look.Text
	stop []context.CancelFunc
}

func (s *sub) back() { Open(s.page.Config) }

func (s *sub) leave() {
	for _, stop := range s.stop {
		stop()
	}
}

// work does something beside the main loop until the page is left.
func (s *sub) work(do func(ctx context.Context) error, then func(error)) {
	s.stop = append(s.stop, s.page.Window.Work(do, then))
}

// say shows a sentence in a colour, "" none.
func (s *sub) say(text string, colour fyne.ThemeColorName) {
	s.says.Colour(colour)
	s.says.Set(text)
	look.Visible(s.says, text != "")
}

// open shows the page.
func (s *sub) open(heading fyne.CanvasObject, body *fyne.Container, first fyne.Focusable, buttons ...fyne.CanvasObject) {
	foot := look.Stacked(look.InCard, look.Separator(), look.Wrap(look.Within, append([]fyne.CanvasObject{look.NewButton(lang.T("Back"), s.back)}, buttons...)...))
	s.page.Window.Open(frame.Page{Content: look.Stepped(heading, look.Scrolled(body), foot), Leave: s.leave, Escape: s.back, First: first})
}

// exportView is the page on which all set-up is saved.
type exportView struct {
	sub
	file              *look.Field
	passphrase, again *look.Passphrase
	secrets           *look.Check
	asks              *fyne.Container
	save, reveal      *look.Button
}

// openExport shows the page.
func (p *page) openExport() {
	v := &exportView{sub: sub{page: p, says: look.Say("")}, file: look.NewField(lang.T("File")), passphrase: look.NewPassphrase(lang.T("Passphrase")), again: look.NewPassphrase(lang.T("The same again"))}
	v.says.Hide()
	v.file.SetText(filepath.Join(homeDir(), exportName))
	v.secrets = look.NewCheck(lang.T("Put passphrases and logins into it"), v.choseSecrets)
	v.asks = look.Stacked(look.Between,
		look.Grid(look.InCard, 260, titled(lang.T("Passphrase of the file"), v.passphrase.Whole), titled(lang.T("The same again"), v.again.Whole)),
		look.Hint(lang.T("Who has the file and this passphrase can read everything that is backed up. Choose a good one, and remember it: nobody can open the file without it.")))
	v.asks.Hide()
	quiet := func(string) { v.say("", look.Ink) }
	v.file.OnChanged, v.passphrase.Field.OnChanged, v.again.Field.OnChanged = quiet, quiet, quiet
	v.save = look.Primary(lang.T("Save"), v.write)
	v.reveal = look.NewButton(lang.T("Show in the file manager"), func() {
		folder := filepath.Dir(v.file.Text)
		v.work(func(ctx context.Context) error { return p.Reveal(ctx, folder) }, func(err error) {
			if err != nil {
				p.Window.Fail(err)
			}
		})
	})
	v.reveal.Hide()
	body := look.Stacked(look.InCard,
		look.Say(lang.T("What is backed up is not in it: that stays where it is, and the backups go on with it from the other computer.")),
		titled(lang.T("File"), v.file),
		look.Stacked(4, v.secrets, look.Hint(lang.T("Without them, the other computer asks for what it needs."))), v.asks, v.says)
	v.open(look.Heading(lang.T("Export")), body, v.save, v.save, v.reveal)
}

// exportName is the file as it is offered; one with secrets ends as gpg's files
// do.
const (
	exportName = "varve-settings.json"
	sealedExt  = ".gpg"
)

func (v *exportView) choseSecrets(on bool) {
	name := strings.TrimSuffix(v.file.Text, sealedExt)
	if on {
		name += sealedExt
	}
	v.file.SetText(name)
	look.Visible(v.asks, on)
	v.say("", look.Ink)
}

func (v *exportView) write() {
	path, passphrase := v.file.Text, ""
	if v.secrets.Checked {
		passphrase = v.passphrase.Field.Text
		switch {
		case passphrase == "":
			v.say(lang.T("The file needs a passphrase."), look.Clay)
			return
		case passphrase != v.again.Field.Text:
			v.say(lang.T("The two passphrases differ."), look.Clay)
			return
		}
	}
	var done session.Exported
	v.save.Enabled(false)
	v.work(func(ctx context.Context) (err error) {
		done, err = v.page.Backend.Export(ctx, path, passphrase)
		return err
	}, func(err error) {
		v.save.Enabled(true)
		v.tell(done, err)
	})
}

// tell says what became of it.
func (v *exportView) tell(done session.Exported, err error) {
	look.Visible(v.reveal, err == nil)
	switch n := done.Jobs; {
	case errors.Is(err, fs.ErrExist):
		v.say(lang.T("There is a file of that name already, and it was left as it is. Choose another name."), look.Clay)
	case err != nil:
		v.say(lang.T("It could not be saved. The computer says: %v.", err), look.Clay)
	case len(done.Without) > 0:
		v.say(lang.T("It is saved. The passphrases of these were not at hand and are not in it: %s.", words.Printable(strings.Join(done.Without, ", "))), look.Amber)
	default:
		v.say(lang.N(n, "It is saved, with %s backup.", "It is saved, with %s backups.", words.Number(int64(n))), look.Moss)
	}
}
