package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Titled puts controls at the right of a heading, or below it where the heading
// would have too little room beside them. They may be added later.
func Titled(heading fyne.CanvasObject, controls ...fyne.CanvasObject) *fyne.Container {
	return container.New(&titled{least: func() float32 { return leastHeading * Letters() }, beside: InCard, below: Between}, append([]fyne.CanvasObject{heading}, controls...)...)
}

// How wide a heading and a sentence must be, for letters of the usual size.
const leastHeading, leastSentence = 280, 160

// Told puts buttons at the right of a sentence, or below it where it would have
// too little room beside them.
func Told(sentence, buttons fyne.CanvasObject) *fyne.Container {
	return container.New(&titled{least: func() float32 { return leastSentence * Letters() }, beside: Within, below: Within, middle: true}, sentence, buttons)
}

// Entered puts buttons at the right of a field, or below it where its hint would
// be cut beside them.
func Entered(field *Field, buttons fyne.CanvasObject) *fyne.Container {
	return container.New(&titled{least: field.hintWidth, beside: Within, below: Within}, field, buttons)
}

type titled struct {
	least         func() float32 // width of the first object beside the second
	beside, below float32        // the gap to the second
	middle        bool           // both stand in the middle of the height
	width         float32
}

// left is what room a heading has beside the controls, not more than 0 for none.
func (h *titled) left(controls fyne.CanvasObject) float32 {
	room := h.width - controls.MinSize().Width - h.beside
	if room < h.least() {
		return 0
	}
	return room
}

// MinSize implements fyne.Layout.
func (h *titled) MinSize(objects []fyne.CanvasObject) fyne.Size {
	heading := objects[0].MinSize()
	if len(objects) == 1 {
		return heading
	}
	controls := objects[1].MinSize()
	if h.left(objects[1]) > 0 {
		return fyne.NewSize(max(heading.Width, controls.Width), max(heading.Height, controls.Height))
	}
	return fyne.NewSize(max(heading.Width, controls.Width), heading.Height+h.below+controls.Height)
}

// Layout implements fyne.Layout.
func (h *titled) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	h.width = size.Width
	if len(objects) == 1 {
		Settle(objects[0], size.Width)
		return
	}
	controls := objects[1].MinSize()
	objects[1].Resize(controls)
	if room := h.left(objects[1]); room > 0 {
		top := float32(0)
		if spare := controls.Height - Settle(objects[0], room); h.middle {
			top = spare / 2
		}
		objects[0].Move(fyne.NewPos(0, max(0, top)))
		objects[1].Move(fyne.NewPos(size.Width-controls.Width, max(0, -top)))
		return
	}
	objects[0].Move(fyne.NewPos(0, 0))
	objects[1].Move(fyne.NewPos(0, Settle(objects[0], size.Width)+h.below))
}
