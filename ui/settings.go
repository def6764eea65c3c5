package ui

import (
	"context"
	"os"
	"os/user"

	"github.com/varve-backup/varve/ui/settingspage"
)

func (u *UI) settingsConfig() settingspage.Config {
	return settingspage.Config{
		Window: u, Backend: u.Session, Context: u.Context, Login: u.Login, Recolour: u.applyTheme, Resize: u.resizeLetters, Respeak: u.respeak,
		Arrived: u.arrived, ChooseFile: u.chooseFile, Owner: u.owner, Version: u.Version, Logs: u.Logs, Reveal: showInFileManager,
	}
}

// owner is whose backups these are: the computer and the account.
func (u *UI) owner() (machine, account string) {
	machine, account = u.Machine, os.Getenv("USER")
	if machine == "" {
		machine, _ = os.Hostname() // a sheet is of use without it
	}
	if account == "" {
		if me, err := user.Current(); err == nil {
			account = me.Username
		}
	}
	return machine, account
}

// applyTheme takes the person's choice of colours and letters.
func (u *UI) applyTheme() {
	u.App.Settings().SetTheme(settingspage.Theme(u.Context, u.Session))
}

// resizeLetters shows the settings anew: what has pictures beside its texts
// takes their size when it is made.
func (u *UI) resizeLetters() {
	u.applyTheme()
	u.openSettings(settingspage.Letters, "")
}

// arrived shows all that an import brought.
func (u *UI) arrived(told string) {
	u.applyTheme()
	u.relay()
	u.openSettings("", told)
}

// openSettings shows the choices that are not a backup's own. After one of them
// was made, that gets the keyboard; told is what became of another thing.
func (u *UI) openSettings(made, told string) {
	c := u.settingsConfig()
	c.Changed, c.Told = made, told
	settingspage.Open(c)
}

// QuitsWhenClosed tells that the program ends with the window, as its owner
// chose.
func (u *UI) QuitsWhenClosed(ctx context.Context) bool {
	return settingspage.QuitsWhenClosed(ctx, u.Session)
}
