package ui

import (
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// unlessUnsaved goes on at once where nothing would be lost, and else when the
// person says so.
func (u *UI) unlessUnsaved(goOn func()) {
	lost := ""
	if u.shown.Unsaved != nil {
		lost = u.shown.Unsaved()
	}
	if lost == "" {
		goOn()
		return
	}
	u.leaving.hide() // one question is enough, whatever was asked for
	var m *modal
	stay := look.NewButton(lang.T("Stay here"), func() { m.hide() })
	leave := look.Danger(lang.T("Leave"), func() {
		m.hide()
		goOn()
	})
	m = u.newModal(lang.T("Leave this page?"), look.Say(lost), stay, leave)
	m.keys = frame.Page{Escape: func() { m.hide() }, First: stay}
	m.show()
	u.leaving = m
}
