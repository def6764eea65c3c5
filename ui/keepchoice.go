package ui

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// keepChoice is the question whether a passphrase is kept in the keyring. It
// cannot be answered before the keyring has.
type keepChoice struct {
	*look.Check
	brings *look.Text
}

func newKeepChoice() keepChoice {
	k := keepChoice{look.NewCheck(lang.T("Keep it in this computer's keyring"), nil), look.Hint(lang.T("Asking the keyring…"))}
	k.Disable()
	return k
}

func (k keepChoice) content() fyne.CanvasObject { return below(k.Check, k.brings) }

// offer lets the person choose where that is possible.
func (k keepChoice) offer(missing error) {
	if missing != nil {
		k.brings.Set(lang.T("This session has no keyring, so Varve asks for the passphrase after each start."))
		return
	}
	k.brings.Set(lang.T("Backups then run without asking."))
	k.Enable()
	k.SetChecked(true)
}
