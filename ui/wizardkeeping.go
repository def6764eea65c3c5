package ui

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/retentionform"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// keepingStep is how long versions stay, as a step of the wizard.
type keepingStep struct {
	wizard   *wizard
	composer *retentionform.Composer
	touched  bool // the person chose
}

func newKeepingStep(w *wizard) *keepingStep {
	k := &keepingStep{wizard: w}
	k.composer = retentionform.NewComposer(w.ui, retentionform.ThinnedText, retentionform.Facts{})
	k.composer.OnChanged = func() {
		k.touched = true
		w.validate()
		w.showSum()
	}
	return k
}

// settle chooses what suits the answers before. Nothing is thinned by itself
// that was there before, or that cannot be.
func (k *keepingStep) settle() {
	was, f := k.composer.Facts(), k.facts()
	text := retentionform.ThinnedText
	if f.Chained || k.adopts() {
		text = ""
	}
	if f.Chained != was.Chained || f.Unlisted != was.Unlisted || len(f.Versions) != len(was.Versions) {
		k.composer.SetFacts(f)
	}
	if !k.touched && k.composer.Text() != text {
		k.composer.SetText(text)
		k.touched = false
	}
}

// facts are what the forecast is made from.
func (k *keepingStep) facts() retentionform.Facts {
	f, w := k.composer.Facts(), k.wizard
	f.Chained, f.Versions = w.open.Checked || w.keys.chosen(), nil
	if k.adopts() {
		f.Chained = w.finding().Format == engine.Volumes
		if w.from != nil {
			f.Versions = w.from.Known()
		}
	}
	f.Unlisted = k.adopts() && len(f.Versions) == 0
	return f
}

// adopts tells that there are versions already.
func (k *keepingStep) adopts() bool {
	f := k.wizard.finding()
	return f != nil && f.Versions > 0
}

// show builds the step.
func (k *keepingStep) show() fyne.CanvasObject {
	k.settle()
	rows := look.Stacked(look.Between, look.Subheading(lang.T("How long shall versions stay?")))
	if k.adopts() {
		rows.Add(look.Hint(lang.T("There are versions already. None of them goes before you have seen which, and agreed.")))
	}
	rows.Add(look.Gap(1))
	rows.Add(k.composer.Content())
	return rows
}

// sentences sum it up.
func (k *keepingStep) sentences() []string {
	said := []string{words.Sentence(k.composer.Summary()) + "."}
	if k.adopts() {
		said = append(said, lang.T("None of those that are there goes before you agreed."))
	}
	return said
}

func (k *keepingStep) keeping() session.Keeping {
	return session.Keeping{Text: k.composer.Text(), FullEvery: k.composer.FullEvery()}
}

func (k *keepingStep) first() fyne.Focusable { return k.composer.First() }
