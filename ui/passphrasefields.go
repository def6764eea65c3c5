package ui

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// passphraseFields are where a person types a new passphrase twice, and is told what
// it is worth.
type passphraseFields struct {
	first, second *look.Passphrase
	strength      *look.Text
	meter         *look.Bar
}

// newPassphraseFields calls changed after each letter.
func newPassphraseFields(changed func()) *passphraseFields {
	p := &passphraseFields{
		first: look.NewPassphrase(lang.T("Passphrase")), second: look.NewPassphrase(lang.T("The same again")),
		strength: look.Hint(""), meter: look.NewBar(6),
	}
	p.first.Field.OnChanged = func(string) {
		p.judge()
		changed()
	}
	p.second.Field.OnChanged = p.first.Field.OnChanged
	return p
}

// content is the fields, and what they are worth.
func (p *passphraseFields) content() fyne.CanvasObject {
	p.judge()
	return look.AtMost(420, look.Stacked(look.Within, p.first.Whole, p.second.Whole, p.meter, p.strength))
}

// isRight tells that the same was typed twice.
func (p *passphraseFields) isRight() bool {
	return p.first.Field.Text != "" && p.first.Field.Text == p.second.Field.Text
}

// judge says what the passphrase is worth.
func (p *passphraseFields) judge() {
	s := strengthOf(p.first.Field.Text)
	sentence := s.sentence
	if p.second.Field.Text != "" && p.first.Field.Text != p.second.Field.Text {
		sentence += " " + lang.T("The two are not the same.")
	}
	p.strength.Set(sentence)
	p.meter.Set(s.share)
	p.meter.Colour(s.colour)
}
