package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/local"
)

func TestStore(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) backends.Store { return open(t, filepath.Join(t.TempDir(), "new", "folder")) })
}

func open(t *testing.T, dir string) *local.Store {
	t.Helper()
	s, err := local.Open(dir, local.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMissingFolders(t *testing.T) {
	for path, want := range map[string]error{
		filepath.Join(t.TempDir(), "nothing"): backends.ErrNotExist,
		"/media/nobody/NO-SUCH-DRIVE/backup":  backends.ErrOffline,
		"/run/media/nobody/NO-SUCH-DRIVE":     backends.ErrOffline,
		"/mnt/no-such-drive/x":                backends.ErrOffline,
	} {
		if _, err := local.Open(path, local.Options{Create: want == backends.ErrOffline}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// A folder that goes away is offline: an empty list would look like an
// archive without versions.
func TestFolderThatGoesAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "drive")
	s := open(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	err := s.Put(t.Context(), "x", backends.BytesSource("x"))
	if !errors.Is(err, backends.ErrOffline) {
		t.Errorf("Put: %v, want ErrOffline", err)
	}
	for _, err := range s.List(t.Context(), "") {
		if !errors.Is(err, backends.ErrOffline) {
			t.Errorf("List: %v, want ErrOffline", err)
		}
	}
}

// What a dead run left is not listed, and goes when it is old.
func TestAbandonedFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for name, age := range map[string]time.Duration{".varve-put-1": 48 * time.Hour, ".varve-put-2": time.Minute} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Put(t.Context(), "x", backends.BytesSource("x")); err != nil {
		t.Fatal(err)
	}
	for o, err := range s.List(t.Context(), "") {
		if o.Name != "x" || err != nil {
			t.Errorf("listed %q, %v", o.Name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files are left, %v", len(entries), err)
	}
}

func TestSpaceAndWritable(t *testing.T) {
	s := open(t, t.TempDir())
	free, total, err := s.Space(t.Context())
	if err != nil || free <= 0 || total < free {
		t.Errorf("%d of %d are free, %v", free, total, err)
	}
	if err := s.Writable(t.Context()); err != nil {
		t.Error(err)
	}
}
