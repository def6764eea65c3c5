package session

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/varve-backup/varve/ui/lang"
)

const (
	// languageName is the choice of the language, a tag as "de".
	languageName = "language"
	// languageFolder holds catalogues that a person added, below the data folder.
	languageFolder = "languages"
)

// Languages are those that the program can speak.
type Languages struct {
	// Offered are all of them, by their names.
	Offered []*lang.Language
	// Chosen is the tag of the one that was chosen, "" for the system's.
	Chosen string
	// Folder is where files with more of them belong. It need not be there.
	Folder string
	// Broken says which of those files cannot be used, and why; nil is none.
	Broken error
}

// Languages returns what can be spoken. An error is one of reading the choice:
// the others are offered all the same.
func (s *Session) Languages(ctx context.Context) (Languages, error) {
	l := Languages{Folder: filepath.Join(s.config.DataDir, languageFolder)}
	ours, err := lang.Shipped()
	if err != nil {
		return l, err
	}
	theirs, broken := lang.Added(l.Folder)
	l.Offered, l.Broken = lang.Merge(append(ours, lang.English()), theirs), broken
	l.Chosen, err = s.store.Preference(ctx, languageName)
	return l, err
}

// now is the language that is to be spoken: the system's too where the one that
// was chosen is gone.
func (l *Languages) now() *lang.Language {
	tag := l.Chosen
	if !slices.ContainsFunc(l.Offered, func(o *lang.Language) bool { return o.Tag == tag }) {
		tag = lang.Choose(l.Offered, lang.Wishes()...).Tag
	}
	if i := slices.IndexFunc(l.Offered, func(o *lang.Language) bool { return o.Tag == tag }); i >= 0 {
		return l.Offered[i]
	}
	return lang.English()
}

// Speak has the whole program speak the language that was chosen. What cannot
// be read is as if nothing had been chosen.
func (s *Session) Speak(ctx context.Context) {
	l, _ := s.Languages(ctx) // the page with the choice tells it
	lang.Use(l.now())
}

// SetLanguage chooses a language by its tag, "" for the system's, and speaks it
// from now on.
func (s *Session) SetLanguage(ctx context.Context, tag string) error {
	if err := s.store.SetPreference(ctx, languageName, tag); err != nil {
		return err
	}
	s.Speak(ctx)
	s.changed()
	return nil
}
