package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// modal is a question that cannot wait.
type modal struct {
	ui    *UI
	popup *widget.PopUp
	keys  frame.Page // who gets the keys, and who has the keyboard at first
}

// modalWidth is how wide questions are.
const modalWidth = 480

// newModal makes a question; the last button leads on.
func (u *UI) newModal(title string, body fyne.CanvasObject, buttons ...fyne.CanvasObject) *modal {
	foot := look.Beside(look.Within, append([]fyne.CanvasObject{layout.NewSpacer()}, buttons...)...)
	return u.wideModal(modalWidth, title, body, look.Row(0, 0, layout.NewSpacer(), foot))
}

func (u *UI) wideModal(width float32, title string, body, foot fyne.CanvasObject) *modal {
	content := look.Wide(width, look.Inset(look.InCard, look.Stacked(look.InCard, look.Subheading(title), body, foot)))
	return &modal{ui: u, popup: widget.NewModalPopUp(content, u.window.Canvas())}
}

// tallWidth is as wide as the fingerprint of a server in one line.
const tallWidth = 520

// tallModal makes a question whose body scrolls where the window is too low
// for it: the foot with the buttons stays in sight.
func (u *UI) tallModal(body, foot fyne.CanvasObject) *modal {
	size := u.window.Canvas().Size()
	width := min(tallWidth, size.Width-2*look.AtEdge)
	body = look.InsetXY(4, 2, body) // frames are cut at the edge of what scrolls
	scroll := container.NewVScroll(body)
	room := size.Height - 2*look.AtEdge - 3*look.InCard - foot.MinSize().Height
	scroll.SetMinSize(fyne.NewSize(width, min(look.Settle(body, width), room)))
	content := look.Inset(look.InCard, look.Footed(scroll, look.Stacked(0, look.Gap(look.InCard), look.InsetXY(4, 0, foot))))
	return &modal{ui: u, popup: widget.NewModalPopUp(content, u.window.Canvas())}
}

// questions are those that are open, from the lowest.
func (u *UI) questions() (open []fyne.CanvasObject) {
	for _, m := range u.modals {
		open = append(open, m.popup.Content)
	}
	return open
}

func (m *modal) show() {
	m.ui.Wake()
	m.ui.modals = append(m.ui.modals, m)
	m.popup.Show()
	m.fit()
	if m.keys.First != nil {
		m.ui.window.Canvas().Focus(m.keys.First)
	}
}

// fit gives it the room that its texts need, which know their height once they
// have a width.
func (m *modal) fit() { m.popup.Resize(m.popup.MinSize()) }

// hide ends it; a nil or hidden one stays as it is.
func (m *modal) hide() {
	if m == nil {
		return
	}
	for i, other := range m.ui.modals {
		if other == m {
			m.ui.modals = append(m.ui.modals[:i], m.ui.modals[i+1:]...)
			m.popup.Hide()
			return
		}
	}
}

// Ask lays a question over the page.
func (u *UI) Ask(title string, content fyne.CanvasObject, keys frame.Page) (hide func()) {
	body := look.Stacked(look.InCard, look.Subheading(title), content)
	m := &modal{ui: u, popup: widget.NewModalPopUp(look.Wide(modalWidth, look.Inset(look.InCard, body)), u.window.Canvas())}
	m.keys = keys
	m.show()
	return m.hide
}

// Fail says what went wrong, with the technical text to copy.
func (u *UI) Fail(err error) {
	x := session.Explain(err)
	if x.Kind == engine.Cancelled {
		return
	}
	var m *modal
	done := look.Primary(lang.T("Close"), func() { m.hide() })
	m = u.newModal(lang.T("This did not work"), look.Stacked(look.Between, look.Say(x.Sentence), look.Technical(x.Technical)), done)
	m.keys = frame.Page{Enter: func() { m.hide() }, Escape: func() { m.hide() }}
	m.show()
}
