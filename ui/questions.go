package ui

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/session"
)

// wait asks in the window, and waits for the answer. It is called from any
// goroutine but the main one; show gets it onto the screen.
func wait[T any](ctx context.Context, u *UI, show func(answer chan<- T) *modal) (answer T, err error) {
	answers := make(chan T, 1)
	var asked *modal
	u.Do(func() {
		if ctx.Err() == nil {
			asked = show(answers)
		}
	})
	select {
	case answer = <-answers:
		return answer, nil
	case <-ctx.Done():
		u.Do(func() { asked.hide() })
		return answer, context.Cause(ctx)
	}
}

// AskPassphrase asks in the window, and waits. It is called from any
// goroutine but the main one.
func (u *UI) AskPassphrase(ctx context.Context, url string) (string, error) {
	a, err := wait(ctx, u, func(answer chan<- string) *modal { return u.showQuestion(url, answer) })
	if err == nil && a == "" {
		err = errors.New("no passphrase was given")
	}
	return a, err
}

func (u *UI) showQuestion(url string, answer chan<- string) *modal {
	return u.askWord(lang.T("Passphrase needed"), lang.T("Passphrase"),
		look.Say(lang.T("The backup in %s is protected by a passphrase.", places.Name(session.Path(url)))), nil, answer)
}

// askWord asks for something secret; more stands below the field, nil for
// nothing. The empty answer is none.
func (u *UI) askWord(title, hint string, body, more fyne.CanvasObject, answer chan<- string) *modal {
	u.Wake()
	u.window.Show()
	secret := look.NewPassphrase(hint)
	field := secret.Field
	var m *modal
	give := func(text string) {
		m.hide()
		answer <- text
	}
	next := look.Primary(lang.T("Continue"), func() { give(field.Text) })
	next.Enabled(false)
	field.OnChanged = func(s string) { next.Enabled(s != "") }
	later := look.NewButton(lang.T("Not now"), func() { give("") })
	rows := look.Stacked(look.Between, body, secret.Whole)
	if more != nil {
		rows.Add(more)
	}
	m = u.newModal(title, rows, later, next)
	m.keys = frame.Page{Enter: func() {
		if field.Text != "" {
			give(field.Text)
		}
	}, Escape: func() { give("") }, First: field}
	m.show()
	return m
}

// AskSecret asks for what a destination wants before it lets anybody in, and
// waits. It is called from any goroutine but the main one.
func (u *UI) AskSecret(ctx context.Context, r destination.SecretRequest) (answer string, keep bool, err error) {
	kept := r.Kind != destination.OneTimeCode && u.Session.Keyring(ctx) == nil
	box := look.NewCheck(lang.T("Keep it in this computer's keyring"), nil)
	answer, err = wait(ctx, u, func(answers chan<- string) *modal {
		box.SetChecked(kept)
		return u.showSecretQuestion(r, box, kept, answers)
	})
	if err == nil && answer == "" {
		err = errors.New("none was given")
	}
	return answer, kept && box.Checked, err
}

func (u *UI) showSecretQuestion(r destination.SecretRequest, box *look.Check, keep bool, answer chan<- string) *modal {
	titles := map[bool]string{false: lang.T("Password needed"), true: lang.T("Passphrase of a key needed")}
	hints := map[bool]string{false: lang.T("Password"), true: lang.T("Passphrase")}
	key := r.Kind == destination.KeyPassphrase
	title, hint := titles[key], hints[key]
	if r.Kind == destination.OneTimeCode {
		title, hint = lang.T("Code needed"), lang.T("Code")
	}
	body := look.Stacked(look.Within, look.Say(retell.Text(strings.TrimSuffix(r.Prompt, ":"))+"."))
	if r.Again {
		body.Add(look.Marked(look.IconBroken, look.Clay, look.Coloured(lang.T("What was given before was refused."), look.Clay)))
	}
	var more fyne.CanvasObject
	if keep {
		more = look.Row(0, 1, box, look.Gap(1))
	}
	return u.askWord(title, hint, body, more, answer)
}

// AskTrust asks whether a server is the right one, and waits. It is called
// from any goroutine but the main one.
func (u *UI) AskTrust(ctx context.Context, k destination.HostKey) (bool, error) {
	return wait(ctx, u, func(answer chan<- bool) *modal { return u.showHostKey(k, answer) })
}

// keyTypes are how people know the kinds of keys.
var keyTypes = map[string]string{
	"ssh-ed25519": "Ed25519", "ssh-rsa": "RSA", "rsa-sha2-256": "RSA", "rsa-sha2-512": "RSA", "ecdsa-sha2-nistp256": "ECDSA", "ecdsa-sha2-nistp384": "ECDSA", "ecdsa-sha2-nistp521": "ECDSA",
}

// showHostKey shows a server that was never met. Nothing is chosen already:
// Enter answers only from a button.
func (u *UI) showHostKey(k destination.HostKey, answer chan<- bool) *modal {
	u.Wake()
	u.window.Show()
	var m *modal
	give := func(yes bool) {
		m.hide()
		answer <- yes
	}
	kind := keyTypes[k.Type]
	if kind == "" {
		kind = k.Type
	}
	fact := func(title string, value fyne.CanvasObject) fyne.CanvasObject {
		return look.Stacked(2, look.Caption(title), value)
	}
	facts := look.On(look.Paper, look.Rule, look.InCard, look.Stacked(look.Between,
		look.Columns(look.InCard, fact(lang.T("Server"), look.Strong(k.Host)), fact(lang.T("Key"), look.Say(kind))),
		fact(lang.T("Fingerprint"), look.Say(k.Fingerprint).Mono())))
	body := look.Stacked(look.Between,
		look.Say(lang.T("This computer meets it for the first time. Its fingerprint tells it from any other server.")), facts,
		look.Hint(lang.T("Compare it with what the server itself shows, or with what whoever runs it told you. If you trust it, it is remembered, and a server that pretends to be this one is refused.")))
	cancel := look.NewButton(lang.T("Cancel"), func() { give(false) })
	trust := look.Primary(lang.T("Trust this server"), func() { give(true) })
	m = u.tallModal(look.Stacked(look.InCard, look.Subheading(lang.T("Is this the right server?")), body), look.Row(look.Within, 0, look.Gap(1), cancel, trust))
	m.keys = frame.Page{Escape: func() { give(false) }, First: cancel}
	m.show()
	return m
}

// alarm says that a server is not the one that it was. There is no way on from
// here: what helps is done elsewhere, on purpose.
func (u *UI) alarm(host, technical string) {
	var m *modal
	done := look.NewButton(lang.T("Close"), func() { m.hide() })
	body := look.Stacked(look.InCard,
		look.On(look.ClayGround, look.Clay, look.InCard, look.TopRow(look.Between, 1, look.Picture(look.IconNotice.In(look.Clay), 32),
			look.Stacked(4, look.Subheading(lang.T("Stop. This may not be %s.", host)),
				look.Say(lang.T("It shows another key than before. Either the server was set up anew, or somebody stands in between and waits for your password."))))),
		look.Say(lang.T("Nothing was sent, not even a password. Earlier versions are as they were.")),
		look.Stacked(4, look.Strong(lang.T("What to do")),
			look.Say(lang.T("Ask whoever runs the server, by telephone or in person, whether its key was changed. Only then take the old key out of the list of known servers; the line is named below. The next test asks about the new key."))),
		look.Technical(technical))
	m = u.tallModal(body, look.Row(0, 0, look.Gap(1), done))
	m.keys = frame.Page{Escape: func() { m.hide() }, First: done}
	m.show()
}
