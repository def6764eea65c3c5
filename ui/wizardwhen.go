package ui

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/whenform"
)

// whenStep is when the backup runs, as a step of the wizard.
type whenStep struct {
	wizard *wizard
	form   *whenform.Form
}

func newWhenStep(w *wizard) *whenStep {
	s := &whenStep{wizard: w, form: whenform.New(w.ui.Now, whenform.Default(), whenform.Facts{})}
	s.form.OnChanged = func() {
		w.validate()
		w.showSum()
	}
	w.stop = append(w.stop, w.ui.lookAround(s.form))
	return s
}

// show builds the step.
func (s *whenStep) show() fyne.CanvasObject {
	facts := s.form.Facts()
	facts.Local = !session.NeedsNetwork(s.wizard.where.choice().Destination)
	s.form.SetFacts(facts)
	first := lang.T("The first version is made right away. After that, whenever it suits you.")
	if s.wizard.keeps.adopts() {
		first = lang.T("The next version is made right away. After that, whenever it suits you.")
	}
	return look.Stacked(look.Between, look.Subheading(lang.T("When shall it run?")), look.Hint(first), look.Gap(1), s.form.Content())
}

// sentences sum it up.
func (s *whenStep) sentences() []string {
	first := lang.T("The first version is made now.")
	if s.wizard.keeps.adopts() {
		first = lang.T("The next version is made now.")
	}
	return []string{first, s.form.Sentences()[0]}
}

func (s *whenStep) first() fyne.Focusable { return s.form.First() }
