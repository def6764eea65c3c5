// Package settingspage is the page of what is the same for all backups: groups
// of choices, each of which holds at once. Open shows it; Theme is what it says
// about the appearance.
package settingspage

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
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
// goroutines; Preference, Speed, Processor and PausedUntil are called on the main
// loop, and never wait for the disk.
type Backend interface {
	Preferences
	Pausing
	Limiting
	Secrets
	Speaking
	Moving
}

// Window is the one that the page is in.
type Window interface {
	frame.Window
	// OpenRead shows a page once what it shows was read, unless another page comes
	// first. The title is for when that takes long.
	OpenRead(title string, read func(ctx context.Context) error, page func(error) frame.Page)
}

// Login is what starts when its owner logs in; an *autostart.Entry is one.
type Login interface {
	On() (bool, error)
	Set(on bool) error
}

// Config is what the page needs.
type Config struct {
	Window  Window
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
	// Owner names whose backups these are, on recovery sheets. It may be called
	// from any goroutine.
	Owner func() (machine, account string)
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
	made    <-chan struct{} // the choice that was made last is kept, nil before the first

	languages session.Languages
	unread    error // why some of them are not known
	atLogin   standing
}

// Open shows the page, once what it shows was read.
func Open(c Config) {
	p := &page{Config: c}
	c.Window.OpenRead(lang.T("Settings"), func(ctx context.Context) error {
		p.languages, p.unread = c.Backend.Languages(ctx)
		if c.Login != nil {
			p.atLogin.on, p.atLogin.err = c.Login.On()
		}
		return nil
	}, func(error) frame.Page { return p.build() })
}

// build makes the page.
func (p *page) build() frame.Page {
	var groups []fyne.CanvasObject
	if p.Told != "" {
		groups = append(groups, look.Coloured(p.Told, look.Moss))
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
	shown := frame.Page{Content: look.Page(look.Heading(lang.T("Settings")), p.groups), Leave: p.leave, Refresh: p.follow, Light: true}
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

// keep keeps a choice, and says in the group if it could not.
func (p *page) keep(g *group, name, value string, then func(error)) {
	p.write(func(ctx context.Context) error { return p.Backend.SetPreference(ctx, name, value) }, func(err error) {
		g.fail(lang.T("This could not be kept."), err)
		then(err)
	})
}

// write keeps a choice beside the main loop, after those that were made before
// it, and also when the page is left meanwhile.
func (p *page) write(keep func(ctx context.Context) error, then func(error)) {
	before, done := p.made, make(chan struct{})
	p.made = done
	p.Window.Work(func(ctx context.Context) error {
		defer close(done)
		if before != nil {
			<-before
		}
		return keep(context.WithoutCancel(ctx))
	}, then)
}
