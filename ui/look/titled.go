package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// Titled puts controls at the right of a heading, or below it where the heading
// would have too little room beside them.
func Titled(heading, controls fyne.CanvasObject) *fyne.Container {
	return container.New(&titled{}, heading, controls)
}

type titled struct{ width float32 }

// leastHeading is how wide a heading must be, for letters of the usual size.
const leastHeading = 280

// left is what room a heading has beside the controls, not more than 0 for none.
func (h *titled) left(controls fyne.CanvasObject) float32 {
	room := h.width - controls.MinSize().Width - InCard
	if room < leastHeading*theme.Size(Body)/usualLetters {
		return 0
	}
	return room
}

// MinSize implements fyne.Layout.
func (h *titled) MinSize(objects []fyne.CanvasObject) fyne.Size {
	heading, controls := objects[0].MinSize(), objects[1].MinSize()
	if h.left(objects[1]) > 0 {
		return fyne.NewSize(max(heading.Width, controls.Width), max(heading.Height, controls.Height))
	}
	return fyne.NewSize(max(heading.Width, controls.Width), heading.Height+Between+controls.Height)
}

// Layout implements fyne.Layout.
func (h *titled) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	h.width = size.Width
	controls := objects[1].MinSize()
	objects[1].Resize(controls)
	if room := h.left(objects[1]); room > 0 {
		Settle(objects[0], room)
		objects[1].Move(fyne.NewPos(size.Width-controls.Width, 0))
		return
	}
	objects[1].Move(fyne.NewPos(0, Settle(objects[0], size.Width)+Between))
}
