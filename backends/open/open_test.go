package open_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/open"
)

func TestStore(t *testing.T) {
	dir := t.TempDir()
	for address, want := range map[string]error{
		dir:                                 nil,
		"file://" + dir:                     nil,
		"FILE://" + dir:                     nil,
		"file://" + dir + "/a%20b":          nil,
		"file://" + dir + "/50%/%41%zz?c#d": nil,
		dir + "/none":                       nil,
		"sftp://host/x":                     open.ErrUnsupported,
		"file://":                           backends.ErrInvalidName,
	} {
		s, err := open.Store(t.Context(), address, open.Options{Create: true})
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
		if s != nil {
			s.Close()
		}
	}
	for _, name := range []string{"a b", "50%/A%zz?c#d"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.IsDir() {
			t.Errorf("folder %q was not made: %v", name, err)
		}
	}
	if _, err := open.Store(t.Context(), "file://"+dir+"/missing", open.Options{}); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("without Create: %v, want ErrNotExist", err)
	}
}

// Two slashes and a name are a path from here, as duplicity has it.
func TestRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, address := range []string{"file://a/b", "c"} {
		s, err := open.Store(t.Context(), address, open.Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	for _, path := range []string{"a/b", "c"} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestIsURL(t *testing.T) {
	for address, want := range map[string]bool{
		"file:///x": true, "s3+http://b": true, "/a://b": false, "a/b": false, "://x": false, "host:x": false,
	} {
		if got := open.IsURL(address); got != want {
			t.Errorf("%s: got %v, want %v", address, got, want)
		}
	}
}

func TestDisplayHidesPasswords(t *testing.T) {
	for address, want := range map[string]string{
		"sftp://me:secret@host/x":      "sftp://me:xxxxx@host/x",
		"sftp://me:se%zzcret@host/x":   "sftp://me:xxxxx@host/x",
		"sftp://me:se/cr:et@host/x":    "sftp://me:xxxxx@host/x",
		"sftp://me:s@cret@host/x":      "sftp://me:xxxxx@host/x",
		"sftp://me:12#cret@host/x":     "sftp://me:xxxxx@host/x",
		"sftp://me@host/x":             "sftp://me@host/x",
		"sftp://host:22/mail@home":     "sftp://host:22/mail@home",
		"file:///mail:old@home%20here": "file:///mail:old@home%20here",
		"/plain:path@home":             "/plain:path@home",
	} {
		if got := open.Display(address); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

// The wrapping keeps what a folder can.
func TestAbilities(t *testing.T) {
	s, err := open.Store(t.Context(), t.TempDir(), open.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Put(t.Context(), "x", backends.BytesSource("123")); err != nil {
		t.Fatal(err)
	}
	f, err := s.(backends.Opener).OpenFile(t.Context(), "x")
	if err != nil || f.Size() != 3 {
		t.Fatalf("got %v, %v", f, err)
	}
	f.Close()
	if free, _, err := s.(backends.Spacer).Space(t.Context()); free <= 0 || err != nil {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if err := s.(backends.Prober).Writable(t.Context()); err != nil {
		t.Error(err)
	}
}
