package settingspage

import (
	"context"
	"os"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// Language names the choice of the language.
const Language = "language"

// Speaking is the choice of the language.
type Speaking interface {
	Languages(ctx context.Context) (session.Languages, error)
	SetLanguage(ctx context.Context, tag string) error
}

// language adds the choice of the language to a group.
func (p *page) language(g *group) {
	known := &p.languages
	if p.unread != nil {
		g.fail(lang.T("What was chosen before cannot be read."), p.unread)
	}
	items := []item{{"", lang.T("As the system")}}
	for _, l := range known.Offered {
		items = append(items, item{l.Tag, l.Name})
	}
	c := newChoice(170, known.Chosen, nil, items...)
	c.chose = func(tag string) {
		p.write(func(ctx context.Context) error { return p.Backend.SetLanguage(ctx, tag) }, func(err error) {
			g.fail(lang.T("This could not be kept."), err)
			if err != nil {
				c.put(known.Chosen)
				return
			}
			p.Respeak()
		})
	}
	p.newly(Language, c)
	g.rows.Add(titled(lang.T("Language"), c.cards))
	g.rows.Add(p.adding(g, known))
}

// adding says how a language is added, and which of those that were cannot be
// used.
func (p *page) adding(g *group, known *session.Languages) fyne.CanvasObject {
	rows := look.Stacked(4, look.Hint(lang.T("A file with all texts in another language, such as fr.json, is offered here when it lies in this folder.")),
		look.Hint(known.Folder).Mono())
	for _, err := range each(known.Broken) {
		rows.Add(look.Coloured(lang.T("A language that was added cannot be used. The computer says: %s.", words.Printable(err.Error())), look.Amber))
	}
	rows.Add(look.Gap(4))
	rows.Add(look.Wrap(0, look.NewButton(lang.T("Open the folder for languages"), func() {
		p.stop = append(p.stop, p.Window.Work(func(ctx context.Context) error {
			if err := os.MkdirAll(known.Folder, 0o700); err != nil {
				return err
			}
			return p.Reveal(ctx, known.Folder)
		}, func(err error) { g.fail(lang.T("The folder for languages could not be shown."), err) }))
	})))
	return rows
}

// each takes errors that were joined apart.
func each(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) // only what Join made
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, each(e)...)
	}
	return all
}
