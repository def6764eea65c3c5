package settingspage

import (
	"context"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// closingName is what happens when the window is closed; quits is the one
// answer that is not the usual one.
const (
	closingName = "closing"
	quits       = "quit"
)

// QuitsWhenClosed tells that the program ends with its window. It goes on where
// nobody said so: a backup that does not run is none.
func QuitsWhenClosed(ctx context.Context, p Preferences) bool {
	value, err := p.Preference(ctx, closingName)
	return err == nil && value == quits
}

func (p *page) start() fyne.CanvasObject {
	g := p.newGroup(lang.T("Start"))
	if p.Login != nil {
		g.rows.Add(p.loginRow(g))
	}
	stays := look.NewCheck(lang.T("Keep running when the window is closed"), nil)
	stays.SetChecked(p.preference(g, closingName) != quits)
	hint := look.Hint("")
	say := func() {
		hint.Set(lang.T("Backups go on without the window."))
		if !stays.Checked {
			hint.Set(lang.T("Nothing is backed up while Varve is closed. A backup that runs then stops, and the next one goes on from there."))
		}
	}
	say()
	stays.OnChanged = func(on bool) {
		value := quits
		if on {
			value = ""
		}
		say()
		g.changed()
		p.keep(g, closingName, value, func(err error) {
			if err != nil {
				stays.Checked = !on
				stays.Refresh()
				say()
			}
		})
	}
	g.rows.Add(look.Stacked(4, stays, hint))
	return g.box
}

// standing is whether the program starts at login, as far as that is known.
type standing struct {
	on  bool
	err error
}

// loginRow is the row about logging in. It shows what is so, whatever was tried.
func (p *page) loginRow(g *group) fyne.CanvasObject {
	box := look.NewCheck(lang.T("Open Varve when I log in"), nil)
	show := func(s standing) {
		if s.err != nil {
			g.fail(lang.T("What starts at login cannot be read."), s.err)
		}
		box.Checked = s.on
		box.Refresh()
	}
	box.OnChanged = func(on bool) {
		var now standing
		p.write(func(context.Context) error {
			err := p.Login.Set(on)
			now.on, now.err = p.Login.On()
			return err
		}, func(err error) {
			g.fail(lang.T("What starts at login could not be changed."), err)
			show(now)
		})
	}
	show(p.atLogin)
	return look.Stacked(4, box, look.Hint(lang.T("It starts without a window. Its icon is in the tray, or the window is small where there is no tray.")))
}
