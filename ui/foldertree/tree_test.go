package foldertree

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
)

// home is a tree with a folder that is open.
func home() *Tree {
	t := New()
	f := t.Add("/home/ada")
	t.Open(f, true)
	t.List(f, []string{"Pictures", "documents", ".cache", "Music"}, nil)
	return t
}

func shown(t *Tree) (rows []string) {
	for _, r := range t.Rows() {
		sign := map[State]string{None: " ", Partly: "-", Whole: "x"}[r.State()]
		name := r.Name()
		if r.More > 0 {
			name = fmt.Sprint(r.More, " more")
		}
		rows = append(rows, fmt.Sprintf("%d%s%s", r.Depth, sign, name))
	}
	return rows
}

func want(t *testing.T, tree *Tree, rows ...string) {
	t.Helper()
	if got := shown(tree); !slices.Equal(got, rows) {
		t.Errorf("got  %q\nwant %q", got, rows)
	}
}

func TestTicks(t *testing.T) {
	tree := home()
	want(t, tree, "0 ada", "1 documents", "1 Music", "1 Pictures")
	pictures := tree.Find("/home/ada/Pictures")
	tree.Toggle(pictures)
	want(t, tree, "0-ada", "1 documents", "1 Music", "1xPictures")
	if !tree.Open(pictures, true) {
		t.Error("a folder that was never listed need not be")
	}
	tree.List(pictures, []string{"Raw", "2025"}, nil)
	tree.Toggle(tree.Find("/home/ada/Pictures/Raw"))
	want(t, tree, "0-ada", "1 documents", "1 Music", "1-Pictures", "2x2025", "2 Raw")
	best := tree.Add("/home/ada/Pictures/Raw/best/of")
	tree.Tick(best, true)
	folders, otherwise := tree.Chosen()
	if !slices.Equal(folders, []string{"/home/ada/Pictures"}) || !slices.Equal(otherwise, []Exception{{"/home/ada/Pictures/Raw", false}, {"/home/ada/Pictures/Raw/best/of", true}}) {
		t.Errorf("got %q and %v", folders, otherwise)
	}
	again := home()
	again.Choose(folders, otherwise)
	if f, o := again.Chosen(); !slices.Equal(f, folders) || !slices.Equal(o, otherwise) {
		t.Errorf("chosen again: %q and %v", f, o)
	}
	tree.Toggle(tree.Find("/home/ada")) // partly: all of it
	want(t, tree, "0xada", "1xdocuments", "1xMusic", "1xPictures", "2x2025", "2xRaw")
	tree.Toggle(tree.Find("/home/ada/.cache"))
	want(t, tree, "0-ada", "1 .cache", "1xdocuments", "1xMusic", "1xPictures", "2x2025", "2xRaw")
	tree.Toggle(tree.Find("/home/ada"))
	tree.Toggle(tree.Find("/home/ada"))
	if folders, otherwise := tree.Chosen(); len(folders)+len(otherwise) > 0 {
		t.Errorf("nothing is chosen, and yet %q and %v", folders, otherwise)
	}
}

func TestHiddenFolders(t *testing.T) {
	tree := home()
	tree.ShowHidden(true)
	want(t, tree, "0 ada", "1 .cache", "1 documents", "1 Music", "1 Pictures")
}

// Another disk stands beside the home, and what holds it takes it in.
func TestOuterFolders(t *testing.T) {
	tree := home()
	tree.Tick(tree.Find("/home/ada/Music"), true)
	tree.Tick(tree.Add("/mnt/lake"), true)
	want(t, tree, "0-ada", "1 documents", "1xMusic", "1 Pictures", "0xlake")
	all := tree.Add("/")
	tree.Open(all, true)
	tree.Open(tree.Find("/home"), true)
	want(t, tree, "0-/", "1-home", "2-ada", "3 documents", "3xMusic", "3 Pictures", "1-mnt")
	tree.Toggle(all)
	if folders, otherwise := tree.Chosen(); !slices.Equal(folders, []string{"/"}) || len(otherwise) > 0 {
		t.Errorf("got %q and %v", folders, otherwise)
	}
}

