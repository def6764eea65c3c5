package tray

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

// TestPicture draws all shapes on a light and on a dark panel, as they are and
// four times as large, into the folder that VARVE_SCREENSHOTS names. No shape
// may look like another.
func TestPicture(t *testing.T) {
	test.NewTempApp(t)
	var icons []fyne.Resource
	for _, s := range []shape{whole, running, late, resting, broken} {
		icons = append(icons, icon(s, 0))
		if s == running {
			icons = append(icons, icon(s, 1), icon(s, 2))
		}
	}
	rows := container.NewGridWithColumns(1)
	for _, panel := range []color.Color{color.NRGBA{0xf0, 0xf0, 0xee, 0xff}, color.NRGBA{0x22, 0x26, 0x2a, 0xff}} {
		row := container.NewHBox()
		for _, size := range []float32{24, 96} {
			for _, r := range icons {
				i := canvas.NewImageFromResource(r)
				i.SetMinSize(fyne.NewSquareSize(size))
				i.FillMode = canvas.ImageFillContain
				row.Add(container.NewPadded(container.NewCenter(i)))
			}
		}
		rows.Add(container.NewStack(canvas.NewRectangle(panel), container.NewPadded(row)))
	}
	c := software.NewCanvas()
	c.SetContent(rows)
	picture := c.Capture()
	seen := map[string]bool{}
	for _, r := range icons {
		seen[string(r.Content())] = true
	}
	if len(seen) != len(icons) {
		t.Errorf("%d icons of %d differ", len(seen), len(icons))
	}
	dir := os.Getenv("VARVE_SCREENSHOTS")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, "tray-icons.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
