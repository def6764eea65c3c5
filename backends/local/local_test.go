package local_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/local"
)

func TestStore(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) backends.Store { return open(t, filepath.Join(t.TempDir(), "new", "folder")) })
}

func open(t testing.TB, dir string) *local.Store {
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
		if _, err := local.Open(path, local.Options{Create: errors.Is(want, backends.ErrOffline)}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// A folder that goes away is offline: an empty list would look like an
// archive without versions, and a Put must not make it again.
func TestFolderThatGoesAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "drive", "backup")
	s := open(t, dir)
	if err := os.RemoveAll(filepath.Dir(dir)); err != nil {
		t.Fatal(err)
	}
	list := func() (err error) {
		for _, err = range s.List(t.Context(), "") {
		}
		return err
	}
	_, gerr := s.Get(t.Context(), "x", 0, -1)
	_, serr := s.Stat(t.Context(), "x")
	for call, err := range map[string]error{
		"Put":        s.Put(t.Context(), "x", backends.BytesSource("x")),
		"nested Put": s.Put(t.Context(), "a/b/x", backends.BytesSource("x")),
		"Delete":     s.Delete(t.Context(), "x"), "List": list(), "Get": gerr, "Stat": serr,
		"Writable": s.Writable(t.Context()),
	} {
		if !errors.Is(err, backends.ErrOffline) {
			t.Errorf("%s: %v, want ErrOffline", call, err)
		}
	}
	if _, err := os.Lstat(filepath.Dir(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder came back: %v", err)
	}
}

// People keep backups behind links: to the folder, and to single files.
func TestLinks(t *testing.T) {
	dir, away := t.TempDir(), t.TempDir()
	for link, to := range map[string]string{"folder": away, "nowhere": filepath.Join(dir, "missing")} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, filepath.Join(dir, "folder"))
	if err := s.Put(t.Context(), "x", backends.BytesSource("123")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("x", filepath.Join(away, "y")); err != nil {
		t.Fatal(err)
	}
	got := names(t, s)
	if want := []string{"x 3", "y 3"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, path := range []string{"nowhere", "nowhere/deeper"} {
		_, err := local.Open(filepath.Join(dir, path), local.Options{Create: true})
		if !errors.Is(err, backends.ErrOffline) {
			t.Errorf("%s: %v, want ErrOffline", path, err)
		}
	}
}

// The root of an ext4 drive has a lost+found that only root may read.
func TestUnreadableFolderBelow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, name := range []string{"x", "lost+found/y"} {
		if err := s.Put(t.Context(), name, backends.BytesSource("1")); err != nil {
			t.Fatal(err)
		}
	}
	closed := filepath.Join(dir, "lost+found")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o700) }) // for TempDir's sake
	if os.Geteuid() == 0 {
		if got := names(t, s); len(got) != 2 {
			t.Errorf("root reads everything, but got %q", got)
		}
		return
	}
	if got := names(t, s); !slices.Equal(got, []string{"x 1"}) {
		t.Errorf("got %q", got)
	}
	for _, err := range s.List(t.Context(), "lost+found/") {
		if !errors.Is(err, backends.ErrPermission) {
			t.Errorf("asked for by name: %v, want ErrPermission", err)
		}
	}
}

func names(t *testing.T, s backends.Store) (all []string) {
	t.Helper()
	for o, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(o.Name, " ", o.Size))
	}
	slices.Sort(all)
	return all
}

// What is wrong with a source is not told as if the destination were at fault.
func TestSourceErrorsAreNotTheDestinations(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	err := s.Put(t.Context(), "x", backends.FileSource{Path: filepath.Join(t.TempDir(), "gone"), Bytes: 3})
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, backends.ErrNotExist) || errors.Is(err, backends.ErrOffline) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFoldersAreNoObjects(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); err != nil {
		t.Errorf("the folder was deleted: %v", err)
	}
	if _, err := s.Get(t.Context(), "a", 0, -1); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("Get: %v, want ErrNotExist", err)
	}
	if err := s.Put(t.Context(), "a", backends.BytesSource("x")); !errors.Is(err, backends.ErrInvalidName) {
		t.Errorf("Put: %v, want ErrInvalidName", err)
	}
}

// A read-only folder refuses; root writes there all the same.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	var want error
	if os.Geteuid() != 0 {
		want = backends.ErrPermission
	}
	for call, err := range map[string]error{
		"Writable": s.Writable(t.Context()), "Put": s.Put(t.Context(), "x", backends.BytesSource("x")),
	} {
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", call, err, want)
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
