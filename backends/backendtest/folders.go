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
			if err := f.MakeFolder(t.Context(), folder); err != nil {
				t.Fatalf("MakeFolder %q: %v", folder, err)
			}
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
	for range f.Inside(t.Context(), "") {
		break // ending early is allowed
	}
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
		if err := f.MakeFolder(t.Context(), "new/one"); err != nil {
			t.Fatal(err)
		}
	}
	if got := foldersIn(t, f, "new"); !slices.Equal(got, []string{"one"}) {
		t.Errorf("the folders are %q", got)
	}
	put(t, store, "new/one/object", []byte("x"))
	if err := f.MakeFolder(t.Context(), "new/one"); err != nil {
		t.Error(err)
	}
	if got := inside(t, f, "new/one", false); !slices.Equal(got, []string{"object"}) {
		t.Errorf("the files in it are %q", got)
	}
	if got := get(t, store, "new/one/object", 0, -1); string(got) != "x" {
		t.Errorf("what lay in a folder that was made again became %q", got)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, row := range []struct {
		doing string
		err   error
		want  error
	}{
		{"listing a missing folder", listing(t.Context(), f, "none"), backends.ErrNotExist},
		{"listing a file", listing(t.Context(), f, "file"), backends.ErrNotExist},
		{"listing above", listing(t.Context(), f, "../new"), backends.ErrInvalidName},
		{"listing after the end", listing(stopped, f, ""), context.Canceled},
		{"making a file a folder", f.MakeFolder(t.Context(), "file"), backends.ErrInvalidName},
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
