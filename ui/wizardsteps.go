package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// stepsWidth is that of the list of steps, and leastBeside what a step needs
// beside it, for letters of the usual size.
const stepsWidth, leastBeside = 150, 300

// besideSteps puts a step beside the list of all of them. Where that leaves it
// too little room, a line says instead which step it is.
type besideSteps struct{ line fyne.CanvasObject }

// MinSize implements fyne.Layout.
func (*besideSteps) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[1].MinSize() }

// Layout implements fyne.Layout.
func (l *besideSteps) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	steps := objects[0].MinSize().Width
	beside := size.Width-steps >= leastBeside*look.Letters()
	look.Visible(objects[0], beside)
	look.Visible(l.line, !beside)
	if !beside {
		steps = 0
	}
	objects[0].Resize(fyne.NewSize(steps, size.Height))
	objects[1].Move(fyne.NewPos(steps, 0))
	objects[1].Resize(fyne.NewSize(size.Width-steps, size.Height))
}

// listSteps shows at the left how the steps stand while one is answered.
func (w *wizard) listSteps(at int) {
	w.stand.SetText(lang.T("Step %s of %s", words.Number(int64(at+1)), words.Number(int64(len(w.steps)))))
	if w.rows == nil {
		for i, s := range w.steps {
			w.rows = append(w.rows, look.NewStep(s.title, func() { w.visit(i) }))
			w.list.Add(w.rows[i])
		}
	}
	for i, row := range w.rows {
		row.Stand(w.standing(i, at))
	}
}

// offerSteps lists the steps where there is no room for them at the left.
func (w *wizard) offerSteps() {
	menu := fyne.NewMenu("")
	for i, s := range w.steps {
		item := fyne.NewMenuItem(s.title, func() { w.visit(i) })
		item.Checked, item.Disabled = i == w.step, i != w.step && !w.leadsTo(i)
		menu.Items = append(menu.Items, item)
	}
	at := w.ui.App.Driver().AbsolutePositionForObject(w.stand)
	widget.ShowPopUpMenuAtPosition(menu, w.ui.window.Canvas(), at.AddXY(0, w.stand.Size().Height+4))
}

// standing is how a step stands while another one is answered.
func (w *wizard) standing(i, at int) look.Standing {
	switch {
	case at == len(w.steps):
		return look.Done
	case i == at:
		return look.Here
	case !w.leadsTo(i):
		return look.Later
	case i < w.far && w.settled(i):
		return look.Answered
	}
	return look.Open
}

// answered is the list of the steps once all of them are.
func (w *wizard) answered() fyne.CanvasObject {
	w.listSteps(len(w.steps))
	return look.Wide(stepsWidth, w.list)
}

// visit opens a step that was seen before. What was typed in the others stays.
func (w *wizard) visit(to int) {
	if to == w.step {
		return
	}
	w.where.pause()
	w.turn(to)
}

// leadsTo tells that a step was seen, and that nothing before it lacks an
// answer now.
func (w *wizard) leadsTo(to int) bool {
	if to > w.far || w.checking {
		return false
	}
	for i := range to {
		if !w.settled(i) {
			return false
		}
	}
	return true
}

// settled tells that a step is answered so that one may go on from it without
// looking at it.
func (w *wizard) settled(i int) bool {
	switch s := &w.steps[i]; s.name {
	case stepWhere:
		return s.answered() && w.where.asking() == nil
	case stepProtection:
		return s.answered() && (!w.continues() || w.opened() || w.proven == proven{nameOf(w.where.choice()), w.first.Field.Text})
	default:
		return s.answered()
	}
}

// proven is a passphrase that opened what is at a place.
type proven struct{ place, passphrase string }
