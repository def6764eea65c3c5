package settingspage

import (
	"context"
	_ "embed"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// licences has a line for each module that the program is built of: its name,
// and the licence that it is under.
//
//go:embed licences.txt
var licences string

// module is a line of licences.
type module struct{ path, licence string }

func modules() (all []module) {
	for line := range strings.Lines(licences) {
		path, licence, _ := strings.Cut(strings.TrimSpace(line), " ")
		all = append(all, module{path, licence})
	}
	return all
}

func (p *page) about() fyne.CanvasObject {
	g := p.newGroup(lang.T("About"), look.Say("Varve "+p.Version), look.Hint(lang.T("Free under the Apache License, version 2.0. It is built of modules by others, each free under a licence of its own.")))
	buttons := look.Wrap(look.Within, look.NewButton(lang.T("Licences"), p.showLicences))
	if p.Logs != "" {
		g.rows.Add(look.Stacked(4, look.Say(lang.T("The log says when backups began and how they ended. It names neither files nor folders.")), look.Hint(p.Logs).Mono()))
		buttons.Add(look.NewButton(lang.T("Show the log"), func() { p.showLogs(g) }))
	}
	g.rows.Add(buttons)
	return g.box
}

func (p *page) showLogs(g *group) {
	p.stop = append(p.stop, p.Window.Work(func(ctx context.Context) error { return p.Reveal(ctx, p.Logs) }, func(err error) {
		g.fail(lang.T("The folder of the log could not be shown."), err)
	}))
}

// showLicences lists the modules.
func (p *page) showLicences() {
	all := modules()
	var list *look.List
	list = look.NewList(func() int { return len(all) }, func() fyne.CanvasObject {
		return container.NewStack(look.NewBack("", "", 6), look.InsetXY(look.Within, 2, look.Columns(look.InCard, look.Line("", look.Ink), look.Line("", look.Quiet))))
	}, func(i int, o fyne.CanvasObject) {
		row := o.(*fyne.Container).Objects
		edge := fyne.ThemeColorName("")
		if list.Marks(i) {
			edge = look.Lake
		}
		row[0].(*look.Back).Paint("", edge)
		parts := row[1].(*fyne.Container).Objects[0].(*fyne.Container).Objects
		parts[0].(*look.Text).Set(all[i].path)
		parts[1].(*look.Text).Set(all[i].licence)
	})
	back := func() { Open(p.Config) }
	list.OnEscape = back
	foot := look.Stacked(look.InCard, look.Separator(), look.Wrap(0, look.NewButton(lang.T("Back"), back)))
	heading := look.Stacked(4, look.Heading(lang.T("Licences")), look.Hint(lang.T("The command “varve licences” prints the texts of all of them.")))
	p.Window.Open(frame.Page{Content: look.Framed(heading, look.Footed(list, foot)), Escape: back, First: list})
}
