package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/open"
)

// A drive that is not there, or another one at its place, is told from a folder
// that only has to be made.
func TestPresent(t *testing.T) {
	e := New(Config{ArchiveDir: t.TempDir()})
	dir := filepath.Join(t.TempDir(), "new")
	d := Destination{URL: "file://" + dir}
	if there, err := e.Present(t.Context(), d); there || err != nil {
		t.Errorf("a folder to be made: %v, %v", there, err)
	}
	store, err := open.Store(t.Context(), d.URL, e.reach(d, true))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), "something", backends.BytesSource("x")); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if there, err := e.Present(t.Context(), d); !there || err != nil {
		t.Errorf("the drive is there: %v, %v", there, err)
	}
	other := "id: " + strings.Repeat("ab", 16) + "\n"
	if err := os.WriteFile(filepath.Join(dir, ".varve-destination"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	there, err := e.Present(t.Context(), d)
	if x, ok := errors.AsType[*Error](err); !ok || x.Kind != Offline || there {
		t.Errorf("another drive: %v, %v", there, err)
	}
}
