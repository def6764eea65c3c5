package ui

import (
	"context"
	"os"
	"os/user"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/settingspage"
)

// settingsPage holds the choices that are not a backup's own.
func (u *UI) settingsPage() frame.Page { return settingspage.New(u.settingsConfig()) }

func (u *UI) settingsConfig() settingspage.Config {
	machine, account := u.Machine, os.Getenv("USER")
	if machine == "" {
		machine, _ = os.Hostname() // a sheet is of use without it
	}
	if account == "" {
		if me, err := user.Current(); err == nil {
			account = me.Username
		}
	}
	return settingspage.Config{
		Window: u, Backend: u.Session, Context: u.Context, Login: u.Login, Recolour: u.applyTheme, Resize: u.resizeLetters, Respeak: u.respeak,
		Arrived: u.arrived, ChooseFile: u.chooseFile,
		Machine: machine, User: account, Version: u.Version, Logs: u.Logs, Reveal: showInFileManager,
	}
}

// applyTheme takes the person's choice of colours and letters.
func (u *UI) applyTheme() {
	u.App.Settings().SetTheme(settingspage.Theme(u.Context, u.Session))
}

// resizeLetters shows the settings anew: what has pictures beside its texts
// takes their size when it is made.
func (u *UI) resizeLetters() {
	u.applyTheme()
	u.reopenSettings(settingspage.Letters, "")
}

// arrived shows all that an import brought.
func (u *UI) arrived(told string) {
	u.applyTheme()
	u.relay()
	u.reopenSettings("", told)
}

// reopenSettings shows the settings anew after a choice, and gives that the
// keyboard.
func (u *UI) reopenSettings(at, told string) {
	c := u.settingsConfig()
	c.Changed, c.Told = at, told
	u.Open(settingspage.New(c))
}

// QuitsWhenClosed tells that the program ends with the window, as its owner
// chose.
func (u *UI) QuitsWhenClosed(ctx context.Context) bool {
	return settingspage.QuitsWhenClosed(ctx, u.Session)
}
