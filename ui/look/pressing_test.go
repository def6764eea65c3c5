package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// What is pressed stays where it is until it is clicked, or left.
func TestReplaceWaitsForAPress(t *testing.T) {
	newApp(t)
	type pressable interface {
		fyne.CanvasObject
		desktop.Mouseable
		desktop.Hoverable
	}
	for name, make := range map[string]func() pressable{
		"button": func() pressable { return NewButton("A button", nil) },
		"tile":   func() pressable { return NewTile(IconAdd, "A tile", "It leads on", nil) },
		"option": func() pressable { return NewOption("An option", nil) },
		"step":   func() pressable { s := NewStep("A step", nil); s.Stand(Answered); return s },
	} {
		for how, end := range map[string]func(pressable){
			"clicked": func(o pressable) { o.MouseUp(&desktop.MouseEvent{}) },
			"left":    func(o pressable) { o.MouseOut() },
		} {
			before, after := make(), make()
			body := container.NewStack(container.NewVScroll(Stacked(Within, before)))
			test.NewTempWindow(t, body)
			before.MouseDown(&desktop.MouseEvent{})
			Replace(body, make())
			Replace(body, after)
			if body.Objects[0] == after {
				t.Errorf("a %s was replaced while it was pressed", name)
			}
			end(before)
			if body.Objects[0] != after {
				t.Errorf("a %s that was %s is still shown", name, how)
			}
			Replace(body, before)
			if body.Objects[0] != before {
				t.Errorf("a %s that was %s still keeps others away", name, how)
			}
		}
	}
}
