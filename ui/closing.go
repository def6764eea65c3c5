package ui

import (
	"context"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// closingWords say what becomes of a window that is closed.
type closingWords struct{ preference, title, text string }

var (
	closesToTray = closingWords{
		"closing-told-tray", lang.Mark("Varve goes on in the tray"),
		lang.Mark("Backups go on while the window is closed. The icon in the panel says how they stand, and brings the window back."),
	}
	closesSmall = closingWords{
		"closing-told-small", lang.Mark("Varve goes on in a small window"),
		lang.Mark("There is no tray here, so a window that is closed becomes small, and backups go on. The list of windows brings it back, and so does starting Varve again."),
	}
)

// ExplainClosing says what happens when the window is closed, and then closes
// it, or quits. That is said once, with a tray and without: later calls return
// false, and so do those while something else is asked.
func (u *UI) ExplainClosing(tray bool, closes, quits func()) (asks bool) {
	w := closesSmall
	if tray {
		w = closesToTray
	}
	told, err := u.Session.Preference(u.Context, w.preference)
	if err != nil || told != "" || len(u.modals) > 0 {
		return false
	}
	var m *modal
	quit := look.NewButton(lang.T("Quit Varve"), func() { m.hide(); quits() })
	closing := look.Primary(lang.T("Close the window"), func() {
		m.hide()
		u.Work(func(ctx context.Context) error { return u.Session.SetPreference(ctx, w.preference, "yes") }, func(err error) {
			if err != nil {
				u.Fail(err)
				return
			}
			closes()
		})
	})
	m = u.newModal(lang.T(w.title), look.Stacked(look.Between, look.Say(lang.T(w.text)), look.Hint(lang.T("Without Varve no backup starts by itself. Ctrl+Q quits it at any time."))), quit, closing)
	m.keys = frame.Page{Escape: func() { m.hide() }, Enter: closing.OnTapped, First: closing}
	m.show()
	return true
}
