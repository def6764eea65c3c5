package main

import (
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// showFailure tells why nothing else can be shown, until it is read; then leave,
// which does not return, ends the process. Whoever started the program from a
// menu sees no standard error.
func showFailure(err error, leave func(error)) {
	a := newApp()
	a.SetIcon(fyne.NewStaticResource("icon.svg", assets.Icon))
	a.Settings().SetTheme(&look.Theme{})
	w := a.NewWindow("Varve")
	read := sync.OnceFunc(func() { leave(err) })
	whenTold(read)
	w.SetCloseIntercept(read)
	w.SetContent(look.Inset(20, look.Wide(480, container.NewVBox(
		look.Heading(lang.T("Varve cannot start")),
		look.Say(lang.T("Its settings cannot be opened. Your backups are as they were.")),
		look.Hint(err.Error()),
		look.Beside(0, widget.NewButton(lang.T("Close"), read)),
	))))
	w.ShowAndRun()
	read() // the toolkit listens to signals too
}

// speakAsSystem is for when nobody knows which language was chosen.
func speakAsSystem() {
	if all, err := lang.Shipped(); err == nil {
		lang.Use(lang.Choose(all, lang.Wishes()...))
	}
}
