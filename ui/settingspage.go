package ui

import (
	"context"

	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
)

// appearances are the choices of light and dark, and how they are kept.
var appearances = []struct{ label, value string }{
	{"As the system", ""}, {"Light", "light"}, {"Dark", "dark"},
}

// settingsPage holds the few choices that are not a backup's own.
func (u *UI) settingsPage() frame.Page {
	choice := widget.NewRadioGroup(nil, nil)
	choice.Required = true
	now, err := u.Session.Preference(u.Context, "theme")
	if err != nil {
		u.Fail(err)
	}
	for _, a := range appearances {
		choice.Append(a.label)
		if a.value == now {
			choice.SetSelected(a.label)
		}
	}
	choice.OnChanged = u.choseAppearance
	keyring := look.Hint("Asking the keyring…")
	asking := u.Work(func(ctx context.Context) error { return u.Session.Keyring(ctx) }, func(err error) {
		if err != nil {
			keyring.Set("This session has no keyring, so Varve asks for passphrases after each start and keeps none.")
			return
		}
		keyring.Set("Passphrases that you want kept are in this computer's keyring, and nowhere else.")
	})
	return frame.Page{Content: look.Page(look.Heading("Settings"), look.Stacked(look.InCard,
		look.Boxed(look.Stacked(look.Between, look.Subheading("Appearance"), choice)),
		look.Boxed(look.Stacked(look.Within, look.Subheading("Passphrases"), keyring)))), Leave: asking}
}

func (u *UI) choseAppearance(label string) {
	for _, a := range appearances {
		if a.label != label {
			continue
		}
		if err := u.Session.SetPreference(u.Context, "theme", a.value); err != nil {
			u.Fail(err)
		}
		u.applyTheme()
	}
}
