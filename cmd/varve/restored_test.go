package main_test

import (
	"os"
	"strings"
	"testing"
)

// A restore onto what is there takes the rest only, and tells so.
func TestRestoreTellsWhatWasThere(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		target := w.path("back")
		var d struct {
			Version                      reference
			Files, Bytes, Items          int64
			Unchanged, Skipped, Problems int64
		}
		w.document(&d, "restore", w.url(), target)
		if d.Files != 4 || d.Unchanged != 0 || d.Problems != 0 || d.Version.Time.IsZero() || d.Version.ID == "" {
			t.Errorf("the first restore: got %+v", d)
		}
		w.same(w.path("src"), target)
		if err := os.Remove(target + "/same"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target+"/letters/new.txt", []byte("NEW"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.document(&d, "restore", "--force", w.url(), target)
		if d.Files != 2 || d.Bytes != int64(len("same")+len("new")) || d.Unchanged != 2 || d.Problems != 0 {
			t.Errorf("the second restore: got %+v", d)
		}
		w.same(w.path("src"), target)
		r := w.must(w.varve("restore", "--force", w.url(), target))
		if !strings.Contains(r.stdout, "Restored 0 files") || !strings.Contains(r.stdout, "4 files were there already as they should be.") {
			t.Errorf("got %q", r.stdout)
		}
	})
}
