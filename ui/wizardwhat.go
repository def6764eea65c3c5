package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/folderform"
	"github.com/varve-backup/varve/ui/foldertree"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/rulesform"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// sourcesForm is what a backup keeps: folders, and rules for what lies in them.
type sourcesForm struct {
	folders *folderform.Form
	rules   *rulesform.Form
}

// newSourcesForm makes both forms; changed is called when a person changed
// something, and counted when more is known of what they hold.
func (u *UI) newSourcesForm(changed, counted func()) *sourcesForm {
	s := &sourcesForm{
		folders: folderform.New(folderform.Config{
			Window: u, Do: u.Do, Disk: u.Computer, Home: u.Computer.Home(), Choose: u.chooseFolder, Changed: changed, Counted: counted,
		}),
		rules: rulesform.New(rulesform.Config{Window: u, Do: u.Do, Backend: u.Session, Changed: changed, Counted: counted}),
	}
	return s
}

// chosen are the folders.
func (s *sourcesForm) chosen() []string {
	folders, _ := s.folders.Chosen()
	return folders
}

// pass tells the rules which folders they are about.
func (s *sourcesForm) pass() {
	folders, otherwise := s.folders.Chosen()
	var exceptions []settings.Rule
	for _, e := range otherwise {
		exceptions = append(exceptions, session.FolderRule(e.Path, e.Kept))
	}
	s.rules.Choose(folders, exceptions)
}

// set shows what a job keeps.
func (s *sourcesForm) set(folders []string, rules []settings.Rule) {
	var otherwise []foldertree.Exception
	for _, r := range rules {
		if session.IsFolderRule(r) {
			otherwise = append(otherwise, foldertree.Exception{Path: r.Pattern, Kept: r.Include})
		}
	}
	s.folders.Set(folders, otherwise)
	s.rules.Set(rules)
}

// total is what a backup takes, as far as it is counted.
func (s *sourcesForm) total() Measure {
	if p, known := s.rules.Kept(); known {
		return Measure{Files: p.Kept.Files, Bytes: p.Kept.Bytes, Done: true}
	}
	return s.folders.Total()
}

// sum says what is kept in a few words, "" for nothing.
func (s *sourcesForm) sum() string {
	var names []string
	for _, f := range s.chosen() {
		names = append(names, words.Printable(places.Tilde(f)))
	}
	const named = 4
	if n := len(names); n > named {
		names = append(names[:named-1], lang.T("%s more folders", words.Number(int64(n-named+1))))
	}
	return words.List(names)
}

func (s *sourcesForm) end() {
	s.folders.End()
	s.rules.End()
}

// what chooses folders.
func (w *wizard) what() fyne.CanvasObject {
	head := look.Stacked(look.Between, look.Subheading(lang.T("Which folders shall be kept?")))
	if origin := w.origin(); origin != nil {
		head.Add(origin)
	} else {
		head.Add(look.Hint(lang.T("What is ticked is kept, with all that is inside and all that will be.")))
	}
	head.Add(look.Gap(1))
	return look.Headed(head, w.sources.folders.Content())
}

// rules chooses what of them is left out.
func (w *wizard) rules() fyne.CanvasObject {
	w.sources.pass()
	w.sources.rules.Count()
	return look.Stacked(look.Between, look.Subheading(lang.T("What of it is not worth keeping?")),
		look.Hint(lang.T("What comes back by itself, or was thrown away, only makes a backup large.")), w.sources.rules.Content())
}

// addUsual begins with sensible answers.
func (w *wizard) addUsual() {
	var usual []string
	w.stop = append(w.stop, w.ui.Work(func(context.Context) error {
		usual = w.ui.Computer.Usual()
		return nil
	}, func(error) {
		if len(w.sources.chosen()) == 0 {
			w.sources.folders.Set(slices.Clone(usual), nil)
		}
	}))
}
