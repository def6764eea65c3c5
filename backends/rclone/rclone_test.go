package rclone_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/rclone"
)

// options are those of a folder of a remote that keeps files on this computer.
func options(t testing.TB, dir string) rclone.Options {
	t.Helper()
	servers.Program(t, "rclone", "rclone")
	config := filepath.Join(t.TempDir(), "rclone.conf")
	servers.WriteFile(t, config, fmt.Sprintf("[disk]\ntype = alias\nremote = %s\n", dir), 0o600)
	return rclone.Options{Remote: "disk:back up", Config: config, Create: true, Stall: 30 * time.Second}
}

func open(t testing.TB, dir string) *rclone.Store {
	t.Helper()
	s, err := rclone.Open(t.Context(), options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStore starts the program some hundred times in a soak, where it runs the
// whole suite.
func TestStore(t *testing.T) {
	suite := backendtest.Suite{Slow: true, Open: func(t testing.TB) backends.Store { return open(t, t.TempDir()) }}
	if os.Getenv("VARVE_SOAK") == "" {
		suite.Only = []string{"List", "Delete", "WrongSize", "CancelledPut", "CancelledGet", "Folders"}
	}
	suite.Run(t)
}

// TestParts has what the suite has of sizes and ranges, in fewer calls.
func TestParts(t *testing.T) {
	s := open(t, t.TempDir())
	for name, content := range map[string]string{"empty": "", "-dash": "0123456789", "a b ü'$HOME%20{b}": "0123456789"} {
		if err := s.Put(t.Context(), name, backends.BytesSource(content)); err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct{ off, n int64 }{{0, -1}, {8, 100}, {3, 4}, {10, -1}} {
			want := content[min(int(row.off), len(content)):]
			if row.n >= 0 {
				want = want[:min(int(row.n), len(want))]
			}
			r, err := s.Get(t.Context(), name, row.off, row.n)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err != nil || string(got) != want {
				t.Errorf("%s: %d bytes from %d are %q, want %q, %v", name, row.n, row.off, got, want, err)
			}
		}
	}
	for _, name := range []string{"a\nb", "not\xffutf8", "../x", ""} {
		if err := s.Put(t.Context(), name, backends.BytesSource("x")); !errors.Is(err, backends.ErrInvalidName) {
			t.Errorf("%q: %v, want ErrInvalidName", name, err)
		}
	}
}

func TestOpening(t *testing.T) {
	dir := t.TempDir()
	good := options(t, dir)
	change := func(f func(*rclone.Options)) rclone.Options {
		o := good
		f(&o)
		return o
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		o    rclone.Options
		want error
	}{
		"missing folder": {change(func(o *rclone.Options) { o.Create, o.Remote = false, "disk:missing" }), backends.ErrNotExist},
		"unknown remote": {change(func(o *rclone.Options) { o.Remote = "nobody:x" }), backends.ErrConfig},
		"a file":         {change(func(o *rclone.Options) { o.Remote = "disk:file" }), backends.ErrConfig},
		"a new folder":   {good, nil},
	} {
		_, err := rclone.Open(t.Context(), row.o)
		if !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
		if err != nil {
			backendtest.OneClass(t, err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := rclone.Open(t.Context(), good); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("without the program: %v, want ErrUnsupported", err)
	}
}

func TestAbilities(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if free, total, err := s.Space(t.Context()); err != nil || free <= 0 || total < free {
		t.Errorf("%d of %d are free, %v", free, total, err)
	}
	if err := s.Writable(t.Context()); err != nil {
		t.Error(err)
	}
	old, young := "varve-put-0011223344556677.tmp", "varve-put-1122334455667788.tmp"
	for name, age := range map[string]time.Duration{old: 48 * time.Hour, young: time.Minute} {
		path := filepath.Join(dir, "back up", name)
		servers.WriteFile(t, path, "half", 0o600)
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	for o, err := range s.List(t.Context(), "") {
		t.Errorf("listed %+v, %v", o, err)
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "back up"))
	if err != nil || len(left) != 1 || left[0].Name() != young {
		t.Errorf("left %v, %v", left, err)
	}
}
