package settingspage

import (
	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
)

// noticesName is the choice which changes of state tell.
const noticesName = "notices"

func (p *page) notices() fyne.CanvasObject {
	g := p.newGroup(lang.T("Notices"))
	c := p.kept(g, 190, noticesName, func() {},
		item{"all", lang.T("Every change")}, item{"problems", lang.T("Only what needs me")}, item{"none", lang.T("None")})
	g.rows.Add(titled(lang.T("When the state of a backup changes, the desktop shows"), c.cards))
	return g.box
}
