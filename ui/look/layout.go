package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Stacked puts objects below each other, gap apart. Unlike Fyne's own boxes it
// gives a text the height that it needs at the width it got.
func Stacked(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&column{gap}, objects...)
}

type column struct{ gap float32 }

// MinSize implements fyne.Layout.
func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	first := true
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		s.Width = max(s.Width, least.Width)
		s.Height += least.Height
		if !first {
			s.Height += c.gap
		}
		first = false
	}
	return s
}

// Layout implements fyne.Layout.
func (c *column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Move(fyne.NewPos(0, y))
		y += Settle(o, size.Width) + c.gap
	}
}

// Settle gives an object its width, and then the height that it needs for it.
func Settle(o fyne.CanvasObject, width float32) float32 {
	o.Resize(fyne.NewSize(width, o.MinSize().Height))
	height := o.MinSize().Height
	o.Resize(fyne.NewSize(width, height))
	return height
}

// Beside puts objects next to each other, gap apart, each as wide as it needs
// and in the middle of the height.
func Beside(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&row{gap: gap, grow: -1}, objects...)
}

// Row is Beside, where the object of that index takes what room is left.
func Row(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&row{gap: gap, grow: grow}, objects...)
}

// TopRow is a Row whose objects stand at its top.
func TopRow(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&row{gap: gap, grow: grow, top: true}, objects...)
}

type row struct {
	gap  float32
	grow int
	top  bool
}

// MinSize implements fyne.Layout.
func (r *row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(-r.gap, 0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		s.Width += least.Width + r.gap
		s.Height = max(s.Height, least.Height)
	}
	s.Width = max(s.Width, 0)
	return s
}

// Layout implements fyne.Layout.
func (r *row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := size.Width - r.MinSize(objects).Width
	x := float32(0)
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		width := o.MinSize().Width
		if i == r.grow {
			width += max(0, left)
		}
		height := Settle(o, width)
		y := max(0, (size.Height-height)/2)
		if r.top {
			y = 0
		}
		o.Move(fyne.NewPos(x, y))
		x += width + r.gap
	}
}

// Columns gives objects the same width, and the height of the highest.
func Columns(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columns{gap}, objects...)
}

type columns struct{ gap float32 }

// MinSize implements fyne.Layout.
func (c *columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		s = s.Max(o.MinSize())
	}
	n := float32(len(objects))
	return fyne.NewSize(s.Width*n+c.gap*(n-1), s.Height)
}

// Layout implements fyne.Layout.
func (c *columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	n := float32(len(objects))
	width := (size.Width - c.gap*(n-1)) / n
	height := float32(0)
	for _, o := range objects {
		height = max(height, Settle(o, width))
	}
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i)*(width+c.gap), 0))
		o.Resize(fyne.NewSize(width, height))
	}
}

type atMost float32

// MinSize implements fyne.Layout.
func (a atMost) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := objects[0].MinSize()
	return fyne.NewSize(min(s.Width, float32(a)*Letters()), s.Height)
}

// Layout implements fyne.Layout.
func (a atMost) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	Settle(objects[0], min(size.Width, float32(a)*Letters()))
}

// frame puts the first object at the top, and gives the second the rest.
type frame struct{}

// MinSize implements fyne.Layout.
func (*frame) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height)
}

// Layout implements fyne.Layout.
func (*frame) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := Settle(objects[0], size.Width)
	objects[1].Move(fyne.NewPos(0, height))
	objects[1].Resize(fyne.NewSize(size.Width, size.Height-height))
}

// Headed fills the height with body, below a head.
func Headed(head, body fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&frame{}, head, body)
}

// Footed fills the height with body, above a foot that stays in sight.
func Footed(body, foot fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&footed{}, body, foot)
}

type footed struct{}

// MinSize implements fyne.Layout.
func (*footed) MinSize(objects []fyne.CanvasObject) fyne.Size { return (&frame{}).MinSize(objects) }

// Layout implements fyne.Layout.
func (*footed) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := Settle(objects[1], size.Width)
	objects[1].Move(fyne.NewPos(0, size.Height-height))
	objects[0].Resize(fyne.NewSize(size.Width, size.Height-height))
}

// RolledEdge is the room at both sides of what is Rolled: frames are cut at the
// edge of what scrolls.
const RolledEdge = 4

