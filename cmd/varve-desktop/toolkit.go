package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
)

// newApp makes the application, as FyneApp.toml describes it: a program that is
// not built by the toolkit's own tool does not know of that file.
func newApp() fyne.App {
	app.SetMetadata(fyne.AppMetadata{
		ID: appID, Name: "Varve", Version: buildVersion(),
		// All that shows something goes through fyne.Do. Without this, the toolkit
		// finds out for each thing it draws which goroutine it is on, which was
		// seen to take two fifths of the main loop.
		Migrations: map[string]bool{"fyneDo": true},
	})
	return app.NewWithID(appID)
}
