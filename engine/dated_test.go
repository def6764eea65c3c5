package engine_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
)

// Several versions of a file come back to one place with the dates of their
// versions in their names, and what has the same content comes once.
func TestSeveralVersionsOfAFile(t *testing.T) {
	large := strings.Repeat("a large file ", 40_000)
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			d := destination("file://" + filepath.Join(t.TempDir(), "repo"))
			root := filepath.Join(t.TempDir(), "src")
			begin := time.Date(2026, 3, 1, 10, 0, 0, 0, time.Local)
			var plans []engine.RestorePlan
			var times []time.Time
			for i, content := range []string{"one", "two", "one"} {
				at := begin.Add(time.Duration(i) * time.Hour)
				v := backUp(t, e, d, root, at, map[string]string{
					"letters/a.txt": content, "large.bin": large + content, "folder/x.txt": content, "folder/same": "s", "other.txt": "only once",
				})
				plans = append(plans, engine.RestorePlan{
					Destination: d, Version: v.ID, At: v.Time, Paths: []string{"folder", "large.bin", "letters/a.txt"}, Dated: []string{"folder", "large.bin", "letters/a.txt"},
				})
				times = append(times, v.Time)
			}
			plans[2].Paths = append(plans[2].Paths, "other.txt")
			slices.Reverse(plans)
			target := filepath.Join(t.TempDir(), "back")
			var same int64
			for i, p := range plans {
				p.Target, p.Beside = target, times
				if i > 0 {
					p.Clash = restore.KeepBoth
				}
				same += ranRestore(t, e, p).Same
			}
			want := []string{
				"folder (2026-03-01 10.00)/same", "folder (2026-03-01 10.00)/x.txt", "folder (2026-03-01 11.00)/same", "folder (2026-03-01 11.00)/x.txt",
				"folder (2026-03-01 12.00)/same", "folder (2026-03-01 12.00)/x.txt",
				"large (2026-03-01 11.00).bin", "large (2026-03-01 12.00).bin", "letters/a (2026-03-01 11.00).txt", "letters/a (2026-03-01 12.00).txt", "other.txt",
			}
			if got := filesBelow(t, target); !slices.Equal(got, want) {
				t.Errorf("there are\n%q, want\n%q", got, want)
			}
			if b, err := os.ReadFile(filepath.Join(target, "letters/a (2026-03-01 11.00).txt")); err != nil || string(b) != "two" {
				t.Errorf("got %q, %v", b, err)
			}
			if same != 2 {
				t.Errorf("%d were the same", same)
			}
		})
	}
}

// Where two versions are of one minute, the second tells them apart; and what
// has the plain name there already is not put beside it once more.
func TestVersionsOfOneMinute(t *testing.T) {
	e := newEngine(t)
	d := makers["deduplicated"]("file://" + filepath.Join(t.TempDir(), "repo"))
	root, begin := filepath.Join(t.TempDir(), "src"), time.Date(2026, 3, 1, 10, 0, 5, 0, time.Local)
	older := backUp(t, e, d, root, begin, map[string]string{"a.txt": "one", "b": "there"})
	newer := backUp(t, e, d, root, begin.Add(30*time.Second), map[string]string{"a.txt": "two", "b": "there"})
	target := t.TempDir()
	if err := os.WriteFile(filepath.Join(target, "b"), []byte("there"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, v := range []engine.Version{newer, older} {
		s := ranRestore(t, e, engine.RestorePlan{
			Destination: d, Version: v.ID, Target: target, Clash: restore.KeepBoth, Paths: []string{"a.txt", "b"}, Dated: []string{"a.txt", "b"}, Beside: []time.Time{newer.Time, older.Time},
		})
		if s.Same != 1 || s.Files != 1 || s.Kept != 0 {
			t.Errorf("got %+v", s)
		}
	}
	if got := filesBelow(t, target); !slices.Equal(got, []string{"a (2026-03-01 10.00.05).txt", "a (2026-03-01 10.00.35).txt", "b"}) {
		t.Errorf("there are %q", got)
	}
}

func ranRestore(t *testing.T, e *engine.Engine, p engine.RestorePlan) (s engine.Summary) {
	t.Helper()
	err := e.Restore(p).Run(t.Context(), func(x engine.Event) {
		failOnProblem(t)(x)
		if f, ok := x.(engine.Finished); ok {
			s = f.Summary
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// filesBelow lists files, in order.
func filesBelow(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		all = append(all, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}
