package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// What is typed can be shown with the keyboard, which stays where it is, and with
// a click, after which typing goes on.
func TestPassphraseIsShown(t *testing.T) {
	test.NewTempApp(t)
	p := NewPassphrase("Passphrase")
	f, show := p.Field, p.show
	w := test.NewTempWindow(t, container.NewVBox(p.Whole))
	for _, o := range test.WidgetRenderer(f).Objects() {
		if _, other := o.(fyne.Tappable); other {
			t.Errorf("the field has a %T of its own", o)
		}
	}
	w.Canvas().Focus(f)
	w.Canvas().FocusNext()
	if w.Canvas().Focused() != show {
		t.Fatalf("Tab leads from the field to %T", w.Canvas().Focused())
	}
	for _, hidden := range []bool{false, true} {
		name, icon := show.Name, show.Icon
		show.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		if f.Password != hidden {
			t.Errorf("after Space the letters are hidden: %v", f.Password)
		}
		if name == show.Name || icon == show.Icon {
			t.Errorf("the button that said %q says %q", name, show.Name)
		}
	}
	if w.Canvas().Focused() != show {
		t.Error("a key took the keyboard away")
	}
	test.Tap(show)
	if f.Password || w.Canvas().Focused() != f {
		t.Errorf("after a click the letters are hidden: %v, and the keyboard is with %T", f.Password, w.Canvas().Focused())
	}
}
