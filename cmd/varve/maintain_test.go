package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Versions are forgotten by rules and their room is given back; damage is
// found, named and mended; restic agrees each time.
func TestMaintenance(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.write("changing", noise(uint64(i), 2_000_000))
		w.write("staying", noise(99, 2_000_000))
		w.must(w.varve("--format", "restic", w.path("src"), w.url()))
	}
	if r := w.must(w.varve("check", "--read-data", w.url())); !strings.Contains(r.stdout, "nothing is wrong") {
		t.Errorf("check says %q", r.stdout)
	}
	for _, share := range []string{"--read-data-subset=1/1", "--read-data-for=1m"} {
		var checked struct {
			BytesRead int64 `json:"bytes_read"`
		}
		w.document(&checked, "check", share, w.url())
		if checked.BytesRead < 10_000_000 {
			t.Errorf("%s reads %d bytes", share, checked.BytesRead)
		}
	}
	var gone struct{ Kept, Removed []string }
	w.document(&gone, "forget", "--keep-within", "1D", "--dry-run", w.url())
	if len(gone.Kept) != 5 {
		t.Errorf("within a day: %+v", gone)
	}
	w.document(&gone, "forget", "--keep-last", "2", "--dry-run", w.url())
	if len(gone.Kept) != 2 || len(gone.Removed) != 3 {
		t.Errorf("got %+v", gone)
	}
	w.must(w.varve("forget", w.url(), gone.Removed[0][:8]))
	if r := w.must(w.varve("forget", "--keep-last", "2", "--prune", w.url())); !strings.Contains(r.stdout, "Removed 2 versions") || !strings.Contains(r.stdout, "Gave back") {
		t.Errorf("forget says %q", r.stdout)
	}
	w.must(w.restic("check", "--read-data"))
	w.must(w.varve("restore", w.url(), w.path("restored")))
	w.same(w.path("src"), w.path("restored"))

	packs, err := filepath.Glob(filepath.Join(w.path("repo"), "data", "*", "*"))
	if err != nil || len(packs) == 0 {
		t.Fatal(err)
	}
	for _, path := range packs {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) < 1_000_000 {
			continue
		}
		content[5000] ^= 1
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		break
	}
	r := w.varve("check", "--read-data", w.url())
	if r.code != 21 || !strings.Contains(r.stderr, "lost:") {
		t.Errorf("check of a damaged archive ended with %d: %s", r.code, r.stderr)
	}
	var found struct {
		Findings []struct{ Severity, Pack string }
	}
	if err := json.Unmarshal([]byte(w.varve("check", "--read-data", "--json", w.url()).stdout), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Findings) == 0 || found.Findings[0].Pack == "" {
		t.Fatalf("got %+v", found)
	}
	w.must(w.varve("repair", "index", w.url()))
	w.must(w.varve("repair", "packs", w.url(), found.Findings[0].Pack))
	w.must(w.varve("full", w.path("src"), w.url())) // what is lost is still at the source
	w.must(w.varve("repair", "snapshots", w.url()))
	w.must(w.restic("check", "--read-data"))
	w.must(w.varve("check", "--read-data", w.url()))
	for name, row := range map[string][]string{
		"no rule":         {"forget", w.url()},
		"rule and name":   {"forget", "--keep-last", "1", w.url(), "abc"},
		"zero":            {"forget", "--keep-last", "0", w.url()},
		"no pack":         {"repair", "packs", w.url()},
		"nothing of that": {"repair", "everything", w.url()},
		"part":            {"check", "--read-data-subset", "3/2", w.url()},
	} {
		if r := w.varve(row...); r.code != 2 {
			t.Errorf("%s ended with %d: %s", name, r.code, r.stderr)
		}
	}
}

// Killed at any moment of a backup, of forgetting and pruning, and of a repair,
// the archive is whole for restic, and the next run goes on.
func TestDeduplicatedKilledAtAnyMoment(t *testing.T) {
	w := newWorld(t)
	w.write("staying", noise(1, 20<<20))
	w.must(w.varve("--format", "restic", w.path("src"), w.url()))
	actions := [][]string{
		{w.path("src"), w.url()},
		{"forget", "--keep-last", "2", "--prune", "--max-unused", "0", w.url()},
		{"repair", "index", w.url()},
	}
	for round := range rounds(t, 9) {
		for i := range 4 {
			w.write(fmt.Sprintf("changing-%d", i), noise(uint64(round*10+i), 3<<20))
		}
		action := actions[round%len(actions)]
		repairs := action[0] == "repair"
		if repairs {
			w.loseIndexes()
		}
		w.killWithin(900*time.Millisecond, action)
		w.must(w.restic("unlock")) // restic removes no lock of the dead by itself
		if repairs {
			w.must(w.varve(action...)) // until then what was lost is lost
		}
		w.must(w.restic("check", "--read-data"))
		w.must(w.varve(action...))
	}
	w.must(w.varve(w.path("src"), w.url()))
	w.must(w.restic("check", "--read-data"))
	w.must(w.varve("restore", w.url(), w.path("restored")))
	w.same(w.path("src"), w.path("restored"))
}

// loseIndexes removes every other index.
func (w *world) loseIndexes() {
	w.t.Helper()
	for i, p := range w.glob("index/*") {
		if i%2 == 0 {
			if err := os.Remove(p); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// killWithin runs an action and kills it at any moment of that time.
func (w *world) killWithin(longest time.Duration, action []string) {
	w.t.Helper()
	cmd := w.start(binary, action...)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	timer := time.AfterFunc(rand.N(longest), func() { _ = cmd.Process.Kill() }) // it may have ended
	_ = cmd.Wait()                                                              // killed, or done in time
	timer.Stop()
}

// Where the newest version cannot be read, an older one does not come back in
// its place without a word.
func TestRestoreSaysThatAVersionCannotBeRead(t *testing.T) {
	w := newWorld(t)
	w.write("file", []byte("old"))
	w.must(w.varve("--format", "restic", w.path("src"), w.url()))
	old := w.glob("snapshots/*")
	w.write("file", []byte("newer"))
	w.must(w.varve(w.path("src"), w.url()))
	for _, p := range w.glob("snapshots/*") {
		if p != old[0] {
			if err := os.WriteFile(p, []byte("damaged, and not as long as it was"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := w.varve("restore", w.url(), w.path("restored"))
	if !strings.Contains(r.stdout+r.stderr, "Some versions cannot be read") {
		t.Errorf("ended with %d: %s%s", r.code, r.stdout, r.stderr)
	}
}
