package ui

import (
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/look"
)

// appearances are the choices of light and dark, and how they are kept.
var appearances = []struct{ label, value string }{
	{"As the system", ""}, {"Light", "light"}, {"Dark", "dark"},
}

// settingsPage holds the few choices that are not a backup's own.
func (u *UI) settingsPage() page {
	var labels []string
	for _, a := range appearances {
		labels = append(labels, a.label)
	}
	choice := widget.NewRadioGroup(labels, nil)
	now, err := u.Session.Preference(u.Context, "theme")
	if err != nil {
		u.fail(err)
	}
	for _, a := range appearances {
		if a.value == now {
			choice.SetSelected(a.label)
		}
	}
	choice.OnChanged = u.choseAppearance
	keyring := "Passphrases that you want kept are in this computer's keyring, and nowhere else."
	if u.Session.Keyring(u.Context) != nil {
		keyring = "This session has no keyring, so Varve asks for passphrases after each start and keeps none."
	}
	return page{content: look.Page(look.Heading("Settings"), look.Stacked(12,
		look.Subheading("Appearance"), choice, look.Gap(4),
		look.Subheading("Passphrases"), look.Hint(keyring)))}
}

func (u *UI) choseAppearance(label string) {
	for _, a := range appearances {
		if a.label != label {
			continue
		}
		if err := u.Session.SetPreference(u.Context, "theme", a.value); err != nil {
			u.fail(err)
		}
		u.applyTheme()
	}
}
