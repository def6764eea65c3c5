package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// Grid puts objects into as many columns of the same width as there is room
// for. least is how wide a column must be, for letters of the usual size; none
// is too narrow for an object. Objects of a row have the same height.
func Grid(gap, least float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&cells{gap: gap, least: least}, objects...)
}

type cells struct{ gap, least, width float32 }

// usualLetters is the size of letters that widths are given for.
const usualLetters = 14

// Letters is how much larger than usual the letters are.
func Letters() float32 { return theme.Size(Body) / usualLetters }

// columns is how many there are, and how wide each is.
func (g *cells) columns(objects []fyne.CanvasObject) (n int, width float32) {
	least := g.least * Letters()
	for _, o := range objects {
		if o.Visible() {
			least = max(least, o.MinSize().Width)
		}
	}
	n = max(1, int((g.width+g.gap)/(least+g.gap)))
	return n, (g.width - g.gap*float32(n-1)) / float32(n)
}

// rows parts what is visible.
func (g *cells) rows(objects []fyne.CanvasObject) (rows [][]fyne.CanvasObject) {
	n, _ := g.columns(objects)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		if last := len(rows) - 1; last >= 0 && len(rows[last]) < n {
			rows[last] = append(rows[last], o)
		} else {
			rows = append(rows, []fyne.CanvasObject{o})
		}
	}
	return rows
}

// MinSize implements fyne.Layout.
func (g *cells) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for i, row := range g.rows(objects) {
		height := float32(0)
		for _, o := range row {
			least := o.MinSize()
			s.Width, height = max(s.Width, least.Width), max(height, least.Height)
		}
		if i > 0 {
			s.Height += g.gap
		}
		s.Height += height
	}
	return s
}

// Layout implements fyne.Layout.
func (g *cells) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	g.width = size.Width
	_, width := g.columns(objects)
	y := float32(0)
	for _, row := range g.rows(objects) {
		height := float32(0)
		for _, o := range row {
			height = max(height, Settle(o, width))
		}
		for i, o := range row {
			o.Move(fyne.NewPos(float32(i)*(width+g.gap), y))
			o.Resize(fyne.NewSize(width, height))
		}
		y += height + g.gap
	}
}