// Rolled asks for all the height that an object needs, and scrolls where it gets
// less.
func Rolled(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(rolled{}, container.NewVScroll(InsetXY(RolledEdge, RolledEdge, o)))
}

type rolled struct{}

// MinSize implements fyne.Layout.
func (rolled) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].(*container.Scroll).Content.MinSize()
}

// Layout implements fyne.Layout.
func (rolled) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// Flow puts objects next to each other, as many as fit, and the others below.
// They stand at the right.
func Flow(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{gap: gap}, objects...)
}

// Wrap is Flow at the left.
func Wrap(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{gap: gap, left: true}, objects...)
}

type flow struct {
	gap, width float32
	left       bool
}

// MinSize implements fyne.Layout.
func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, line := range f.lines(objects) {
		if s.Height > 0 {
			s.Height += f.gap
		}
		height := float32(0)
		for _, o := range line {
			least := o.MinSize()
			s.Width, height = max(s.Width, least.Width), max(height, least.Height)
		}
		s.Height += height
	}
	return s
}

// lines parts what is visible by what fits into the width.
func (f *flow) lines(objects []fyne.CanvasObject) (lines [][]fyne.CanvasObject) {
	left := float32(-1)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		width := o.MinSize().Width + f.gap
		if width > left {
			lines, left = append(lines, nil), f.width+f.gap
		}
		last := len(lines) - 1
		lines[last], left = append(lines[last], o), left-width
	}
	return lines
}

// Layout implements fyne.Layout.
func (f *flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	y := float32(0)
	for _, line := range f.lines(objects) {
		x, height := size.Width+f.gap, float32(0)
		for _, o := range line {
			x -= o.MinSize().Width + f.gap
			height = max(height, o.MinSize().Height)
		}
		if f.left {
			x = 0
		}
		for _, o := range line {
			o.Move(fyne.NewPos(x, y))
			o.Resize(fyne.NewSize(o.MinSize().Width, height))
			x += o.MinSize().Width + f.gap
		}
		y += height + f.gap
	}
}

// Halves parts the room in two of the same size, beside each other.
func Halves(gap float32, left, right fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&halves{gap}, left, right)
}

type halves struct{ gap float32 }

// MinSize implements fyne.Layout.
func (h *halves) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return (&columns{h.gap}).MinSize(objects)
}

// Layout implements fyne.Layout.
func (h *halves) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	width := (s.Width - h.gap) / 2
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i)*(width+h.gap), 0))
		o.Resize(fyne.NewSize(width, s.Height))
	}
}

// Trail is a way that AddCrumb makes. Its parts stand next to each other, and
// the last of them stay in sight where not all fit.
func Trail() *fyne.Container { return container.New(trail{}) }

// AddCrumb adds a part to a Trail, behind a sign that parts it from the one
// before.
func AddCrumb(way *fyne.Container, part fyne.CanvasObject) {
	if len(way.Objects) > 0 {
		way.Add(Tag("/", Quiet))
	}
	way.Add(part)
}

type trail struct{}

// MinSize implements fyne.Layout.
func (trail) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(40, 0)
	for _, o := range objects {
		s.Height = max(s.Height, o.MinSize().Height)
	}
	return s
}

// Layout implements fyne.Layout.
func (trail) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	first, used := len(objects), float32(0)
	for first > 0 {
		width := objects[first-1].MinSize().Width
		if used+width > size.Width && first < len(objects) {
			break
		}
		first, used = first-1, used+width
	}
	first += first % 2 // no way begins with the sign between two parts
	x := float32(0)
	for i, o := range objects {
		Visible(o, i >= first)
		if i < first {
			continue
		}
		width := min(o.MinSize().Width, size.Width)
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
		o.Move(fyne.NewPos(x, (size.Height-o.MinSize().Height)/2))
		x += width
	}
}

// Lay puts what is in a container, and in those inside, in its place again. What
// stands there shows by itself what changed in it, so that a row of a list costs
// far less than with a Refresh of everything.
func Lay(o fyne.CanvasObject) {
	c, ok := o.(*fyne.Container)
	if !ok {
		return
	}
	if c.Layout != nil {
		c.Layout.Layout(c.Objects, c.Size())
	}
	for _, inner := range c.Objects {
		Lay(inner)
	}
}