// A folder of very many is shown in parts, and what is chosen always.
func TestManyFolders(t *testing.T) {
	tree := New()
	f := tree.Add("/many")
	tree.Open(f, true)
	var names []string
	for i := range 100_000 {
		names = append(names, fmt.Sprintf("%06d", i))
	}
	tree.List(f, names, nil)
	tree.Tick(tree.Find("/many/090000"), true)
	if rows := tree.Rows(); len(rows) != 1+firstShown+1+1 || rows[len(rows)-1].More != 100_000-firstShown-1 {
		t.Errorf("%d rows, and %d more", len(rows), rows[len(rows)-1].More)
	}
	tree.ShowMore(f)
	if rows := tree.Rows(); len(rows) != 1+firstShown+moreShown+2 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestCounts(t *testing.T) {
	tree := home()
	pictures := tree.Find("/home/ada/Pictures")
	tree.Tick(pictures, true)
	tree.Tick(tree.Add("/home/ada/Pictures/Raw"), false)
	if tree.Total().Done {
		t.Error("all is counted before anything is")
	}
	for _, r := range tree.Rows() {
		tree.See(r.Folder)
	}
	var order []string
	for f := tree.Next(); f != nil; f = tree.Next() {
		order = append(order, f.Name())
		m := Measure{Files: 10, Bytes: 1000, Done: true}
		switch f.Name() {
		case "Raw":
			m = Measure{Files: 4, Bytes: 300, Unreadable: 1, Paths: []string{"/home/ada/Pictures/Raw/x"}, Done: true}
		case "Pictures":
			m.Unreadable, m.Paths = 3, []string{"/home/ada/Pictures/Raw/x", "/home/ada/Pictures/y"}
		}
		tree.Counted(f, m)
	}
	if want := []string{"Pictures", "Raw", "Music", "documents"}; !slices.Equal(order, want) {
		t.Errorf("counted %q, want %q", order, want)
	}
	if m := tree.Total(); m.Files != 6 || m.Bytes != 700 || !m.Done || m.Unreadable != 2 || !slices.Equal(m.Paths, []string{"/home/ada/Pictures/y"}) {
		t.Errorf("got %+v", m)
	}
}

// What is scrolled past quickly is not all counted: what is in sight goes first.
func TestSeen(t *testing.T) {
	tree := New()
	f := tree.Add("/many")
	var names []string
	for i := range 3 * mostSeen {
		names = append(names, fmt.Sprintf("%06d", i))
	}
	tree.List(f, names, nil)
	for _, n := range names {
		tree.See(tree.Find("/many/" + n))
		tree.See(tree.Find("/many/" + n))
	}
	var counted []string
	for f := tree.Next(); f != nil; f = tree.Next() {
		counted = append(counted, f.Name())
	}
	if len(counted) != mostSeen || counted[0] != names[len(names)-1] {
		t.Errorf("%d are counted, %q first", len(counted), counted[0])
	}
	first := tree.Find("/many/000000")
	tree.See(first)
	if tree.Next() != first {
		t.Error("what comes into sight again is not counted")
	}
}

// What cannot be listed says so, and what vanished goes unless it is chosen.
func TestListing(t *testing.T) {
	tree := home()
	f := tree.Find("/home/ada")
	tree.Tick(tree.Find("/home/ada/Music"), true)
	tree.List(f, nil, fs.ErrPermission)
	want(t, tree, "0-ada", "1xMusic")
	if !errors.Is(f.Err, fs.ErrPermission) || tree.Find("/home/ada/Pictures") != nil {
		t.Error("the folder that cannot be listed does not say so")
	}
}

// However somebody clicks, a state says what is kept, and what is told of the
// choice makes the same one.
func TestChoicesComeBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	names := []string{"a", "b", "c"}
	for range 200 {
		tree := New()
		var paths []string
		for range 12 {
			path := "/"
			for range 1 + random.IntN(4) {
				path = filepath.Join(path, names[random.IntN(3)])
			}
			paths = append(paths, path)
			tree.Toggle(tree.Add(path))
		}
		again := New()
		again.Choose(tree.Chosen())
		for _, p := range paths {
			if a, b := tree.Find(p).takes(), again.Add(p).takes(); a != b {
				t.Fatalf("%s is kept: %v, and then %v", p, a, b)
			}
		}
		for _, f := range tree.known {
			marks := 0
			for _, x := range tree.known {
				if x != f && x.marked && Within(x.Path, f.Path) {
					marks++
				}
			}
			if marks != f.below {
				t.Fatalf("%s counts %d marks inside, and has %d", f.Path, f.below, marks)
			}
		}
	}
}
