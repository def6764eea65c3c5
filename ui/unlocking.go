package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
)

// unlocking asks for the passphrase of a backup that is not at hand. It is proved
// before it is kept, and then the backup goes on.
type unlocking struct {
	ui       *UI
	job      int64
	field    *look.Passphrase
	keep     keepChoice
	says     *look.Text
	next     *look.Button
	question *modal
	stop     []context.CancelFunc
	looking  bool
}

// openUnlocking asks the question.
func (u *UI) openUnlocking(j *session.JobState) {
	v := &unlocking{ui: u, job: j.ID, keep: newKeepChoice(), field: look.NewPassphrase(lang.T("Passphrase")), says: look.Coloured("", look.Clay)}
	v.next = look.Primary(lang.T("Back up"), v.enter)
	v.field.Field.OnChanged = func(string) { v.settle() }
	later := look.NewButton(lang.T("Not now"), v.hide)
	body := look.Stacked(look.Between,
		look.Say(lang.T("The backup in %s is protected by a passphrase.", places.Name(session.Path(j.Destination)))),
		v.field.Whole, v.keep.content(), v.says)
	v.says.Hide()
	v.question = u.newModal(lang.T("Passphrase needed"), body, later, v.next)
	v.question.keys = frame.Page{Enter: v.enter, Escape: v.hide, First: v.field.Field}
	v.settle()
	v.stop = append(v.stop, u.Work(u.Session.Keyring, v.keep.offer))
	v.question.show()
}

func (v *unlocking) hide() {
	for _, stop := range v.stop {
		stop()
	}
	v.question.hide()
}

func (v *unlocking) settle() { v.next.Enabled(v.field.Field.Text != "" && !v.looking) }

func (v *unlocking) say(sentence string, colour fyne.ThemeColorName) {
	v.says.Set(sentence)
	v.says.Colour(colour)
	look.Visible(v.says, sentence != "")
	v.question.fit()
}

// enter tries what was typed.
func (v *unlocking) enter() {
	if v.next.Disabled() {
		return
	}
	v.looking = true
	v.settle()
	v.say(lang.T("Looking whether it opens the backup…"), look.Quiet)
	passphrase, keep := v.field.Field.Text, v.keep.Checked
	v.stop = append(v.stop, v.ui.Work(func(ctx context.Context) error {
		return v.ui.Session.Unlock(ctx, v.job, passphrase, keep)
	}, v.looked))
}

// looked starts the backup, or says what is wrong.
func (v *unlocking) looked(err error) {
	v.looking = false
	v.settle()
	switch e, _ := errors.AsType[*engine.Error](err); {
	case err == nil:
		v.hide()
		v.ui.BackUp(v.job)
	case errors.Is(err, session.ErrNotKept):
		v.keep.SetChecked(false)
		v.say(lang.T("It opens the backup, but the keyring did not take it. You can go on without keeping it there."), look.Amber)
	case e != nil && e.Kind == engine.WrongPassphrase:
		v.say(lang.T("This passphrase does not open the backup. Nothing was changed."), look.Clay)
		v.ui.Focus(v.field.Field)
	default:
		v.hide()
		v.ui.Fail(err)
	}
}
