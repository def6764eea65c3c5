package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestTick(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	var told []bool
	tick := NewTick()
	tick.OnChanged = func(on bool) { told = append(told, on) }
	test.NewTempWindow(t, tick)
	tick.Set(true)
	if len(told) > 0 || !tick.On() {
		t.Error("setting it is told as a click")
	}
	test.Tap(tick)
	test.Tap(tick)
	if len(told) != 2 || told[0] || !told[1] {
		t.Errorf("two clicks told %v", told)
	}
	if _, ok := fyne.CanvasObject(tick).(fyne.Focusable); ok {
		t.Error("it takes the keyboard from its list")
	}
}
