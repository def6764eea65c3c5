package settingspage

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/session/portable"
	"github.com/varve-backup/varve/ui/words"
)

// importView is the page on which a file with set-up is looked at and taken
// over.
type importView struct {
	sub
	file        *look.Field
	passphrase  *look.Passphrase
	asks, shows *fyne.Container // the passphrase of the file; what it would bring
	existing    *choice
	choices     *look.Check // nil when nothing of this page would change
	look, take  *look.Button
	found       *session.Import
}

// openImport shows the page.
func (p *page) openImport() {
	v := &importView{sub: sub{page: p, says: look.Say("")}, file: look.NewField(lang.T("File")), passphrase: look.NewPassphrase(lang.T("Passphrase of the file"))}
	v.says.Hide()
	v.file.SetText(filepath.Join(homeDir(), exportName))
	v.asks = titled(lang.T("Passphrase of the file"), v.passphrase.Whole).(*fyne.Container)
	v.asks.Hide()
	v.shows = look.Stacked(look.InCard)
	v.file.OnChanged = func(string) { v.forget() }
	v.look = look.Primary(lang.T("Look into it"), v.read)
	v.take = look.Primary(lang.T("Import"), v.takeOver)
	v.take.Hide()
	v.file.OnSubmitted = func(string) { v.read() }
	v.passphrase.Field.OnSubmitted = v.file.OnSubmitted
	choose := look.WithIcon("", look.IconFolder, func() { p.ChooseFile(v.file.SetText) })
	choose.Name = lang.T("Choose a file…")
	body := look.Stacked(look.InCard,
		look.Say(lang.T("A file that was exported here or on another computer. Nothing changes before you have seen what it brings.")),
		titled(lang.T("File"), look.Row(look.Within, 0, v.file, choose)), v.asks, v.says, v.shows)
	v.open(look.Heading(lang.T("Import")), body, v.look, v.look, v.take)
}

// forget takes back what was found in another file.
func (v *importView) forget() {
	v.found = nil
	v.shows.RemoveAll()
	v.asks.Hide()
	v.passphrase.Field.SetText("")
	v.ready()
}

// ready shows the button for the next step.
func (v *importView) ready() {
	look.Visible(v.look, v.found == nil)
	look.Visible(v.take, v.found != nil)
	v.say("", look.Ink)
}

func (v *importView) read() {
	path, passphrase := v.file.Text, v.passphrase.Field.Text
	var found *session.Import
	v.look.Enabled(false)
	v.work(func(ctx context.Context) (err error) {
		found, err = v.page.Backend.ReadImport(ctx, path, passphrase)
		return err
	}, func(err error) {
		v.look.Enabled(true)
		if err != nil {
			v.refuse(err)
			return
		}
		v.found = found
		v.ready()
		v.show()
	})
}

// refuse says why a file brings nothing.
func (v *importView) refuse(err error) {
	switch {
	case errors.Is(err, portable.ErrSealed):
		v.asks.Show()
		v.say(lang.T("The file is sealed. Type its passphrase, and look once more."), look.Ink)
		v.page.Window.Focus(v.passphrase.Field)
	case errors.Is(err, portable.ErrPassphrase):
		v.say(lang.T("This passphrase does not open the file. Nothing was changed."), look.Clay)
	case errors.Is(err, portable.ErrNewer):
		v.say(lang.T("A newer Varve wrote the file. Nothing was changed."), look.Clay)
	case errors.Is(err, portable.ErrDamaged):
		v.say(lang.T("The file is cut short or altered. Nothing was changed."), look.Clay)
	case errors.Is(err, portable.ErrForeign):
		v.say(lang.T("This is no file that Varve exported. Nothing was changed."), look.Clay)
	default:
		v.say(lang.T("The file cannot be read. The computer says: %v.", err), look.Clay)
	}
}

