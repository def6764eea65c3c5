package main_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
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

// A restore that is killed at any moment harms nothing that was there, and the
// next takes the rest and leaves nothing of it behind.
func TestRestoreKilledAtAnyMoment(t *testing.T) {
	w := newWorld(t)
	args, whole := w.restoredOnce(12 << 20)
	for range rounds(t, 3) {
		// Some files are gone, and one is another.
		for i := range 100 {
			if err := os.Remove(w.path(fmt.Sprintf("back/small/%03d", 2*i))); err != nil {
				t.Fatal(err)
			}
		}
		before := noise(3, 12<<20)
		if err := os.WriteFile(w.path("back/image"), before, 0o600); err != nil {
			t.Fatal(err)
		}
		w.killed(time.Duration(rand.Int64N(int64(whole))), args...)
		if now, err := os.ReadFile(w.path("back/image")); err != nil || !bytes.Equal(now, before) && !bytes.Equal(now, noise(1, 12<<20)) {
			t.Errorf("a file is neither what it was nor what it should be: %v", err)
		}
		w.must(w.run(binary, args...))
		w.same(w.path("src"), w.path("back"))
	}
}
