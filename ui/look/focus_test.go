package look

import (
	"image"
	"image/color"
	"math"
	"reflect"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// control is one of each kind, and what keys do to it.
type control struct {
	object fyne.Focusable
	keys   map[fyne.KeyName]string // what shall have happened after each
	state  func() string
}

func controls() map[string]control {
	happened := ""
	pressed := func() { happened = "pressed" }
	noted := func() string {
		s := happened
		happened = ""
		return s
	}
	press := map[fyne.KeyName]string{fyne.KeyReturn: "pressed", fyne.KeyEnter: "pressed", fyne.KeySpace: "pressed"}
	layers := []Layer{{Made: true}, {Made: true}, {Made: true}}
	strip := NewStrip()
	strip.Set(layers, 1)
	strip.OnChosen = func(i int) { happened = []string{"first", "second", "third"}[i] }
	slider := NewSlider(3, func(i int) { happened = []string{"first", "second", "third"}[i] })
	slider.Put(1)
	radio := NewRadio([]string{"first", "second", "third"}, func(s string) { happened = s })
	radio.Selected = "second"
	check := NewCheck("A box", func(bool) { happened = "ticked" })
	step := NewStep("A step", pressed)
	step.Stand(Answered)
	return map[string]control{
		"step":    {step, press, noted},
		"button":  {NewButton("A button", pressed), press, noted},
		"primary": {Primary("A button", pressed), press, noted},
		"danger":  {Danger("A button", pressed), press, noted},
		"plain":   {Plain("A button", IconAdd, pressed), press, noted},
		"tile":    {NewTile(IconAdd, "A tile", "It leads on", pressed), press, noted},
		"option":  {NewOption("An option", pressed), map[fyne.KeyName]string{fyne.KeySpace: "pressed"}, noted},
		"check":   {check, map[fyne.KeyName]string{fyne.KeySpace: "ticked"}, noted},
		"radio":   {radio, map[fyne.KeyName]string{fyne.KeyHome: "first", fyne.KeyDown: "second", fyne.KeyEnd: "third", fyne.KeyUp: "second"}, noted},
		"slider":  {slider, map[fyne.KeyName]string{fyne.KeyHome: "first", fyne.KeyRight: "second", fyne.KeyEnd: "third", fyne.KeyLeft: "second"}, noted},
		"strip":   {strip, map[fyne.KeyName]string{fyne.KeyHome: "first", fyne.KeyRight: "second", fyne.KeyEnd: "third", fyne.KeyLeft: "second"}, noted},
		"field":   {NewField("A field"), nil, noted},
		"combo":   {NewCombo("A combo", nil, nil), nil, noted},
		"lines":   {NewLines(), nil, noted},
	}
}

// keyOrder is the order in which keys are pressed.
var keyOrder = []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyHome, fyne.KeyRight, fyne.KeyDown, fyne.KeyEnd, fyne.KeyLeft, fyne.KeyUp}

// Every control can be used with keys, and leaves Escape to the window.
func TestKeysOfControls(t *testing.T) {
	newApp(t)
	for name, c := range controls() {
		o := c.object.(fyne.CanvasObject)
		w := test.NewTempWindow(t, o)
		escaped := false
		w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { escaped = escaped || e.Name == fyne.KeyEscape })
		w.Canvas().Focus(c.object)
		for _, k := range keyOrder {
			want, ok := c.keys[k]
			if !ok {
				continue
			}
			c.object.TypedKey(&fyne.KeyEvent{Name: k})
			if k == fyne.KeySpace {
				c.object.TypedRune(' ')
			}
			if got := c.state(); got != want {
				t.Errorf("%s: after %s happened %q, want %q", name, k, got, want)
			}
			if now := w.Canvas().Focused(); now != c.object {
				t.Errorf("%s: after %s the keyboard is at %v", name, k, reflect.TypeOf(now))
			}
		}
		c.object.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if !escaped {
			t.Errorf("%s keeps Escape for itself", name)
		}
	}
}

// What has the keyboard differs from what has not as much as a sign must from
// what it stands on.
func TestTheMarkOfTheKeyboardIsSeen(t *testing.T) {
	for _, variant := range []string{"light", "dark"} {
		test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: variant})
		for name, c := range controls() {
			o := c.object.(fyne.CanvasObject)
			w := test.NewTempWindow(t, Inset(20, o))
			w.Resize(fyne.NewSize(300, 160))
			before := w.Canvas().Capture()
			w.Canvas().Focus(c.object)
			if n := changed(before, w.Canvas().Capture()); n < 40 {
				t.Errorf("%s, %s: the mark changes %d points by a contrast of 3", name, variant, n)
			}
		}
	}
}

// changed counts the points whose contrast to what was there is at least 3.
func changed(a, b image.Image) (n int) {
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			one, two := luminance(a.At(x, y)), luminance(b.At(x, y))
			if (max(one, two)+0.05)/(min(one, two)+0.05) >= 3 {
				n++
			}
		}
	}
	return n
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

// The keyboard brings what it comes to into sight, and no further.
func TestReveal(t *testing.T) {
	newApp(t)
	rows := Stacked(Within)
	for range 40 {
		rows.Add(NewButton("A button", nil))
	}
	inner := container.NewVScroll(rows)
	w := test.NewTempWindow(t, Headed(Gap(50), Inset(10, inner)))
	w.Resize(fyne.NewSize(200, 300))
	for range 40 {
		w.Canvas().FocusNext()
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(w.Canvas().Focused().(fyne.CanvasObject))
		if at.Y < 50 || at.Y > 280 {
			t.Fatalf("the keyboard is at %v", at)
		}
	}
	low := inner.Offset.Y
	w.Canvas().FocusPrevious()
	if inner.Offset.Y != low {
		t.Error("what was in sight was scrolled")
	}
	w.Canvas().Focus(rows.Objects[0].(fyne.Focusable))
	if inner.Offset.Y != 0 {
		t.Errorf("the first is shown at %v", inner.Offset.Y)
	}
}
