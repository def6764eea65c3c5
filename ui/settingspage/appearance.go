package settingspage

import (
	"context"
	"strconv"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// The names under which the appearance is kept.
const (
	themeName = "theme"
	Letters   = "letters" // the size of text
)

// Theme is the appearance that a person chose. What cannot be read is as if
// nothing had been chosen: the system's colours are always right.
func Theme(ctx context.Context, p Preferences) *look.Theme {
	variant, err := p.Preference(ctx, themeName)
	if err != nil {
		variant = ""
	}
	letters, err := p.Preference(ctx, Letters)
	if err != nil {
		letters = ""
	}
	return &look.Theme{Variant: variant, Letters: magnified(letters)}
}

// magnified is how much larger texts are, by the percents that are kept: what
// is no number, or too large for any window, is the usual size.
func magnified(percents string) float32 {
	n, err := strconv.Atoi(percents)
	if err != nil || n < 100 || n > 200 {
		return 1
	}
	return float32(n) / 100
}

func (p *page) appearance() fyne.CanvasObject {
	g := p.newGroup(lang.T("Appearance"))
	colours := p.kept(g, 170, themeName, p.Recolour, item{"", lang.T("As the system")}, item{"light", lang.T("Light")}, item{"dark", lang.T("Dark")})
	sizes := p.kept(g, 92, Letters, p.Resize, item{"", "100\u2009%"}, item{"125", "125\u2009%"}, item{"150", "150\u2009%"}, item{"175", "175\u2009%"}, item{"200", "200\u2009%"})
	g.rows.Add(titled(lang.T("Colours"), colours.cards))
	g.rows.Add(titled(lang.T("Size of text"), sizes.cards))
	p.newly(Letters, sizes)
	p.language(g)
	return g.box
}
