package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// otherBackup is the page on which a backup is looked for that no job here
// made.
type otherBackup struct {
	ui      *UI
	leave   func() // shows the page that one came from
	where   *chooser
	body    *fyne.Container
	page    *container.Scroll
	open    *look.Button
	goOn    *look.Button
	keyring error
	stop    context.CancelFunc
	opening bool
}

// findArchive opens that page; leave goes back from it.
func (u *UI) findArchive(leave func()) {
	o := &otherBackup{ui: u, leave: leave, body: container.NewStack(), keyring: errNotAsked}
	o.open = look.Primary(lang.T("Open backup"), o.enter)
	o.goOn = look.NewButton(lang.T("Go on with it"), o.continueIt)
	o.where = newChooser(u, task{
		title: lang.T("Where is the backup?"), hint: lang.T("On a drive, a server or a storage service, made by Varve, duplicity or restic, on this computer or another."),
		existing: true, folders: func() []string { return nil }, need: func() Measure { return Measure{} },
	}, o)
	o.stop = u.Work(func(ctx context.Context) error { return u.Session.Keyring(ctx) }, func(err error) {
		o.keyring = err
		o.where.answered()
	})
	back := look.NewButton(lang.T("Back"), o.back)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.Within, 1, back, layout.NewSpacer(), o.goOn, o.open))
	u.current = Restore
	u.Open(frame.Page{
		Content: look.Stepped(look.Heading(lang.T("Open another backup")), o.body, foot), Leave: o.end, Enter: o.enter, Escape: o.back,
	})
	o.again()
}

func (o *otherBackup) end() {
	o.stop()
	o.where.end()
}

func (o *otherBackup) back() {
	if !o.where.back() {
		o.leave()
	}
}

// again implements surroundings.
func (o *otherBackup) again() {
	o.page = look.Scrolled(o.where.show())
	o.body.Objects = []fyne.CanvasObject{o.page}
	o.body.Refresh()
	o.settle()
	o.ui.Focus(o.where.first())
}

// settle implements surroundings.
func (o *otherBackup) settle() {
	o.open.SetText(o.where.nextLabel(lang.T("Open backup")))
	o.open.Enabled(o.where.ready() && !o.opening)
	o.goOn.Enabled(o.where.ready() && !o.opening && o.where.asking() == nil)
}

// scroller implements surroundings.
func (o *otherBackup) scroller() *container.Scroll { return o.page }

// keyringError implements surroundings.
func (o *otherBackup) keyringError() error { return o.keyring }

// enter opens the backup, or does what comes before.
func (o *otherBackup) enter() {
	if o.where.enter() || o.opening {
		return
	}
	o.take(o.ui.openRestore)
}

// take makes the backup one to restore from.
func (o *otherBackup) take(then func(session.Archive)) {
	choice, keep, found := o.where.choice(), o.where.keep(), o.where.finding()
	o.opening = true
	o.settle()
	var archive session.Archive
	o.ui.Work(func(ctx context.Context) (err error) {
		archive, err = o.ui.Session.Take(ctx, choice, keep, found.Encrypted)
		return err
	}, func(err error) {
		o.opening = false
		o.settle()
		if err != nil {
			o.ui.Fail(err)
			return
		}
		then(archive)
	})
}

// continueIt opens the wizard with what the backup says of itself.
func (o *otherBackup) continueIt() {
	c := continued{place: o.where.choice().Destination, form: o.where.form, opened: o.where.finding().Encrypted}
	if c.form != nil {
		c.place = ""
	}
	o.take(func(archive session.Archive) {
		o.ui.askOrigin(archive, func(from session.Origin, err error) {
			if err == nil {
				c.Origin = from
				o.ui.continueBackup(c)
			}
		})
	})
}
