// Package settingspage is the page of what is the same for all backups: groups
// of choices, each of which holds at once. New makes it; Theme is what it says
// about the appearance.
package settingspage

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// Preferences are what a person chose; a *session.Session keeps them.
type Preferences interface {
	Preference(ctx context.Context, name string) (string, error)
	SetPreference(ctx context.Context, name, value string) error
}

// Pausing has nothing run by itself for a while.
type Pausing interface {
	PauseAll(ctx context.Context, until time.Time) error
	PausedUntil(ctx context.Context) time.Time
}

// Backend is what the page asks for. Its methods may be called from several
// goroutines.
type Backend interface {
	Preferences
	Pausing
	Limiting
	Secrets
	Speaking
	Moving
}

// Login is what starts when its owner logs in; an *autostart.Entry is one.
type Login interface {
	On() (bool, error)
	Set(on bool) error
}

// Config is what the page needs.
type Config struct {
	Window  frame.Window
	Backend Backend
	Context context.Context //nolint:containedctx // handed over once, to the calls of clicks
	// Login is nil where nothing can start at login.
	Login Login
	// Recolour shows other colours; Resize shows letters of another size, and
	// Respeak another language, both with this page anew.
	Recolour, Resize, Respeak func()
	// Changed is Letters or Language when that choice was just made: the keyboard
	// is there.
	Changed string
	// Arrived shows everything anew after an import, and this page with what is
	// told of that; Told is that sentence then.
	Arrived func(told string)
	Told    string
	// ChooseFile has the person choose one in a dialog.
	ChooseFile func(then func(path string))
	// Machine and User name whose backups these are, on recovery sheets.
	Machine, User string
	// Version is what the build says of itself.
	Version string
	// Logs is the folder of the logs, "" for none, and Reveal shows a folder in
	// the file manager.
	Logs   string
	Reveal func(ctx context.Context, path string) error
}

// page is the page while it is shown.
type page struct {
	Config
	first   *choice         // what was just chosen, nil for none
	groups  *fyne.Container // nil while they are made
	refresh []func()        // after a change of the session
	back    func()          // from a sheet, nil to the settings
	stop    []context.CancelFunc
}

// New makes the page.
func New(c Config) frame.Page {
	p := &page{Config: c}
	var groups []fyne.CanvasObject
	if c.Told != "" {
		groups = append(groups, look.Coloured(c.Told, look.Moss))
	}
	p.groups = look.Stacked(look.InCard, append(groups,
		p.appearance(),
		p.start(),
		p.limits(),
		p.pause(),
		p.passphrases(),
		p.notices(),
		p.move(),
		p.about())...)
	shown := frame.Page{Content: look.Page(look.Heading(lang.T("Settings")), p.groups), Leave: p.leave, Refresh: p.follow}
	if p.first != nil {
		shown.First = p.first.chosen()
	}
	return shown
}

func (p *page) leave() {
	for _, stop := range p.stop {
		stop()
	}
}

func (p *page) follow() {
	for _, f := range p.refresh {
		f()
	}
}

// group is a part of the page: a title, rows, and what went wrong with them.
type group struct {
	rows    *fyne.Container
	trouble *look.Text
	box     fyne.CanvasObject
	page    *page
}

func (p *page) newGroup(title string, rows ...fyne.CanvasObject) *group {
	g := &group{rows: look.Stacked(look.Between, look.Subheading(title)), trouble: look.Coloured("", look.Clay), page: p}
	for _, r := range rows {
		g.rows.Add(r)
	}
	g.trouble.Hide()
	g.box = look.Boxed(look.Stacked(look.Between, g.rows, g.trouble))
	return g
}

// fail says in the group what went wrong, nil that nothing did.
func (g *group) fail(sentence string, err error) {
	if err != nil {
		g.trouble.Set(lang.T("%s The computer says: %s.", sentence, err))
	}
	look.Visible(g.trouble, err != nil)
	g.changed()
}

// changed makes room for what the group shows now.
func (g *group) changed() {
	g.box.Refresh()
	if g.page.groups != nil {
		g.page.groups.Refresh()
	}
}

// titled is a row: what it is about, and below it the answer.
func titled(title string, answer fyne.CanvasObject) fyne.CanvasObject {
	return look.Stacked(look.Within, look.Say(title), answer)
}

// preference is a choice as it is kept; what cannot be read is as if nothing
// had been chosen.
func (p *page) preference(g *group, name string) string {
	value, err := p.Backend.Preference(p.Context, name)
	if err != nil {
		g.fail(lang.T("What was chosen before cannot be read."), err)
	}
	return value
}

// newly gives the keyboard to a choice that was just made.
func (p *page) newly(name string, c *choice) {
	if p.Changed == name {
		p.first = c
	}
}

// keep keeps a choice, and tells whether it could.
func (p *page) keep(g *group, name, value string) bool {
	err := p.Backend.SetPreference(p.Context, name, value)
	g.fail(lang.T("This could not be kept."), err)
	return err == nil
}
