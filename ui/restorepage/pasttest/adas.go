package pasttest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"path"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
)

// Adas is the past of a person called Ada, seen from now.
func Adas(now time.Time) *Past {
	var seen []engine.Version
	for i, days := range []float64{0.008, 0.9, 1.9, 3.1, 4, 6.2, 9, 12, 15.3, 19, 25} {
		seen = append(seen, engine.Version{
			ID: fmt.Sprintf("version-%02d", i), Time: now.Add(-time.Duration(days * 24 * float64(time.Hour))), Stored: int64(48e6 / (1 + (i*7)%5)),
		})
	}
	p := New(seen, `
		Documents/ : 0-10
		Documents/Letters/ : 0-10
		Documents/Letters/to the council.odt : 5-10
		Documents/Letters/to Maria.odt : 0-4
		Documents/Taxes/ : 0-10
		Documents/Taxes/2025.pdf : 0-10
		Documents/Thesis/ : 0-2 3-6 7-10
		Documents/Thesis/figures/ : 0-1 2-5
		Documents/Thesis/figures/cross-section-7.tiff : 0-5
		Documents/Thesis/chapter-1.odt : 0-4 5-7 8-10
		Documents/Thesis/chapter-2.odt : 0-1 2-3 4-4 5-6 7-8 9-10
		Documents/Thesis/chapter-3.odt : 0-0 1-1 2-2 3-3 4-4 5-5
		Documents/Thesis/outline.md : 7-7 8-8 9-9 10-10
		Documents/Thesis/thanks.txt : 4-4 5-6
		Documents/Thesis/references.bib : 0-2 3-4 5-8 9-10
		Documents/budget 2026.ods : 0-0 1-3 4-10
		Documents/current->Thesis/chapter-3.odt : 0-5
		Documents/guest list.txt : 0-1 2-2 6-6 7-9
		Documents/notes.txt : 3-3 4-5 6-6 7-8 9-9 10-10
		Documents/reading list.md : 0-3 4-4 5-9
		Pictures/ : 0-10
		Pictures/2024/ : 0-10
		Pictures/2025/ : 0-10
		Pictures/2026/ : 0-6
		Pictures/lake at dawn.png : 0-3 4-10
	`)
	p.Line.Root = "/home/ada"
	return p
}

// Content is what a file of hers holds in a version.
func Content(name, version string) []byte {
	var n int
	if _, err := fmt.Sscanf(version, "version-%d", &n); err != nil {
		n = 0
	}
	switch path.Ext(name) {
	case ".txt", ".md", ".bib":
		return []byte(notes(11 - n))
	case ".png":
		return lake(n)
	}
	return append([]byte("PK\x03\x04\x00"), make([]byte, 2000)...)
}

// notes are the lines that had been written by a version.
func notes(version int) string {
	lines := []string{
		"# Notes for the lake house", "", "- call the roofer: the leak is above the stairs, not above the kitchen",
		"- ask Maria whether the boat is still in the shed", "- new lock for the boat house", "",
		"## Measurements", "", "kitchen   4.20 × 3.15", "stairs    0.92 wide", "window    1.10 × 1.35, the left one sticks", "",
		"## What the varves showed", "", "Core 7 has 212 layers between 0.4 and 1.9 mm. The pale band at layer 140",
		"is the flood of 1882; the parish register says \"the water stood to the third step\".", "",
		"## Later", "", "- pay the ferryman", "- send the photographs to Ines",
	}
	if version > 4 {
		lines[2] = "- the roofer comes on Thursday at nine"
	}
	if version > 6 {
		lines = append(lines, "- the key is with the neighbour, Mr. Aalto", "- winter storage for the boat: ask before October")
		lines[10] = "window    1.12 × 1.35"
	}
	return strings.Join(lines[:min(len(lines), 14+version*2)], "\n") + "\n"
}

// lake draws a lake at dawn.
func lake(version int) []byte {
	const w, h = 720, 480
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, dawn(float64(x)/w, float64(y)/h, float64(version)))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic("pasttest: " + err.Error())
	}
	return b.Bytes()
}

func dawn(x, y, later float64) color.RGBA {
	shade := func(v float64) uint8 { return uint8(max(0, min(255, v))) }
	hill := 0.52 - 0.1*math.Sin(x*5+1) - 0.03*math.Sin(x*17)
	switch {
	case y < hill:
		return color.RGBA{shade(240 - later*6 - y*60), shade(190 + y*40), shade(170 + y*120), 255}
	case y < 0.6:
		return color.RGBA{40, 62, 70, 255}
	}
	wave := 8 * math.Sin(y*140+math.Sin(x*9)*2)
	return color.RGBA{shade(150 - (y-0.6)*260 + wave), shade(160 - (y-0.6)*160 + wave), shade(170 - (y-0.6)*90 + wave), 255}
}
