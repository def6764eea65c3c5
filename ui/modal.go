package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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

// How wide questions are, for letters of the usual size: most, and those with
// the fingerprint of a server in one line.
const modalWidth, tallWidth = 480, 520

// newModal makes a question; the last button leads on.
func (u *UI) newModal(title string, body fyne.CanvasObject, buttons ...fyne.CanvasObject) *modal {
	return u.wideModal(modalWidth, title, body, look.Flow(look.Within, buttons...))
}

func (u *UI) wideModal(width float32, title string, body, foot fyne.CanvasObject) *modal {
	return u.question(width, look.Subheading(title), look.Rolled(body), foot)
}

// tallModal makes a question whose title is a part of its body.
func (u *UI) tallModal(body, foot fyne.CanvasObject) *modal {
	return u.question(tallWidth, look.Gap(0), look.Rolled(body), foot)
}

// question lays body, which scrolls, between a title and buttons that stay in
// sight.
func (u *UI) question(width float32, title, body, foot fyne.CanvasObject) *modal {
	head := look.InsetXY(look.RolledEdge, 0, look.Stacked(0, title, look.Gap(look.InCard-look.RolledEdge)))
	below := look.InsetXY(look.RolledEdge, 0, look.Stacked(0, look.Gap(look.InCard-look.RolledEdge), foot))
	content := look.InsetXY(look.InCard-look.RolledEdge, look.InCard, look.Headed(head, look.Footed(body, below)))
	canvas := u.window.Canvas()
	return &modal{ui: u, popup: widget.NewModalPopUp(container.New(&asked{canvas, width}, content), canvas)}
}

// asked is the room of a question: as wide as the letters are large, as high as
// it needs, and never beyond the window.
type asked struct {
	canvas fyne.Canvas
	width  float32
}

// MinSize implements fyne.Layout.
func (a *asked) MinSize(objects []fyne.CanvasObject) fyne.Size {
	most := a.canvas.Size().SubtractWidthHeight(2*look.AtEdge, 2*look.AtEdge)
	width := min(a.width*look.Letters(), most.Width)
	size := fyne.NewSize(width, min(look.Settle(objects[0], width), most.Height))
	objects[0].Resize(size)
	return size
}

// Layout implements fyne.Layout.
func (*asked) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// questions are those that are open, from the lowest.
func (u *UI) questions() (open []fyne.CanvasObject) {
	for _, m := range u.modals {
		open = append(open, m.popup.Content)
	}
	return open
}

// fitQuestions gives those that are open the room that they need in the window as
// it is now: by themselves they would only grow.
func (u *UI) fitQuestions() {
	if len(u.modals) == 0 {
		return
	}
	for _, m := range u.modals {
		m.fit()
	}
	for _, o := range u.window.Canvas().Overlays().List() {
		o.Refresh() // puts it into the middle
	}
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
func (u *UI) Ask(title string, body, foot fyne.CanvasObject, keys frame.Page) (hide func()) {
	m := u.question(modalWidth, look.Subheading(title), body, foot)
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
