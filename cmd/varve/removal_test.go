package main_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// duplicity's actions that delete list first, and delete with --force.
func TestRemoveOldVersions(t *testing.T) {
	w := newWorld(t, "--no-encryption")
	w.write("file", noise(1, 1000))
	for i, at := range []string{"1700000000", "1700090000", "1700180000", "1700270000"} {
		kind := "full"
		if i%2 == 1 {
			kind = "incr"
		}
		w.write("more", noise(uint64(i), 1000))
		w.must(w.varve(kind, w.path("src"), w.url(), "--current-time", at))
	}
	files := len(w.glob("*"))
	r := w.must(w.varve("remove-older-than", "1D", w.url()))
	if len(w.glob("*")) != files || !strings.Contains(r.stdout, "--force") || !strings.Contains(r.stdout, "Would remove 2 versions in 6 files") ||
		!strings.Contains(r.stdout, "newest chain") {
		t.Errorf("without --force: %s", r.stdout)
	}
	if r := w.must(w.varve("remove-older-than", "1D", w.url(), "--force", "--dry-run")); len(w.glob("*")) != files || strings.Contains(r.stdout, "--force") {
		t.Errorf("with --dry-run: %s", r.stdout)
	}
	if r := w.must(w.varve("remove-all-but-n-full", "2", w.url(), "--force")); len(w.glob("*")) != files || !strings.Contains(r.stdout, "nothing is deleted") {
		t.Errorf("with nothing to delete: %s", r.stdout)
	}
	r = w.must(w.varve("remove-all-inc-of-but-n-full", "1", w.url(), "--force"))
	if len(w.glob("*")) != files-3 || !strings.Contains(r.stdout, "Removed 1 version in 3 files") {
		t.Errorf("incrementals: %s", r.stdout)
	}
	var gone struct {
		Deleted        bool
		Removed, Files []string
	}
	w.document(&gone, "remove-all-but-n-full", "1", w.url(), "--force")
	if !gone.Deleted || len(gone.Files) != 3 || len(gone.Removed) != 1 || gone.Removed[0] != "20231114T221320Z" {
		t.Errorf("got %+v", gone)
	}
	w.must(w.run("sh", "-c", "rm "+w.path("repo")+"/duplicity-inc.*.manifest"))
	r = w.must(w.varve("cleanup", w.url()))
	if !strings.Contains(r.stdout, "duplicity-inc.") || len(w.glob("duplicity-inc.*")) != 1 {
		t.Errorf("cleanup lists %s", r.stdout)
	}
	w.must(w.varve("cleanup", "--force", w.url()))
	if left := w.glob("duplicity-inc.*"); len(left) > 0 {
		t.Errorf("cleanup leaves %q", left)
	}
	w.must(w.duplicity("verify", w.url(), w.path("src"), "--exclude", "**"))
	w.removalRefuses()
}

// removalRefuses checks what is wrong with these actions.
func (w *world) removalRefuses() {
	w.t.Helper()
	if r := w.varve("cleanup", "--force", "file://"+w.path("nowhere")); r.code != 52 || strings.Count(r.stderr, "\n") != 1 {
		w.t.Errorf("a missing destination: %d %s", r.code, r.stderr)
	}
	w.keys = nil
	w.must(w.varve("--format", "restic", w.path("src"), "file://"+w.path("other")))
	if r := w.varve("cleanup", "file://"+w.path("other")); r.code != 15 || !strings.Contains(r.stderr, "forget") || strings.Count(r.stderr, "\n") != 1 {
		w.t.Errorf("a deduplicated archive: %d %s", r.code, r.stderr)
	}
}

// A run that was interrupted is listed by cleanup, which drops it only when it
// is forced; duplicity drops it in any case.
func TestCleanupDropsAnInterruptedRun(t *testing.T) {
	w := newWorld(t)
	w.write("a", noise(1, 100_000))
	w.must(w.varve(w.path("src"), w.url()))
	w.write("zz-later.bin", noise(5, 12<<20))
	cmd := w.start(binary, "full", w.path("src"), w.url(), "--volsize", "1", "--archive-dir", w.path("ours"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.awaitVolumes(4)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()         // killed, or done in time
	before := len(w.glob("*"))
	r := w.must(w.varve("cleanup", w.url(), "--json"))
	var listed struct{ Files []string }
	if err := json.Unmarshal([]byte(r.stdout), &listed); err != nil || len(listed.Files) < 3 || len(w.glob("*")) != before || len(w.leftovers()) == 0 {
		t.Fatalf("cleanup lists %s, %v", r.stdout, err)
	}
	w.must(w.varve("cleanup", w.url(), "--force"))
	if n := len(w.glob("*")); n != before-len(listed.Files) {
		t.Errorf("%d files are left of %d", n, before)
	}
	if left := w.leftovers(); len(left) > 0 {
		t.Errorf("the archive directory still holds %q", left)
	}
	w.must(w.varve("restore", w.url(), w.path("back")))
}
