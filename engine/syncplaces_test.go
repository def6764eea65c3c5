package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A mirror into itself would grow, and one over what it is part of would remove
// it.
func TestSyncRefusesOverlaps(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "in", "side")
	err := os.MkdirAll(inside, 0o755)
	if err == nil {
		err = os.Symlink(inside, filepath.Join(dir, "link"))
	}
	if err != nil {
		t.Fatal(err)
	}
	local := func(path string) Destination { return Destination{URL: "file://" + path} }
	at := func(url string) Destination { return Destination{URL: url} }
	elsewhere := Destination{URL: "sftp://h/a", Options: map[string]string{"ssh-options": "-p 2222"}}
	for _, row := range []struct {
		from, to Destination
		refused  bool
	}{
		{local(dir), local(dir), true},
		{at(dir), at(dir + "/"), true},
		{local(dir), local(inside), true},
		{local(inside), local(dir), true},
		{local(filepath.Join(dir, "link")), local(inside), true},
		{local(dir), local(filepath.Join(dir, "link", "new", "folder")), true},
		{at("sftp://me@h/a"), at("sftp://me:secret@H/a/b"), true},
		{at("s3://host/bucket"), at("s3://host/bucket/x"), true},
		{at("s3://host/bucket"), at("s3://host/bucket2"), false},
		{at("sftp://me@h/a"), at("sftp://me@h//a"), false},
		{at("sftp://me@h/a"), at("sftp://you@h/a"), false},
		{at("sftp://h/a"), elsewhere, false},
		{at("sftp://h:2222/a"), at("sftp://h/a"), false},
	} {
		err := apart(row.from, row.to)
		if errors.Is(err, ErrOverlap) != row.refused || !row.refused && err != nil {
			t.Errorf("%s to %s: %v", row.from.URL, row.to.URL, err)
		}
	}
	if err := apart(at("sftp://me:secret@"), at(dir)); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
