package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/varve-backup/varve/backends"
)

func TestRename(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for name, content := range map[string]string{"a": "1", "b": "22", "folder/c": "333"} {
		if err := s.Put(t.Context(), name, backends.BytesSource(content)); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		from, to string
		want     error
	}{
		{"a", "new/folder/a", nil},
		{"b", "folder/c", nil}, // what had the name is gone
		{"a", "b", backends.ErrNotExist},
		{"folder", "b", backends.ErrNotExist},
		{"folder/c", "../x", backends.ErrInvalidName},
	} {
		if err := s.Rename(t.Context(), row.from, row.to); !errors.Is(err, row.want) {
			t.Errorf("%s to %s: %v, want %v", row.from, row.to, err, row.want)
		}
	}
	if got, want := names(t, s), []string{"folder/c 2", "new/folder/a 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := os.RemoveAll(filepath.Join(dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.Rename(t.Context(), "folder/c", "x"); !errors.Is(err, backends.ErrOffline) {
		t.Errorf("the folder is gone: %v", err)
	}
}
