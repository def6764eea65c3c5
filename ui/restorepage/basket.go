package restorepage

import (
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// basket is what is ticked: which version of which item.
type basket map[item]engine.Version

// item is a path of a line.
type item struct {
	line int64
	path string
}

// holds tells that an item is ticked, or comes with a folder that is.
func (b basket) holds(r *row) bool {
	if r.source != nil {
		return false
	}
	if _, ok := b[item{r.line, r.path}]; ok {
		return true
	}
	v, ok := b.above(r.line, r.path)
	// What is deleted does not come with its folder, unless the folder is that
	// of a version which held it.
	return ok && (!r.deleted || v.ID == r.last.ID)
}

// above is the version of the nearest folder above a path that is ticked.
func (b basket) above(line int64, path string) (engine.Version, bool) {
	for path = parentOf(path); path != ""; path = parentOf(path) {
		if v, ok := b[item{line, path}]; ok {
			return v, true
		}
	}
	return engine.Version{}, false
}

// drop clears an item. A folder above it that is ticked is cleared too, since
// it would bring the item along.
func (b basket) drop(line int64, path string) {
	for ; path != ""; path = parentOf(path) {
		delete(b, item{line, path})
	}
}

// parts groups what is ticked by version, the newest first.
func (b basket) parts() (parts []Part, names []string) {
	items := slices.SortedFunc(maps.Keys(b), func(x, y item) int {
		if c := b[y].Time.Compare(b[x].Time); c != 0 {
			return c
		}
		if c := strings.Compare(b[x].ID, b[y].ID); c != 0 {
			return c
		}
		return strings.Compare(x.path, y.path)
	})
	for _, i := range items {
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
		f.basket[item{r.line, r.path}] = r.last
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
	look.Visible(f.foot, n > 0 || len(f.seen.lines) > 0)
	f.restore.Enabled(n > 0)
	look.Visible(f.clear, n > 0)
	// One button leads on: what is ticked goes before what is looked at.
	f.restore.Importance, f.detail.bringBack.Importance = widget.MediumImportance, widget.HighImportance
	if n > 0 {
		f.restore.Importance, f.detail.bringBack.Importance = widget.HighImportance, widget.MediumImportance
	}
	f.detail.bringBack.Refresh()
	if n == 0 {
		f.restore.SetText("Restore items")
		f.count.Set("Tick files and folders to bring back several at once.")
		return
	}
	f.restore.SetText("Restore " + words.Count(n, "item") + "…")
	f.count.Set(words.Count(n, "item") + " ticked, " + f.tickedMoments())
}

// tickedMoments says which versions the ticked items come from.
func (f *Finder) tickedMoments() string {
	parts, _ := f.basket.parts()
	if len(parts) == 1 {
		return "as of " + words.Ago(parts[0].Version.Time, f.Window.Now())
	}
	return "each as it was last seen"
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
	f.Restore(Request{Parts: parts, Names: names, InPlace: inPlace})
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
