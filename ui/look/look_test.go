package look

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

// brightness is the relative luminance of WCAG 2.
func brightness(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

func contrast(a, b color.Color) float64 {
	x, y := brightness(a), brightness(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every text can be read on every ground that it stands on.
func TestContrast(t *testing.T) {
	grounds := map[fyne.ThemeColorName][]fyne.ThemeColorName{
		Paper:                          {Ink, Quiet, Lake, Moss, Amber, Clay, theme.ColorNamePlaceHolder},
		Card:                           {Ink, Quiet, Lake, Moss, Amber, Clay, theme.ColorNamePlaceHolder},
		Side:                           {Ink, Quiet, Lake},
		AmberGround:                    {Ink, Amber},
		ClayGround:                     {Ink, Quiet, Clay},
		MossGround:                     {Ink, Quiet},
		LakeGround:                     {Ink, Quiet, Amber},
		Lake:                           {theme.ColorNameForegroundOnPrimary},
		Clay:                           {theme.ColorNameForegroundOnError},
		theme.ColorNameButton:          {Ink},
		theme.ColorNameSelection:       {Ink, Quiet},
		theme.ColorNameInputBackground: {Ink, theme.ColorNamePlaceHolder},
	}
	for name, variant := range map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark} {
		th := &Theme{Variant: name}
		for ground, texts := range grounds {
			for _, text := range texts {
				t.Run(fmt.Sprintf("%s/%s on %s", name, text, ground), func(t *testing.T) {
					if got := contrast(th.Color(text, variant), th.Color(ground, variant)); got < 4.5 {
						t.Errorf("the contrast is %.2f, want 4.5", got)
					}
				})
			}
		}
	}
}

// The choice of light or dark beats the system's.
func TestVariant(t *testing.T) {
	for _, row := range []struct {
		choice string
		system fyne.ThemeVariant
		want   fyne.ThemeVariant
	}{
		{"", theme.VariantDark, theme.VariantDark},
		{"", theme.VariantLight, theme.VariantLight},
		{"light", theme.VariantDark, theme.VariantLight},
		{"dark", theme.VariantLight, theme.VariantDark},
	} {
		if got, want := (&Theme{Variant: row.choice}).Color(Ink, row.system), colours[Ink].of(row.want); got != want {
			t.Errorf("%q in variant %d: got %v, want %v", row.choice, row.system, got, want)
		}
	}
}

func newApp(t *testing.T) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
}

// A text gets the height that it needs at the width it has.
func TestTextTakesItsHeight(t *testing.T) {
	newApp(t)
	one, many := Say("short"), Say("a sentence that is by far too long for a column as narrow as this one is")
	c := Stacked(Within, one, many)
	c.Resize(fyne.NewSize(120, 400))
	if many.Size().Height < 3*one.Size().Height {
		t.Errorf("the long text is %v high, a line %v", many.Size().Height, one.Size().Height)
	}
	if got, want := c.MinSize().Height, one.Size().Height+Within+many.Size().Height; got != want {
		t.Errorf("the column wants %v, want %v", got, want)
	}
	c.Resize(fyne.NewSize(2000, 400))
	if many.Size().Height != one.Size().Height {
		t.Errorf("in a wide column the long text is %v high, a line %v", many.Size().Height, one.Size().Height)
	}
}

// Enter and Space press a button; Escape reaches the window.
func TestKeys(t *testing.T) {
	newApp(t)
	pressed, escaped := 0, 0
	b := NewButton("Go", func() { pressed++ })
	f := NewField("hint")
	w := test.NewTempWindow(t, Stacked(0, b, f, NewCheck("box", nil)))
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			escaped++
		}
	})
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyEscape} {
		b.TypedKey(&fyne.KeyEvent{Name: key})
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if pressed != 3 || escaped != 2 {
		t.Errorf("pressed %d times and escaped %d, want 3 and 2", pressed, escaped)
	}
	b.Enabled(false)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if pressed != 3 {
		t.Error("a button that is disabled was pressed")
	}
}

// Every icon is a picture that can be drawn.
func TestIcons(t *testing.T) {
	newApp(t)
	for _, i := range []Icon{
		IconOverview, IconRestore, IconActivity, IconSettings, IconFolder, IconFile, IconLink, IconDrive, IconAdd, IconRemove, IconMore,
		IconFine, IconNotice, IconBroken, IconPaused, IconRunning, IconStopped, IconLock, IconClock, IconHere,
	} {
		w := test.NewTempWindow(t, Picture(i.In(Ink), 24))
		w.SetPadded(false)
		w.Resize(fyne.NewSize(24, 24))
		img, drawn := w.Canvas().Capture(), 0
		ground := img.At(0, 0)
		for x := range 24 {
			for y := range 24 {
				if img.At(x, y) != ground {
					drawn++
				}
			}
		}
		if drawn < 8 || drawn > 400 {
			t.Errorf("%s covers %d of 576 pixels", i.name, drawn)
		}
	}
}

// A strip shows the newest layers when there is no room for all.
func TestStrata(t *testing.T) {
	newApp(t)
	s := NewStrata(make([]Layer, 30))
	s.Resize(fyne.NewSize(10*(layerWidth+layerGap), stripHeight))
	var seen []bool
	for _, o := range test.TempWidgetRenderer(t, fyne.Widget(s)).Objects()[1:] {
		seen = append(seen, o.Visible())
	}
	if seen[0] || seen[19] || !seen[20] || !seen[29] {
		t.Errorf("seen: %v, want the last ten", seen)
	}
}
