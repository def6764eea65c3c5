package ui

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// errNotAsked stands for the keyring's answer until it comes.
var errNotAsked = errors.New("the keyring was not asked yet")

// isProtected tells that the third step is answered.
func (w *wizard) isProtected() bool {
	switch {
	case w.open.Checked, w.opened():
		return true
	case w.continues():
		return w.first.Field.Text != ""
	case w.keys.chosen():
		return len(w.keys.recipients()) > 0
	}
	return w.isRight()
}

// protectionWords sum the third answer up.
func (w *wizard) protectionWords() string {
	switch {
	case w.open.Checked:
		return lang.T("not encrypted")
	case w.keys.chosen():
		return w.keys.summary()
	case w.keep.Checked && w.keyring == nil:
		return lang.T("encrypted with your passphrase, which the keyring keeps")
	}
	return lang.T("encrypted with your passphrase, which is asked for after each start")
}

// protectionFirst has the keyboard at first.
func (w *wizard) protectionFirst() fyne.Focusable {
	switch {
	case w.opened():
		return w.next // nothing is asked
	case w.keys.chosen():
		return w.keys.way.chosen()
	}
	return w.first.Field
}

// protection asks for the passphrase.
func (w *wizard) protection() fyne.CanvasObject {
	rows := look.Stacked(look.Between, look.Subheading(lang.T("Who shall be able to read it?")))
	switch {
	case w.opened():
		rows.Add(look.Marked(look.IconFine, look.Moss, look.Say(lang.T("The backup has a passphrase already, and you have typed it. It stays the same."))))
		w.addKeeping(rows)
		return rows
	case w.continues():
		rows.Add(look.Say(lang.T("The backup that is here has a passphrase already. Type it to go on with this backup.")))
		rows.Add(look.AtMost(420, w.first.Whole))
		if w.wrong != "" {
			rows.Add(look.Marked(look.IconBroken, look.Clay, look.Coloured(w.wrong, look.Clay)))
		}
		w.addKeeping(rows)
		return rows
	case w.finding() != nil && w.finding().Versions > 0:
		rows.Add(look.Marked(look.IconNotice, look.Amber, look.Say(lang.T("The backup that is here is not encrypted, and goes on so: whoever gets hold of what is stored can read everything. To encrypt, go back and choose an empty folder."))))
		return rows
	}
	if w.open.Checked {
		rows.Add(look.Marked(look.IconNotice, look.Amber, look.Say(lang.T("Everybody who gets hold of what is stored can read all your files. You need no passphrase to restore."))))
	} else {
		rows.Add(w.keys.way.cards)
		if w.keys.chosen() {
			w.keys.addTo(rows)
		} else {
			w.addNewPassphrase(rows)
		}
	}
	rows.Add(look.Gap(look.InCard))
	rows.Add(look.Separator())
	rows.Add(explained(w.open, lang.T("Whoever gets hold of what is stored can then read everything.")))
	return rows
}

func (w *wizard) addNewPassphrase(rows *fyne.Container) {
	rows.Add(look.Say(lang.T("Only who knows this passphrase.")))
	rows.Add(w.passphraseFields.content())
	rows.Add(look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber,
		look.Say(lang.T("Without the passphrase nothing can be restored, by nobody. Write it down and keep it apart from this computer.")))))
	w.addKeeping(rows)
}

func (w *wizard) addKeeping(rows *fyne.Container) {
	if w.keyring == nil {
		rows.Add(explained(w.keep, lang.T("Backups then run without asking.")))
		return
	}
	rows.Add(look.Hint(lang.T("This session has no keyring, so Varve asks for the passphrase after each start.")))
}

// explained puts a sentence under a box to tick, which cannot break its own.
func explained(box *look.Check, sentence string) fyne.CanvasObject {
	return below(box, look.Hint(sentence))
}

// below is a box to tick with a text under its label.
func below(box *look.Check, text fyne.CanvasObject) fyne.CanvasObject {
	const label = 28 // where the label of a box begins
	return look.Stacked(0, container.NewHBox(box), container.New(layout.NewCustomPaddedLayout(0, 0, label, 0), text))
}
