package restorepage

import (
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// basket is what shall come back: items, of one or of several versions each.
type basket map[item]engine.Version

// item is a path of a line, in a version.
type item struct {
	line    int64
	path    string
	version string
}

func itemOf(line int64, path string, v *engine.Version) item { return item{line, path, v.ID} }

// holds tells that an item is ticked, or comes with a folder that is.
func (b basket) holds(r *row) bool {
	if r.source != nil {
		return false
	}
	for i := range b {
		switch {
		case i.line != r.line:
		case i.path == r.path:
			return true
		// What is deleted does not come with its folder, unless the folder is
		// that of a version which held it.
		case strings.HasPrefix(r.path, i.path+"/") && (!r.deleted || i.version == r.last.ID):
			return true
		}
	}
	return false
}

// drop clears an item in all its versions. A folder above it that is ticked is
// cleared too, since it would bring the item along.
func (b basket) drop(line int64, path string) {
	maps.DeleteFunc(b, func(i item, _ engine.Version) bool {
		return i.line == line && (i.path == path || strings.HasPrefix(path, i.path+"/"))
	})
}

// sorted are the items, those of the newest version first.
func (b basket) sorted() []item {
	return slices.SortedFunc(maps.Keys(b), func(x, y item) int {
		if c := b[y].Time.Compare(b[x].Time); c != 0 {
			return c
		}
		if c := strings.Compare(b[x].ID, b[y].ID); c != 0 {
			return c
		}
		return strings.Compare(x.path, y.path)
	})
}

// parts groups what is ticked by version, the newest first.
func (b basket) parts() (parts []Part, names []string) {
	for _, i := range b.sorted() {
		v := b[i]
		if n := len(parts); n == 0 || parts[n-1].Version.ID != v.ID || !parts[n-1].Version.Time.Equal(v.Time) {
			parts = append(parts, Part{Version: v})
		}
		last := &parts[len(parts)-1]
		last.Paths = append(last.Paths, i.path)
		names = append(names, nameOf(i.path))
	}
	return parts, names
}

// tick ticks a row or clears it.
func (f *Finder) tick(r *row, on bool) {
	if on {
		f.basket[itemOf(r.line, r.path, &r.last)] = r.last
	} else {
		f.basket.drop(r.line, r.path)
	}
	f.list.Refresh()
	f.countTicked()
}

// ticked is tick by keyboard.
func (f *Finder) ticked(i int) {
	if r := &f.seen.rows[i]; r.source == nil {
		f.tick(r, !f.basket.holds(r))
	}
}

func (f *Finder) untick() {
	clear(f.basket)
	f.list.Refresh()
	f.countTicked()
}

func (f *Finder) countTicked() {
	n := int64(len(f.basket))
	f.added = f.added && n > 0
	look.Visible(f.foot, n > 0 || len(f.seen.lines) > 0)
	f.restore.Enabled(n > 0)
	look.Visible(f.clear, n > 0)
	look.Visible(f.contents, n > 0)
	f.detail.showBasket()
	// One button leads on: what is ticked goes before what is looked at.
	f.restore.Importance, f.detail.bringBack.Importance = widget.MediumImportance, widget.HighImportance
	if n > 0 {
		f.restore.Importance, f.detail.bringBack.Importance = widget.HighImportance, widget.MediumImportance
	}
	f.detail.bringBack.Refresh()
	if n == 0 {
		f.restore.SetText(lang.T("Restore items"))
		f.count.Set(lang.T("Tick files and folders to bring back several at once."))
		return
	}
	f.restore.SetText(lang.N(n, "Restore %s item…", "Restore %s items…", words.Number(n)))
	f.count.Set(f.tickedWords(n))
}

// tickedWords says how much is ticked, and which versions it comes from.
func (f *Finder) tickedWords(n int64) string {
	parts, _ := f.basket.parts()
	if f.added {
		return lang.N(n, "%s item of %s", "%s items of %s", words.Number(n), words.Count(int64(len(parts)), "version"))
	}
	if len(parts) == 1 {
		return lang.N(n, "%s item ticked, as of %s", "%s items ticked, as of %s", words.Number(n), words.Ago(parts[0].Version.Time, f.Window.Now()))
	}
	return lang.N(n, "%s item ticked, as it was last seen", "%s items ticked, each as it was last seen", words.Number(n))
}

// restoreTicked asks where the ticked items shall go.
func (f *Finder) restoreTicked() {
	if len(f.basket) == 0 {
		return
	}
	parts, names := f.basket.parts()
	inPlace := true
	for i := range f.basket {
		inPlace = inPlace && f.isHome(i.line)
	}
	f.Restore(Request{Parts: parts, Names: names, Chosen: f.added, InPlace: inPlace, From: f.tickedLine()})
}

// tickedLine is the line of all that is ticked, if it is one.
func (f *Finder) tickedLine() (of engine.Line) {
	for i := range f.basket {
		l, _ := lineOf(f.seen.lines, i.line)
		if of.ID != 0 && of.ID != l.ID {
			return engine.Line{}
		}
		of = l
	}
	return of
}

// isHome tells that a line is of the folder that this computer backs up.
func (f *Finder) isHome(line int64) bool {
	l, ok := lineOf(f.seen.lines, line)
	return f.Archive.Root != "" && ok && (len(f.seen.lines) == 1 || isOf(l, f.Archive))
}

// nameOf is the last component of a path.
func nameOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// parentOf is the folder that a path is in.
func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}
