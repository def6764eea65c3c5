package open_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/open"
)

func TestStore(t *testing.T) {
	dir := t.TempDir()
	for address, want := range map[string]error{
		dir:                        nil,
		"file://" + dir:            nil,
		"FILE://" + dir:            nil,
		"file://" + dir + "/a%20b": nil,
		dir + "/none":              nil,
		"sftp://host/x":            open.ErrUnsupported,
		"file://":                  backends.ErrInvalidName,
	} {
		s, err := open.Store(t.Context(), address, open.Options{Create: true})
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
		if s != nil {
			s.Close()
		}
	}
	if found, err := filepath.Glob(filepath.Join(dir, "a b")); len(found) != 1 || err != nil {
		t.Errorf("the folder with a space was not made: %v, %v", found, err)
	}
}

func TestDisplayHidesPasswords(t *testing.T) {
	if got := open.Display("sftp://me:secret@host/x"); got != "sftp://me:xxxxx@host/x" {
		t.Errorf("got %q", got)
	}
}
