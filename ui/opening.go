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

// opening asks for the passphrase of a backup, and stays until one has opened it:
// a wrong one is said there, and stands in the field to be mended.
type opening struct {
	ui       *UI
	field    *look.Passphrase
	says     *look.Text
	next     *look.Button
	question *modal
	stop     []context.CancelFunc
	looking  bool

	// try makes what proves a passphrase, beside the main loop.
	try func(passphrase string) func(ctx context.Context) error
	// unkept takes over that the keyring did not take it.
	unkept func()
	// over is told that the question is gone: nil after a passphrase that opened,
	// errNotNow where the person gave none, and else why it could not be tried.
	over func(err error)
}

// errNotNow: a person did not give the passphrase.
var errNotNow = errors.New("no passphrase was given")

// newOpening makes the question for a place. next is what the button says that
// goes on, and more stands below the field, nil for nothing.
func (u *UI) newOpening(url, next string, more fyne.CanvasObject) *opening {
	o := &opening{ui: u, field: look.NewPassphrase(lang.T("Passphrase")), says: look.Coloured("", look.Clay)}
	o.next = look.Primary(next, o.enter)
	o.field.Field.OnChanged = func(string) { o.settle() }
	later := look.NewButton(lang.T("Not now"), o.leave)
	body := look.Stacked(look.Between, look.Say(lang.T("The backup in %s is protected by a passphrase.", places.Name(session.Path(url)))), o.field.Whole)
	if more != nil {
		body.Add(more)
	}
	body.Add(o.says)
	o.says.Hide()
	o.question = u.newModal(lang.T("Passphrase needed"), body, later, o.next)
	o.question.keys = frame.Page{Enter: o.enter, Escape: o.leave, First: o.field.Field}
	o.settle()
	return o
}

func (o *opening) leave() { o.end(errNotNow) }

// end takes the question away, and tells why.
func (o *opening) end(err error) {
	for _, stop := range o.stop {
		stop()
	}
	o.question.hide()
	o.over(err)
}

func (o *opening) settle() { o.next.Enabled(o.field.Field.Text != "" && !o.looking) }

func (o *opening) say(sentence string, colour fyne.ThemeColorName) {
	o.says.Set(sentence)
	o.says.Colour(colour)
	look.Visible(o.says, sentence != "")
	o.question.fit()
}

// enter tries what was typed.
func (o *opening) enter() {
	if o.next.Disabled() {
		return
	}
	o.looking = true
	o.settle()
	o.say(lang.T("Looking whether it opens the backup…"), look.Quiet)
	o.stop = append(o.stop, o.ui.Work(o.try(o.field.Field.Text), o.looked))
}

// looked goes on, or says what is wrong.
func (o *opening) looked(err error) {
	o.looking = false
	o.settle()
	switch e, _ := errors.AsType[*engine.Error](err); {
	case errors.Is(err, session.ErrNotKept):
		o.unkept()
		o.say(lang.T("It opens the backup, but the keyring did not take it. You can go on without keeping it there."), look.Amber)
	case e != nil && e.Kind == engine.WrongPassphrase:
		o.say(lang.T("This passphrase does not open the backup. Nothing was changed."), look.Clay)
		o.ui.Focus(o.field.Field)
	default:
		o.end(err)
	}
}
