// Package foldertree is which folders of a computer are chosen: a tree whose
// ticks reach down to everything below, as far as it is not chosen otherwise.
// Folders are listed and counted by others, and only as far as somebody looks.
// Start with New; Rows is what a page shows. It is not for several goroutines.
package foldertree

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
)

// State is how much of a folder is chosen.
type State uint8

// The states.
const (
	None State = iota
	Partly
	Whole
)

// Measure is what a folder holds.
type Measure struct {
	Files, Bytes int64
	// Unreadable counts folders and files that cannot be read, and Paths are the
	// first of them.
	Unreadable int64
	Paths      []string
	Done       bool
}

// Folder is one of the tree.
type Folder struct {
	Path string
	// Err is why it cannot be listed.
	Err error
	// Measure is as far as it was counted.
	Measure Measure

	parent *Folder
	inner  []*Folder // by name
	// marked folders say for themselves whether they are chosen; others do as
	// those above them. A mark never says what holds without it.
	marked, chosen bool
	below          int // how many inside are marked
	open, listed   bool
	limit          int // how many of inner are shown
	counting       bool
	seen           bool // it is one of Tree.seen
}

// Name is what a row calls it.
func (f *Folder) Name() string { return filepath.Base(f.Path) }

// IsOpen tells whether what is inside is shown.
func (f *Folder) IsOpen() bool { return f.open }

// Empty tells that nothing is inside that could be chosen on its own.
func (f *Folder) Empty() bool { return f.listed && len(f.inner) == 0 }

// Parent is the folder that holds it, nil for an outermost one.
func (f *Folder) Parent() *Folder { return f.parent }

// Hidden tells that it is not shown to people who do not ask for such folders.
func (f *Folder) Hidden() bool { return f.parent != nil && strings.HasPrefix(f.Name(), ".") }

// takes tells that the folder is chosen, but for what is marked inside.
func (f *Folder) takes() bool {
	for ; f != nil; f = f.parent {
		if f.marked {
			return f.chosen
		}
	}
	return false
}

// State tells how much of it is chosen.
func (f *Folder) State() State {
	switch {
	case f.below > 0:
		return Partly
	case f.takes():
		return Whole
	}
	return None
}

// Tree is the folders that were met so far.
type Tree struct {
	outer  []*Folder // in the order in which they came
	known  map[string]*Folder
	hidden bool
	seen   []*Folder // in sight and not counted, the newest last
}

// New makes a tree without folders.
func New() *Tree { return &Tree{known: map[string]*Folder{}} }

// Outer are the outermost folders.
func (t *Tree) Outer() []*Folder { return t.outer }

// Find returns a folder that was met, or nil.
func (t *Tree) Find(path string) *Folder { return t.known[filepath.Clean(path)] }

// Add returns a folder, and takes it in if it was not met yet: below the one
// that holds it, or as an outermost one, with those below it that were. Paths
// are absolute.
func (t *Tree) Add(path string) *Folder {
	path = filepath.Clean(path)
	if f := t.known[path]; f != nil {
		return f
	}
	f := &Folder{Path: path, limit: firstShown}
	if t.holds(path) {
		f.parent = t.Add(filepath.Dir(path))
		f.parent.put(f)
		t.known[path] = f
		return f
	}
	t.known[path] = f
	inside := slices.Clone(t.outer)
	t.outer = append(slices.DeleteFunc(t.outer, func(o *Folder) bool { return Within(o.Path, path) }), f)
	for _, o := range inside {
		if Within(o.Path, path) {
			o.parent = t.Add(filepath.Dir(o.Path))
			o.parent.put(o)
			t.count(o.parent, o.below)
			if o.marked {
				t.count(o.parent, 1)
			}
		}
	}
	return f
}

// holds tells that a folder was met which a path lies in.
func (t *Tree) holds(path string) bool {
	for outer := filepath.Dir(path); outer != path; path, outer = outer, filepath.Dir(outer) {
		if t.known[outer] != nil {
			return true
		}
	}
	return false
}

// put sorts a folder in.
func (f *Folder) put(inner *Folder) {
	i, _ := slices.BinarySearchFunc(f.inner, inner, byName)
	f.inner = slices.Insert(f.inner, i, inner)
}

// byName orders folders as people do: letters of both cases together.
func byName(a, b *Folder) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a.Name()), strings.ToLower(b.Name())), cmp.Compare(a.Name(), b.Name()))
}