// show lists what would change.
func (v *importView) show() {
	i := v.found
	if i.Machine != "" {
		v.shows.Add(look.Say(lang.T("It comes from the computer %s.", words.Printable(i.Machine))))
	}
	rows := look.Stacked(look.Between, look.Subheading(lang.N(len(i.Jobs), "%s backup", "%s backups", words.Number(int64(len(i.Jobs))))))
	var leaves []fyne.CanvasObject
	for n := range i.Jobs {
		row := arrivalRow(&i.Jobs[n])
		rows.Add(row)
		if text := leavesWords(&i.Jobs[n]); text != "" {
			left := look.Coloured(text, look.Amber)
			left.Hide()
			row.Add(left)
			leaves = append(leaves, left)
		}
	}
	v.shows.Add(look.Boxed(rows))
	v.existing = nil
	if slices.ContainsFunc(i.Jobs, func(a session.Arrival) bool { return a.Here != "" }) {
		v.existing = newChoice(260, "", func(value string) {
			for _, left := range leaves {
				look.Visible(left, value != "")
			}
			v.shows.Refresh()
		}, item{"", lang.T("Leave them as they are here")}, item{"replace", lang.T("Make them as in the file")})
		v.shows.Add(titled(lang.T("What becomes of backups that are here already? Their history and their versions stay in any case."), v.existing.cards))
	}
	v.choices = nil
	if len(i.Choices) > 0 {
		v.choices = look.NewCheck(lang.T("Take over the choices of the settings too"), nil)
		v.choices.SetChecked(true)
		v.shows.Add(look.Stacked(4, v.choices, look.Hint(lang.T("Other than here: %s.", choiceNames(i.Choices)))))
	}
}

// arrivalRow is one backup of the file.
func arrivalRow(a *session.Arrival) *fyne.Container {
	text, colour := lang.T("New here."), look.Moss
	switch {
	case a.Here != "":
		text, colour = lang.T("Here already, as %s.", words.Printable(a.Here)), look.Quiet
	case a.Moved:
		text = lang.T("New here. Its folders are looked for in your home.")
	}
	rows := look.Stacked(2, look.Strong(lang.T("%s to %s", words.Printable(a.Name), arrivalPlaces(a))))
	for _, f := range a.Folders {
		rows.Add(look.SmallLine(words.Printable(places.Tilde(f)), look.Quiet))
	}
	rows.Add(look.Coloured(text, colour))
	return rows
}

// leavesWords say where it is no longer copied to if it becomes as in the file, ""
// for nowhere.
func leavesWords(a *session.Arrival) string {
	if len(a.Leaves) == 0 {
		return ""
	}
	return lang.T("The file has no copy to %s: nothing more is copied there. What is stored there stays.", placeNames(a.Leaves))
}

// arrivalPlaces are where it stores.
func arrivalPlaces(a *session.Arrival) string { return placeNames(a.Places()) }

func placeNames(all []string) string {
	var names []string
	for _, at := range all {
		names = append(names, words.Printable(places.Name(at)))
	}
	return words.List(names)
}

// choiceNames are what choices are called on this page.
func choiceNames(names []string) string {
	called := map[string]string{
		themeName: lang.T("Colours"), Letters: lang.T("Size of text"), Language: lang.T("Language"), closingName: lang.T("Start"),
		noticesName: lang.T("Notices"), "speed": lang.T("Limits"), "processor": lang.T("Share of the processor"),
	}
	var all []string
	for _, n := range names {
		all = append(all, called[n])
	}
	return words.List(all)
}

func (v *importView) takeOver() {
	i, replace, choices := v.found, v.existing != nil && v.existing.value != "", v.choices != nil && v.choices.Checked
	var unkept bool
	v.take.Enabled(false)
	v.work(func(ctx context.Context) (err error) {
		unkept, err = v.page.Backend.TakeOver(ctx, i, replace, choices)
		return err
	}, func(err error) {
		v.take.Enabled(true)
		if err != nil {
			v.say(lang.T("It could not be taken over, and nothing was changed. The computer says: %v.", err), look.Clay)
			return
		}
		v.page.Arrived(takenWords(unkept))
	})
}

func takenWords(unkept bool) string {
	if unkept {
		return lang.T("It is taken over. There is no keyring for the passphrases: Varve knows them until it ends, and asks for them then.")
	}
	return lang.T("It is taken over. The backups run when they are due.")
}
