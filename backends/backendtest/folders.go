package backendtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// folderNames makes folders with odd names, one in the other, and lists them.
func (s Suite) folderNames(t *testing.T, store backends.Store) {
	f, ok := backends.As[backends.Foldered](store)
	if !ok {
		return // allowed: nobody offers to look through it
	}
	want := []string{"a b", "ü", "日本", "%20", "a+b", "#1", "it's", `"x"`, "a&b=c;d", "~", "-dash", "[a]"}
	if s.Slow {
		want = want[:3]
	}
	put(t, store, "file", []byte("no folder"))
	for _, name := range want {
		for _, folder := range []string{name, name + "/" + name} {
			madeWith(t, store, f, folder)
		}
	}
	slices.Sort(want)
	if got := foldersIn(t, f, ""); !slices.Equal(got, want) {
		t.Errorf("the folders are %q, want %q", got, want)
	}
	for _, name := range want {
		if got := foldersIn(t, f, name); !slices.Equal(got, []string{name}) {
			t.Errorf("the folders in %q are %q", name, got)
		}
		if got := foldersIn(t, f, name+"/"+name); len(got) > 0 {
			t.Errorf("the folders in %q are %q, want none", name+"/"+name, got)
		}
	}
	for _, err := range f.Inside(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
		break // ending early is allowed
	}
}

// madeWith makes a folder: an empty one, or one that is there by what lies in it.
func madeWith(t *testing.T, store backends.Store, f backends.Foldered, folder string) {
	t.Helper()
	err := f.MakeFolder(t.Context(), folder)
	if backends.MakingIn(f, "") != backends.MadeByContent {
		if err != nil {
			t.Fatalf("MakeFolder %q: %v", folder, err)
		}
		return
	}
	if !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("MakeFolder %q, where there is nothing to make: %v", folder, err)
	}
	put(t, store, folder+"/object", []byte("x"))
}

func foldersIn(t *testing.T, f backends.Foldered, folder string) (names []string) {
	t.Helper()
	return inside(t, f, folder, true)
}

// inside names the folders in a folder, or the files.
func inside(t *testing.T, f backends.Foldered, folder string, folders bool) (names []string) {
	t.Helper()
	for item, err := range f.Inside(t.Context(), folder) {
		if err != nil {
			t.Fatalf("Inside %q: %v", folder, err)
		}
		if item.Folder == folders {
			names = append(names, item.Name)
		}
	}
	slices.Sort(names)
	return names
}

// makeFolder makes a folder twice, with what it lies in, and tests what is
// refused.
func makeFolder(t *testing.T, store backends.Store) {
	f, ok := backends.As[backends.Foldered](store)
	if !ok {
		return // allowed: nobody offers to look through it
	}
	put(t, store, "file", []byte("no folder"))
	for range 2 {
		madeWith(t, store, f, "new/one")
	}
	if got := foldersIn(t, f, "new"); !slices.Equal(got, []string{"one"}) {
		t.Errorf("the folders are %q", got)
	}
	put(t, store, "new/one/object", []byte("x"))
	madeWith(t, store, f, "new/one")
	if got := inside(t, f, "new/one", false); !slices.Equal(got, []string{"object"}) {
		t.Errorf("the files in it are %q", got)
	}
	if got := get(t, store, "new/one/object", 0, -1); string(got) != "x" {
		t.Errorf("what lay in a folder that was made again became %q", got)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	none, invalid := backends.ErrNotExist, backends.ErrInvalidName
	if backends.MakingIn(f, "") == backends.MadeByContent {
		none, invalid = nil, backends.ErrUnsupported
	}
	for _, row := range []struct {
		doing string
		err   error
		want  error
	}{
		{"listing a missing folder", listing(t.Context(), f, "none"), none},
		{"listing a file", listing(t.Context(), f, "file"), none},
		{"listing above", listing(t.Context(), f, "../new"), backends.ErrInvalidName},
		{"listing after the end", listing(stopped, f, ""), context.Canceled},
		{"making a file a folder", f.MakeFolder(t.Context(), "file"), invalid},
		{"making one above", f.MakeFolder(t.Context(), "../above"), backends.ErrInvalidName},
		{"making none", f.MakeFolder(t.Context(), ""), backends.ErrInvalidName},
		{"making one after the end", f.MakeFolder(stopped, "late"), context.Canceled},
	} {
		if !errors.Is(row.err, row.want) {
			t.Errorf("%s: %v, want %v", row.doing, row.err, row.want)
		}
	}
}

func listing(ctx context.Context, f backends.Foldered, folder string) error {
	for _, err := range f.Inside(ctx, folder) {
		if err != nil {
			return err
		}
	}
	return nil
}
