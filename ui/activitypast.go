package ui

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// mostPast is how many past runs stand in the window at once. There may be
// thousands: others take their place.
const mostPast = 100

// pastList shows a part of the history, with the ways to the parts before and
// after it.
type pastList struct {
	content        *fyne.Container
	rows           *fyne.Container
	later, earlier *look.Button
	all, first     int
	show           func(from, to int) []fyne.CanvasObject
}

// newPastList starts with the newest of all; show makes the rows of some.
func newPastList(all int, show func(from, to int) []fyne.CanvasObject) *pastList {
	p := &pastList{rows: look.Stacked(look.Within), all: all, show: show}
	p.later = look.NewButton(lang.T("Show later ones"), func() { p.turn(p.first-mostPast, p.earlier) })
	p.earlier = look.NewButton(lang.T("Show earlier ones"), func() { p.turn(p.first+mostPast, p.later) })
	p.content = look.Stacked(look.Within, look.Wrap(0, p.later), p.rows, look.Wrap(0, p.earlier))
	p.fill()
	return p
}

// turn shows another part, from the end at which one reads on: next stands
// there, and gets the keyboard.
func (p *pastList) turn(first int, next *look.Button) {
	p.first = first
	p.fill()
	p.content.Refresh()
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.content); c != nil {
		c.Focus(next)
	}
}

func (p *pastList) fill() {
	to := min(p.first+mostPast, p.all)
	p.rows.Objects = p.show(p.first, to)
	look.Visible(p.content.Objects[0], p.first > 0)
	look.Visible(p.content.Objects[2], to < p.all)
}
