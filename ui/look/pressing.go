package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// pressing is the pointer's button held down on a widget. The toolkit makes a
// click of it only if the same widget is there when the button comes up.
type pressing struct {
	down bool
	then func() // what had to wait for it, nil for nothing
}

// MouseDown implements desktop.Mouseable.
func (p *pressing) MouseDown(*desktop.MouseEvent) { p.down = true }

// MouseUp implements desktop.Mouseable. The click follows, on this widget still.
func (p *pressing) MouseUp(*desktop.MouseEvent) { p.end() }

// end does what had to wait. A press that leaves the widget ends without a click.
func (p *pressing) end() {
	then := p.then
	p.down, p.then = false, nil
	if then != nil {
		then()
	}
}

// held is the press while it lasts, nil at other times.
func (p *pressing) held() *pressing {
	if p.down {
		return p
	}
	return nil
}

// pressed is what is pressed in a container, nil for nothing.
func pressed(body *fyne.Container) *pressing {
	for _, f := range stops(body) {
		if p, ok := f.(interface{ held() *pressing }); ok && p.held() != nil {
			return p.held()
		}
	}
	return nil
}
