// Command emptywindow is the least that a program of the same toolkit does: a
// window without anything in it, and an icon in the panel. BenchmarkDesktop
// measures Varve beside it.
package main

import (
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver/desktop"
)

func main() {
	a := app.NewWithID("io.github.varve_backup.empty")
	w := a.NewWindow("Empty")
	w.Resize(fyne.NewSize(1080, 720))
	if d, ok := a.(desktop.App); ok {
		d.SetSystemTrayMenu(fyne.NewMenu("Empty", fyne.NewMenuItem("Open", w.Show)))
	}
	w.SetCloseIntercept(w.Hide)
	if len(os.Args) == 1 { // any argument: no window
		w.Show()
	}
	a.Run()
}
