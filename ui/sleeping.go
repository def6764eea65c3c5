package ui

import (
	"cmp"

	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/ui/frame"
)

// A window that nobody sees holds nothing: no page that follows what runs, and
// none of what drawing one takes, which is most of the memory of the program.

// Rest takes everything out of the window, which was put out of sight, unless
// something in it would be lost. Wake brings it back.
func (u *UI) Rest() {
	if !u.shown.Light || u.asleep() || len(u.modals) > 0 {
		return
	}
	u.leave()
	u.endReading()
	u.shown = frame.Page{}
	u.side.end()
	u.side = nil
	u.frame.Objects = nil
	u.window.SetContent(container.NewStack())
}

// Wake has the window show something again. It is called before its Show.
func (u *UI) Wake() {
	if u.asleep() {
		u.turnTo(cmp.Or(u.current, Overview))
	}
}

func (u *UI) asleep() bool { return u.side == nil }
