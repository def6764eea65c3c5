package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/varve-backup/varve/ui/lang"
)

// Passphrase is a field that hides what is typed, and a button at its end that
// shows it: the toolkit's own one is out of reach of the keyboard.
type Passphrase struct {
	Field *Field
	Whole *fyne.Container // the field with the button

	show *Button
}

// NewPassphrase makes a field; hint says what belongs there.
func NewPassphrase(hint string) *Passphrase {
	p := &Passphrase{Field: NewField(hint)}
	p.show = Plain("", nil, p.toggle)
	// Tab would lead back to what is inside of a field before the field itself, so
	// that the button lies upon it, and only its room is inside. Without that, the
	// field would make a button of its own.
	p.Field.ActionItem = container.New(roomFor{p.show})
	p.hide(true)
	p.Whole = container.New(atEnd{}, p.Field, p.show)
	return p
}

// toggle leaves the keyboard where it is; a click, which takes it away, was made
// to go on typing.
func (p *Passphrase) toggle() {
	p.hide(!p.Field.Password)
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.Field); c != nil && c.Focused() == nil {
		c.Focus(p.Field)
	}
}

func (p *Passphrase) hide(hidden bool) {
	p.Field.Password = hidden
	p.show.Name, p.show.Icon = lang.T("Hide the letters"), theme.VisibilityIcon()
	if hidden {
		p.show.Name, p.show.Icon = lang.T("Show the letters"), theme.VisibilityOffIcon()
	}
	p.Field.Refresh()
	p.show.Refresh()
}

// roomFor is as large as an object that is elsewhere.
type roomFor struct{ object fyne.CanvasObject }

// MinSize implements fyne.Layout.
func (r roomFor) MinSize([]fyne.CanvasObject) fyne.Size { return r.object.MinSize() }

// Layout implements fyne.Layout.
func (roomFor) Layout([]fyne.CanvasObject, fyne.Size) {}

// atEnd lays the second of two objects upon the end of the first, within its
// border.
type atEnd struct{}

// MinSize implements fyne.Layout.
func (atEnd) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Layout implements fyne.Layout.
func (atEnd) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(size)
	width := objects[1].MinSize().Width
	objects[1].Resize(fyne.NewSize(width, size.Height))
	objects[1].Move(fyne.NewPos(size.Width-width-theme.InputBorderSize(), 0))
}
