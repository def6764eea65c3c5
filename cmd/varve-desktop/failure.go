package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/ui/look"
)

// showFailure tells why nothing else can be shown, and waits until it is read.
// Whoever started the program from a menu sees no standard error.
func showFailure(err error) {
	a := app.NewWithID(appID)
	a.SetIcon(fyne.NewStaticResource("icon.svg", assets.Icon))
	a.Settings().SetTheme(&look.Theme{})
	w := a.NewWindow("Varve")
	w.SetContent(look.Inset(20, look.Wide(480, container.NewVBox(
		look.Heading("Varve cannot start"),
		look.Say("Its settings cannot be opened. Your backups are as they were."),
		look.Hint(err.Error()),
		look.Beside(0, widget.NewButton("Close", a.Quit)),
	))))
	w.ShowAndRun()
}
