package main_test

import (
	"strings"
	"testing"
	"time"
)

// A version is pinned, listed so, kept by every action that removes, and let go
// of; the programs whose format it is read, check and remove as before.
func TestPinDeduplicated(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.write("file", noise(uint64(i), 1000))
		w.must(w.varve("--format", "restic", w.path("src"), w.url()))
	}
	oldest := w.ids()[2]
	r := w.must(w.varve("pin", w.url(), oldest[:8], "--reason", "Tax, 2025", "--until", "1Y"))
	day := time.Now().UTC().AddDate(0, 0, 365).Format(time.DateOnly)
	if !strings.Contains(r.stdout, "stays until the end of "+day) || !strings.Contains(r.stdout, w.path("src")) {
		t.Errorf("pin says %q", r.stdout)
	}
	var listed struct {
		Snapshots []struct {
			ID  string
			Pin *struct{ Reason, Until string }
		}
	}
	w.document(&listed, "snapshots", w.url())
	if p := listed.Snapshots[2].Pin; p == nil || p.Reason != "Tax, 2025" || p.Until != day || listed.Snapshots[0].Pin != nil {
		t.Fatalf("listed are %+v", listed)
	}
	for _, action := range []string{"snapshots", "collection-status"} {
		if r := w.must(w.varve(action, w.url())); strings.Count(r.stdout, "pinned until "+day+": Tax, 2025") != 1 {
			t.Errorf("%s says %q", action, r.stdout)
		}
	}
	if r := w.varve("forget", w.url(), listed.Snapshots[2].ID[:8]); r.code == 0 || !strings.Contains(r.stderr, "pinned") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("forget by name: %d %q", r.code, r.stderr)
	}
	if r := w.must(w.varve("retention", "plan", "keep-versions=1", w.url())); !strings.Contains(r.stdout, "pinned: Tax, 2025, until") {
		t.Errorf("plan says %q", r.stdout)
	}
	w.must(w.restic("forget", "--keep-last", "2", "--keep-tag", "pin", "--group-by", "host,paths"))
	w.must(w.varve("forget", "--keep-last", "1", "--prune", w.url()))
	w.must(w.restic("check", "--read-data"))
	if left := w.ids(); len(left) != 2 || left[1] != listed.Snapshots[2].ID {
		t.Errorf("left are %q", left)
	}
	w.must(w.varve("unpin", w.url(), listed.Snapshots[2].ID[:8]))
	if r := w.varve("unpin", w.url()); r.code == 0 || !strings.Contains(r.stderr, "not pinned") {
		t.Errorf("unpinning twice: %d %q", r.code, r.stderr)
	}
	w.must(w.varve("forget", "--keep-last", "1", w.url()))
	if left := w.ids(); len(left) != 1 {
		t.Errorf("left are %q", left)
	}
}

func TestPinVolumes(t *testing.T) {
	w := newWorld(t)
	for i, at := range []string{"1700000000", "1700090000", "1700180000"} {
		kind := "full"
		if i == 1 {
			kind = "incr"
		}
		w.write("file", noise(uint64(i), 1000))
		w.must(w.varve(kind, w.path("src"), w.url(), "--current-time", at))
	}
	w.must(w.varve("pin", w.url(), "1700090000", "--reason", "Tax"))
	for _, action := range []string{"snapshots", "collection-status"} {
		if r := w.must(w.varve(action, w.url())); strings.Count(r.stdout, "pinned: Tax") != 1 {
			t.Errorf("%s says %q", action, r.stdout)
		}
	}
	before := len(w.glob("*"))
	r := w.must(w.varve("remove-all-but-n-full", "1", w.url(), "--force"))
	if len(w.glob("*")) != before || !strings.Contains(r.stdout, "pinned: Tax") || !strings.Contains(r.stdout, "built on it") {
		t.Errorf("remove-all-but-n-full says %q", r.stdout)
	}
	w.must(w.varve("forget", "--retention", "keep-versions=1", "--force", w.url()))
	w.must(w.varve("cleanup", "--force", w.url()))
	w.must(w.duplicity("cleanup", "--force", w.url()))
	w.must(w.duplicity("verify", w.url(), w.path("src")))
	if n := len(w.glob("*")); n != before {
		t.Errorf("%d files are left of %d", n, before)
	}
	// A mirror has the pins too.
	copied := "file://" + w.path("copy")
	w.must(w.varve("sync", w.url(), copied, "--confirm"))
	if r := w.must(w.varve("snapshots", copied)); !strings.Contains(r.stdout, "pinned: Tax") {
		t.Errorf("of the mirror, snapshots says %q", r.stdout)
	}
	if r := w.must(w.varve("unpin", w.url(), "1700090000", "--json")); strings.Contains(r.stdout, "pin\"") {
		t.Errorf("unpin says %q", r.stdout)
	}
	r = w.must(w.varve("remove-all-but-n-full", "1", w.url(), "--force"))
	if !strings.Contains(r.stdout, "Removed 2 versions") || len(w.glob("varve-pin.*")) > 0 {
		t.Errorf("unpinned, remove-all-but-n-full says %q and leaves %q", r.stdout, w.glob("*"))
	}
}
