package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// checkVolumes runs our check on an archive of volumes.
func (w *world) checkVolumes(args ...string) (found struct {
	Versions, Packs int
	Stored          int64
	Read            int64 `json:"bytes_read"`
	Recent          int64 `json:"recently_read"`
	Findings        []struct{ Severity, Text, File string }
}, code int,
) {
	w.t.Helper()
	r := w.varve(append([]string{"check", "--json", w.url()}, args...)...)
	if err := json.Unmarshal([]byte(r.stdout), &found); err != nil {
		w.t.Fatalf("check ended with %d: %s%s", r.code, r.stdout, r.stderr)
	}
	return found, r.code
}

// An archive that duplicity wrote is proved, in turns or at once, and what was
// read is remembered.
func TestCheckProvesVolumes(t *testing.T) {
	w := newWorld(t)
	states[0](w)
	w.must(w.duplicity("full", "--volsize", "1", w.path("src"), w.url()))
	w.age(1)
	w.write("later", noise(9, 100_000))
	w.must(w.duplicity("incr", "--volsize", "1", w.path("src"), w.url()))
	found, code := w.checkVolumes()
	if code != 0 || found.Versions != 2 || found.Packs < 2 || found.Read != 0 || found.Recent != 0 || len(found.Findings) != 0 {
		t.Fatalf("ended with %d: %+v", code, found)
	}
	last := int64(0)
	for turn := 0; found.Recent < found.Stored; turn++ {
		if found, code = w.checkVolumes("--read-data-for", "1s"); code != 0 || found.Recent <= last || turn > 50 {
			t.Fatalf("turn %d ended with %d: %+v", turn, code, found)
		}
		last = found.Recent
	}
	r := w.must(w.varve("check", "--read-data", w.url()))
	if !strings.Contains(r.stdout, "nothing is wrong. In the last 90 days, 100 % of what is stored was read.") {
		t.Errorf("got %s", r.stdout)
	}
	parts := int64(0)
	for part := range 3 {
		found, _ := w.checkVolumes("--read-data-subset", fmt.Sprintf("%d/3", part+1))
		parts += found.Read
	}
	if parts != found.Stored {
		t.Errorf("the parts together had %d bytes of %d", parts, found.Stored)
	}
	w.must(w.duplicity("collection-status", w.url())) // our notes are nothing to it
}

// Whatever is wrong with an archive of volumes is found, and named with what it
// costs.
func TestCheckFindsDamageInVolumes(t *testing.T) {
	w := newWorld(t)
	w.archive()
	w.must(w.run("cp", "-a", w.path("repo"), w.path("good")))
	remove := func(path string, _ []byte) { os.Remove(path) }
	flip := func(path string, b []byte) { b[len(b)/2] ^= 1; w.put(path, b) }
	for name, row := range map[string]struct {
		pattern  string
		spoil    func(string, []byte)
		severity string
		says     string
		names    bool // without reading data
	}{
		"missing volume":     {"duplicity-full.*.vol2.difftar.gpg", remove, "lost", "is missing: the versions from", true},
		"flipped volume":     {"duplicity-full.*.vol2.difftar.gpg", flip, "lost", "vol2.difftar.gpg is damaged", false},
		"cut volume":         {"duplicity-inc.*.vol1.difftar.gpg", func(path string, b []byte) { w.put(path, b[:len(b)/2]) }, "lost", "is lost for the version of", false},
		"flipped manifest":   {"duplicity-full.*.manifest.gpg", flip, "lost", "cannot be read", true},
		"missing signatures": {"duplicity-new*.sigtar.gpg", remove, "damaged", "has no signatures", true},
		"flipped signatures": {"duplicity-new*.sigtar.gpg", flip, "damaged", "sigtar.gpg are damaged", false},
		"missing full":       {"duplicity-full.*.manifest.gpg", remove, "lost", "builds on one that is not there", true},
	} {
		w.must(w.run("rm", "-rf", w.path("repo")))
		w.must(w.run("cp", "-a", w.path("good"), w.path("repo")))
		w.change(row.pattern, row.spoil)
		if _, code := w.checkVolumes(); (code == 21) != row.names {
			t.Errorf("%s: without reading, check ended with %d", name, code)
		}
		found, code := w.checkVolumes("--read-data")
		if code != 21 || len(found.Findings) == 0 || found.Findings[0].Severity != row.severity || !strings.Contains(found.Findings[0].Text, row.says) {
			t.Errorf("%s: check ended with %d: %+v", name, code, found.Findings)
		}
	}
}
