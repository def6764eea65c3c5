package ui

import (
	"context"
	"net/url"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// browse logs in to a service with a browser.
type browse struct {
	form    *placeForm
	content *fyne.Container
	button  *look.Button
	state   *fyne.Container
	stop    context.CancelFunc // nil when nobody logs in
}

func newBrowse(p *placeForm) *browse {
	b := &browse{form: p, state: look.Stacked(look.Within)}
	b.button = look.WithIcon(lang.T("Log in with the browser"), look.IconLink, b.run)
	b.content = look.Stacked(look.Within, look.Row(0, 1, b.button, look.Gap(1)), b.state)
	return b
}

func (b *browse) say(o ...fyne.CanvasObject) {
	b.state.Objects = o
	b.state.Refresh()
	b.form.refresh()
}

// end takes a login back that goes on.
func (b *browse) end() {
	if b.stop != nil {
		b.stop()
		b.stop = nil
		b.button.Enabled(true)
		b.say()
	}
}

// run opens the page of the service, and waits for the person.
func (b *browse) run() {
	b.end()
	b.button.Enabled(false)
	b.say(look.Row(look.Between, 0, look.Say(lang.T("Log in at the page in your browser, and allow Varve to store files. Then come back.")), look.NewButton(lang.T("Stop"), b.end)))
	ui, kind, options := b.form.chooser.ui, b.form.form.Kind().Name, b.form.choice().Options
	var token string
	b.stop = ui.Work(func(ctx context.Context) (err error) {
		token, err = ui.Session.LogIn(ctx, kind, options, ui.openPage)
		return err
	}, func(err error) {
		b.end()
		if err != nil {
			b.fail(err)
			return
		}
		if token != "" {
			b.form.put("token", token)
		}
		b.form.trial.void()
		b.say(look.Marked(look.IconFine, look.Moss, look.Say(lang.T("You are logged in."))))
	})
}

func (b *browse) fail(err error) {
	x := session.Explain(err)
	if x.Kind != engine.Cancelled {
		b.say(look.Marked(look.IconBroken, look.Clay, look.Coloured(lang.T("The login did not come to its end. Nothing was changed."), look.Clay)), look.Technical(x.Technical))
	}
}

// openPage shows a page in the person's browser. It may be called from any
// goroutine but the main loop's, on which it starts the browser: see open.
func (u *UI) openPage(address string) error {
	page, err := url.Parse(address)
	if err != nil {
		return err
	}
	fyne.DoAndWait(func() { err = u.App.OpenURL(page) })
	return err
}
