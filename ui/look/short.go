package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Short shows a text that grows, in at most some lines; what does not fit
// scrolls. After a change ToEnd shows what was added.
type Short struct {
	*fyne.Container
	scroll *container.Scroll
}

// NewShort puts a text into lines of its size.
func NewShort(lines int, t *Text) *Short {
	s := &Short{scroll: container.NewVScroll(t)}
	s.Container = container.New(&short{lines: lines, text: t}, s.scroll)
	return s
}

// ToEnd scrolls to the last line.
func (s *Short) ToEnd() { s.scroll.ScrollToBottom() }

type short struct {
	lines int
	text  *Text
	size  fyne.Size
}

// MinSize implements fyne.Layout.
func (l *short) MinSize([]fyne.CanvasObject) fyne.Size {
	least := l.text.MinSize()
	return fyne.NewSize(least.Width, min(least.Height, float32(l.lines)*l.text.lineHeight()))
}

// Layout implements fyne.Layout.
func (l *short) Layout(o []fyne.CanvasObject, size fyne.Size) {
	Settle(l.text, size.Width)
	o[0].Resize(size)
	if size != l.size { // the lines have other places
		l.size = size
		o[0].(*container.Scroll).ScrollToBottom()
	}
}