// Within tells that a path is a folder or lies in it.
func Within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// Tick chooses a folder with all that is inside, or leaves all of it out.
func (t *Tree) Tick(f *Folder, on bool) {
	t.unmark(f)
	if f.takes() != on {
		f.marked, f.chosen = true, on
		t.count(f.parent, 1)
	}
}

// Toggle chooses what is not whole, and leaves out what is.
func (t *Tree) Toggle(f *Folder) { t.Tick(f, f.State() != Whole) }

// unmark has a folder and all inside do as those above.
func (t *Tree) unmark(f *Folder) {
	if f.marked {
		f.marked = false
		t.count(f.parent, -1)
	}
	for _, inner := range f.inner {
		if inner.marked || inner.below > 0 {
			t.unmark(inner)
		}
	}
}

// count keeps the number of marks inside right, from a folder up.
func (t *Tree) count(f *Folder, by int) {
	for ; f != nil; f = f.parent {
		f.below += by
	}
}

// Chosen are the folders to keep, and in them those that are left out, with
// those below these that are kept all the same.
func (t *Tree) Chosen() (folders []string, otherwise []Exception) {
	t.eachMark(func(f *Folder) {
		if f.chosen && !f.parent.takes() && !above(f) {
			folders = append(folders, f.Path)
		} else {
			otherwise = append(otherwise, Exception{f.Path, f.chosen})
		}
	})
	return folders, otherwise
}

// above tells that some folder above is chosen.
func above(f *Folder) bool {
	for f = f.parent; f != nil; f = f.parent {
		if f.marked && f.chosen {
			return true
		}
	}
	return false
}

// Exception is a folder inside a chosen one that is left out, or one inside that
// is kept all the same.
type Exception struct {
	Path string
	Kept bool
}

// Choose chooses what Chosen told, in place of what is chosen.
func (t *Tree) Choose(folders []string, otherwise []Exception) {
	for _, f := range t.outer {
		t.Tick(f, false)
	}
	for _, path := range folders {
		t.Tick(t.Add(path), true)
	}
	sorted := slices.SortedFunc(slices.Values(otherwise), func(a, b Exception) int { return cmp.Compare(len(a.Path), len(b.Path)) })
	for _, e := range sorted {
		t.Tick(t.Add(e.Path), e.Kept)
	}
}

// eachMark visits the marked folders, outer ones first.
func (t *Tree) eachMark(visit func(f *Folder)) {
	var walk func(f *Folder)
	walk = func(f *Folder) {
		if f.marked {
			visit(f)
		}
		if f.below == 0 {
			return
		}
		for _, inner := range f.inner {
			walk(inner)
		}
	}
	for _, f := range t.outer {
		walk(f)
	}
}

// List tells a folder what it holds, or why that cannot be told. What is marked
// stays, whether it is there or not.
func (t *Tree) List(f *Folder, names []string, err error) {
	f.Err, f.listed = err, true
	there := map[string]bool{}
	for _, n := range names {
		there[filepath.Join(f.Path, n)] = true
	}
	f.inner = slices.DeleteFunc(f.inner, func(i *Folder) bool {
		gone := !there[i.Path] && !i.marked && i.below == 0
		if gone {
			t.drop(i)
		}
		return gone
	})
	for _, n := range names {
		path := filepath.Join(f.Path, n)
		if t.known[path] == nil {
			inner := &Folder{Path: path, parent: f, limit: firstShown}
			t.known[path] = inner
			f.inner = append(f.inner, inner)
		}
	}
	slices.SortFunc(f.inner, byName)
}

// drop forgets a folder with all inside.
func (t *Tree) drop(f *Folder) {
	delete(t.known, f.Path)
	for _, i := range f.inner {
		t.drop(i)
	}
}

// Open shows what is inside, or hides it. It reports whether the folder must be
// listed for that.
func (t *Tree) Open(f *Folder, open bool) (list bool) {
	f.open = open
	return open && !f.listed
}

// ShowHidden shows hidden folders, or hides those that are not chosen otherwise
// than what they lie in.
func (t *Tree) ShowHidden(on bool) { t.hidden = on }

// ShowsHidden tells whether hidden folders are shown.
func (t *Tree) ShowsHidden() bool { return t.hidden }
