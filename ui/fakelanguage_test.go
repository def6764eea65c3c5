package ui

import (
	"context"
	"testing"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
)

// fakeLanguage is the choice of a language in memory.
type fakeLanguage struct {
	language string
	offered  []*lang.Language // besides those that the program brings
	broken   error
}

func (f *fake) Languages(ctx context.Context) (session.Languages, error) {
	f.awaitDisk(ctx)
	ours, err := lang.Shipped()
	return session.Languages{
		Offered: lang.Merge(append(ours, lang.English()), f.offered), Chosen: f.language, Folder: "/home/ada/.local/share/varve/languages", Broken: f.broken,
	}, err
}

func (f *fake) SetLanguage(ctx context.Context, tag string) error {
	if f.refuses != nil {
		return f.refuses
	}
	f.language = tag
	l, err := f.Languages(ctx)
	lang.Use(lang.Choose(l.Offered, tag))
	return err
}

// german has the window speak German until the test ends.
func (s *stage) german() {
	s.t.Cleanup(func() { lang.Use(lang.English()) })
	if err := s.f.SetLanguage(s.t.Context(), "de"); err != nil {
		s.t.Fatal(err)
	}
	s.u.respeak()
	s.settle()
}

// speaks has the program speak English again when the test ends.
func speaks(t *testing.T) { t.Cleanup(func() { lang.Use(lang.English()) }) }
