package main_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rounds is how often the tests that kill do it; make soak asks for more.
func rounds(t *testing.T, n int) int {
	more := os.Getenv("VARVE_SOAK")
	if more == "" {
		return n
	}
	v, err := strconv.Atoi(more)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A run that is killed at any moment is continued by the next one, and what
// comes back is the source.
func TestKilledAtAnyMoment(t *testing.T) {
	w := newWorld(t)
	states[0](w)
	w.write("larger.bin", noise(77, 9<<20))
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	w.must(w.varve("full", w.path("src"), w.url(), "--volsize", "1"))
	whole := w.duration("full")
	for round := range rounds(t, 8) {
		if round%5 == 4 {
			w.must(w.varve("full", w.path("src"), w.url(), "--volsize", "1"))
		}
		w.write("larger.bin", noise(uint64(100+round), 9<<20))
		w.write("small/"+strconv.Itoa(round), noise(uint64(round), 1000))
		delay := time.Duration(rnd.Int64N(int64(whole)))
		w.killed(delay, "--archive-dir", w.path("ours"), w.path("src"), w.url(), "--volsize", "1")
		w.must(w.varve(w.path("src"), w.url(), "--volsize", "1"))
		target := w.path("back")
		w.must(w.varve("restore", w.url(), target))
		w.same(target, w.path("src"))
		if err := os.RemoveAll(target); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("round %d, killed after %v of %v", round, delay, whole)
		}
	}
	w.must(w.duplicity("verify", "--compare-data", w.url(), w.path("src")))
	if left := w.leftovers(); len(left) > 0 {
		t.Errorf("the archive directory still holds %q", left)
	}
}

// killed runs our program and kills it after a while.
func (w *world) killed(after time.Duration, args ...string) {
	w.t.Helper()
	cmd := w.start(binary, args...)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // it may have ended
	_ = cmd.Wait()                                                    // killed, or done in time
	timer.Stop()
}

// restoredOnce stores an image of so many bytes and 200 small files, and
// restores them. It returns the words of that restore without more, and how
// long it took.
func (w *world) restoredOnce(image int, more ...string) (args []string, took time.Duration) {
	w.t.Helper()
	w.write("image", noise(1, image))
	for i := range 200 {
		w.write(fmt.Sprintf("small/%03d", i), noise(uint64(i), 20_000))
	}
	w.must(w.varve("--format", "restic", w.path("src"), w.url()))
	args = []string{"restore", "--force", "--archive-dir", w.path("ours"), w.url(), w.path("back")}
	start := time.Now()
	w.must(w.run(binary, slices.Concat(args, more)...))
	return args, time.Since(start)
}

// duration is how long a whole run takes.
func (w *world) duration(action string) time.Duration {
	w.t.Helper()
	start := time.Now()
	w.must(w.run(binary, action, "--archive-dir", w.path("other"), w.path("src"), "file://"+w.path("other-repo"), "--volsize", "1"))
	return time.Since(start)
}

// leftovers are files of unfinished runs in the archive directory.
func (w *world) leftovers() (left []string) {
	w.t.Helper()
	paths, err := filepath.Glob(filepath.Join(w.path("ours"), "*", "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range paths {
		name := filepath.Base(p)
		if strings.HasPrefix(name, "varve-") || strings.Contains(name, ".part") || name == "lockfile" {
			left = append(left, name)
		}
	}
	return left
}

// A run that duplicity was killed in is continued by us, and the other way
// round.
func TestContinueEachOthersRuns(t *testing.T) {
	for name, row := range map[string][2]string{
		"duplicity was killed": {"duplicity", binary},
		"varve was killed":     {binary, "duplicity"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			states[0](w)
			w.write("zz-later.bin", noise(5, 30<<20))
			args := []string{w.path("src"), w.url(), "--volsize", "1", "--archive-dir", w.path("shared")}
			cmd := w.start(row[0], args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.awaitVolumes(8)
			_ = cmd.Process.Kill() // it may have ended
			_ = cmd.Wait()         // killed, or done in time
			w.must(w.run(row[1], args...))
			for _, reader := range []string{"duplicity", binary} {
				w.must(w.run(reader, "verify", "--compare-data", w.url(), w.path("src"), "--archive-dir", w.path("shared")))
			}
			if n := len(w.glob("duplicity-full.*.manifest*")); n != 1 {
				t.Errorf("%d versions were made instead of one that was continued", n)
			}
		})
	}
}

func (w *world) glob(pattern string) []string {
	w.t.Helper()
	paths, err := filepath.Glob(filepath.Join(w.path("repo"), pattern))
	if err != nil {
		w.t.Fatal(err)
	}
	return paths
}

// awaitVolumes waits until a run has stored n volumes.
func (w *world) awaitVolumes(n int) {
	w.t.Helper()
	waitUntil(w.t, fmt.Sprintf("%d volumes are stored", n), func() bool { return len(w.glob("*.difftar*")) >= n })
}

// Signatures without a manifest are what a run leaves that dies between the
// two uploads. duplicity would make an unexpected full version of it.
func TestLeftoverSignaturesGo(t *testing.T) {
	w := newWorld(t)
	states[0](w)
	w.age(0)
	w.must(w.varve("full", w.path("src"), w.url(), "--current-time", "3D"))
	w.write("later", []byte("x"))
	w.must(w.varve(w.path("src"), w.url(), "--current-time", "2D"))
	manifests := w.glob("duplicity-inc.*.manifest.gpg")
	if err := os.Remove(manifests[0]); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, path := range w.glob("duplicity-new-signatures.*") {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	w.must(w.varve("incr", w.path("src"), w.url(), "--current-time", "1D"))
	if left := w.glob("duplicity-new-signatures.*"); len(left) != 1 {
		t.Errorf("the signatures %q are left", left)
	}
	w.must(w.duplicity("incr", w.path("src"), w.url()))
	w.must(w.varve("verify", "--compare-data", w.url(), w.path("src")))
}
