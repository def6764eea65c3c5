package ui

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/look"
)

// fits checks that a page asks for no more room than the window has.
func (s *stage) fits(width, height float32) {
	s.t.Helper()
	s.u.window.Resize(fyne.NewSize(width, height))
	for range 3 {
		s.u.window.Content().Refresh()
	}
	if least := s.u.shown.Content.MinSize(); least.Width > width-narrowSide || least.Height > height {
		s.t.Errorf("the page wants %v of a window of %v × %v", least, width, height)
	}
}

// large checks that words stay whole in a small window with letters of twice the
// size, and that the page fits.
func (s *stage) large(variant string) {
	s.t.Helper()
	s.u.App.Settings().SetTheme(&look.Theme{Variant: variant, Letters: 2})
	s.u.window.Resize(fyne.NewSize(801, 600)) // lays out what only now knows its height
	s.fits(800, 600)
	s.u.window.Resize(fyne.NewSize(800, 600))
	each(s.u.window, func(o fyne.CanvasObject) {
		if rich, ok := o.(*widget.RichText); ok {
			if word := broken(rich); word != "" {
				s.t.Errorf("at twice the size %q is broken in %q", word, rich.String())
			}
		}
	})
	s.u.App.Settings().SetTheme(&look.Theme{Variant: variant})
}

// dress shows the page in a look. It lays it out last: what still comes would
// not have its place yet.
func (s *stage) dress(variant string, letters float32) {
	s.t.Helper()
	s.u.App.Settings().SetTheme(&look.Theme{Variant: variant, Letters: letters})
	s.settle()
	s.u.window.Resize(fyne.NewSize(1081, 720)) // lays out what only now knows its height
	s.fits(1080, 720)
}

// longWord is as long as names of files are, which may be broken.
const longWord = 20

// broken is a word that goes on in the next line, "" for none.
func broken(rich *widget.RichText) string {
	var lines []*canvas.Text
	for _, part := range test.WidgetRenderer(rich).Objects() {
		if line, ok := part.(*canvas.Text); ok && line.Text != "" {
			lines = append(lines, line)
		}
	}
	all, end := rich.String(), 0
	for i, line := range lines {
		at := strings.Index(all[end:], line.Text)
		if at < 0 {
			return "" // it is cut
		}
		end += at + len(line.Text)
		if i+1 == len(lines) || lines[i+1].Position().Y == line.Position().Y {
			continue
		}
		begins := strings.LastIndexAny(all[:end], " \n-") + 1
		length := strings.IndexAny(all[begins:]+" ", " \n-")
		if word := all[begins : begins+length]; begins < end && end < begins+length && len(word) < longWord {
			return word
		}
	}
	return ""
}

// keep draws the window, and keeps the picture when the variable names a
// folder.
func (s *stage) keep(variable, name string, scale float32) {
	s.t.Helper()
	c := s.u.window.Canvas()
	if scalable, ok := c.(interface{ SetScale(float32) }); ok {
		scalable.SetScale(scale)
	}
	s.settle()
	size := s.u.window.Content().Size()
	s.u.window.Resize(size.AddWidthHeight(1, 0)) // lays out what only now knows its height
	s.u.window.Resize(size)
	img := c.Capture()
	if dir := os.Getenv(variable); dir != "" {
		s.save(filepath.Join(dir, name+".png"), img)
	}
}

func (s *stage) save(name string, img image.Image) {
	s.t.Helper()
	f, err := os.Create(name)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, img); err != nil {
		s.t.Fatal(fmt.Errorf("writing %s: %w", name, err))
	}
}
