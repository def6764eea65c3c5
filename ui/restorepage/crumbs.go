package restorepage

import (
	"strings"

	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// searchFor searches as letters are typed.
func (f *Finder) searchFor(query string) {
	to := f.want
	to.query = strings.TrimSpace(query)
	if to.query != f.want.query {
		f.look(to)
	}
}

// clearSearch empties the search without searching.
func (f *Finder) clearSearch() {
	f.search.OnChanged = nil
	f.search.SetText("")
	f.search.OnChanged = f.searchFor
}

// showCrumbs shows the way to the folder; every part leads back there. Of a
// search it tells how much was found.
func (f *Finder) showCrumbs() {
	s := &f.seen
	f.showing.SetText(f.shownWords())
	look.Visible(f.showing, s.query == "" && s.line != allLines && len(s.lines) > 0)
	f.crumbs.Objects = nil
	switch {
	case s.query != "":
		f.crumbs.Add(look.InsetXY(look.Within, 0, look.Tag(foundWords(s), look.Quiet)))
	case len(s.lines) == 0:
		f.crumbs.Add(look.InsetXY(look.Within, 0, look.Tag(short(f.Archive.Name, 28), look.Quiet)))
	default:
		f.addCrumbs()
	}
	f.crumbs.Refresh()
}

func foundWords(s *sight) string {
	n := len(s.rows)
	if s.more {
		return lang.N(n, "The first %s item found", "The first %s items found", words.Number(int64(n)))
	}
	return lang.N(n, "%s item found", "%s items found", words.Number(int64(n)))
}

func (f *Finder) addCrumbs() {
	s := &f.seen
	if len(s.lines) > 1 {
		f.crumb(lang.T("All"), spot{line: allLines})
	}
	l, ok := lineOf(s.lines, s.line)
	if !ok {
		return
	}
	f.crumb(rootName(l, f.Archive), spot{line: s.line, at: s.at, deleted: s.deleted})
	if s.folder == "" {
		return
	}
	parts, path := strings.Split(s.folder, "/"), ""
	for i, part := range parts {
		path = strings.TrimPrefix(path+"/"+part, "/")
		to := spot{line: s.line, folder: path, at: s.at, deleted: s.deleted}
		switch skipped := len(parts) - deepCrumbs; {
		case i < skipped-1:
		case i == skipped-1: // deep folders keep their end in sight
			f.crumb("…", to)
		default:
			f.crumb(part, to)
		}
	}
}

// deepCrumbs is how many folders are shown of a way.
const deepCrumbs = 2

// crumb adds a part of the way.
func (f *Finder) crumb(label string, to spot) {
	b := look.NewButton(short(label, 20), func() { f.look(to) })
	b.Importance = widget.LowImportance
	look.AddCrumb(f.crumbs, b)
}

// rootName is how the folder is called that was backed up.
func rootName(l engine.Line, a session.Archive) string {
	switch {
	case l.Root != "":
		return words.Printable(places.Tilde(l.Root))
	case a.Root != "":
		return words.Printable(places.Tilde(a.Root))
	}
	return lang.T("Everything")
}

// shownWords say what of the folder is listed.
func (f *Finder) shownWords() string {
	switch {
	case f.seen.deleted:
		return lang.T("Only what is deleted")
	case f.seen.at.ID == "":
		return lang.T("Everything ever seen")
	}
	return lang.T("As of %s", words.Moment(f.seen.at.Time, f.Window.Now()))
}

// chooseShown offers everything, or the folder as a version holds it.
func (f *Finder) chooseShown() {
	options := []option{{lang.T("Everything ever seen"), lang.T("now and before")}, {lang.T("Only what is deleted"), lang.T("now and before")}}
	chosen := 0
	if f.seen.deleted {
		chosen = 1
	}
	versions := f.seen.versions
	for _, v := range versions {
		options = append(options, option{lang.T("As of %s", words.Ago(v.Time, f.Window.Now())), keptNote(v, f.Window.Now())})
		if v.ID == f.seen.at.ID {
			chosen = len(options) - 1
		}
	}
	f.choose(lang.T("What of the folder to list"), options, chosen, func(i int) {
		to := f.want
		to.at, to.deleted = engine.Version{}, i == 1
		if i > 1 {
			to.at = versions[i-2].Version
		}
		f.look(to)
	})
}
