package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// versionsOf names the versions of an archive by their times.
func (w *world) versionsAt(url string) (times []string) {
	w.t.Helper()
	var list struct{ Snapshots []struct{ Time time.Time } }
	w.document(&list, "snapshots", url)
	for _, s := range list.Snapshots {
		times = append(times, s.Time.Truncate(time.Second).Format(time.RFC3339))
	}
	return times
}

// as runs f with another passphrase.
func (w *world) as(passphrase string, f func()) {
	before := w.env
	w.env = append(append([]string{}, before...), "PASSPHRASE="+passphrase, "RESTIC_PASSWORD="+passphrase)
	f()
	w.env = before
}

// A copy has the passphrase that was asked for, by variable or by file, and
// else that of the source; a second run copies nothing, and --time and
// --dry-run are heard.
func TestReplicate(t *testing.T) {
	w := newWorld(t)
	w.write("file", noise(1, 200_000))
	for i, at := range []string{"1700000000", "1700090000"} {
		w.write("more", noise(uint64(i), 1000))
		w.must(w.varve(w.path("src"), w.url(), "--current-time", at))
	}
	to := func(name string) string { return "file://" + w.path(name) }
	w.put(w.path("secret"), []byte("of the file\n"))
	if r := w.must(w.varve("replicate", "--dry-run", w.url(), to("copy"))); !strings.Contains(r.stdout, "Would copy 2 versions") {
		t.Errorf("a dry run says %q", r.stdout)
	}
	if _, err := os.Stat(w.path("copy")); err == nil {
		t.Error("a dry run makes the target")
	}
	if r := w.must(w.varve("replicate", "--time", "1700090000", w.url(), to("copy"), "--to-passphrase-file", w.path("secret"))); !strings.Contains(r.stdout, "Copied 1 version.") {
		t.Errorf("with a time: %q", r.stdout)
	}
	var done struct {
		Copied []struct{ ID string }
		DryRun bool `json:"dry_run"`
	}
	w.document(&done, "replicate", w.url(), to("copy"), "--to-passphrase-command", "cat "+w.path("secret"))
	if len(done.Copied) != 1 || done.Copied[0].ID != "20231115T231320Z" {
		t.Errorf("got %+v", done)
	}
	w.as("of the file", func() {
		w.must(w.duplicity("verify", "--compare-data", to("copy"), w.path("src")))
		w.must(w.duplicity(w.path("src"), to("copy"))) // it is continued
	})
	w.env = append(w.env, "TO_PASSPHRASE=of the variable")
	w.must(w.varve("replicate", "--format", "restic", w.url(), to("repository")))
	w.as("of the variable", func() {
		w.must(w.run("restic", "--no-cache", "-r", w.path("repository"), "check", "--read-data"))
		if times := w.versionsAt(to("repository")); len(times) != 2 || times[1] != "2023-11-14T22:13:20Z" {
			t.Errorf("got %q", times)
		}
	})
	w.env = append(w.env, "TO_PASSPHRASE=")
	w.must(w.varve("replicate", w.url(), to("same")))
	w.must(w.varve("verify", "--compare-data", to("same"), w.path("src")))
	w.replicateRefuses(to)
}

func (w *world) replicateRefuses(to func(string) string) {
	w.t.Helper()
	for name, row := range map[string]struct {
		args []string
		code int
		says string
	}{
		"one URL":        {[]string{w.url()}, 2, "to copy to"},
		"a folder":       {[]string{w.url(), w.path("x")}, 2, "to copy to"},
		"a version":      {[]string{w.url(), to("x"), "--time", "abcd"}, 2, "not the name"},
		"two secrets":    {[]string{w.url(), to("x"), "--to-passphrase-file", "a", "--to-passphrase-command", "b"}, 2, "contradict"},
		"no such secret": {[]string{w.url(), to("x"), "--to-passphrase-file", w.path("nowhere")}, 31, "passphrase"},
		"no source":      {[]string{to("nowhere"), to("x")}, 52, "not found"},
		"onto itself":    {[]string{w.url(), w.url() + "/"}, 15, "same archive"},
		"other secret":   {[]string{w.url(), to("repository")}, 31, "passphrase"},
	} {
		r := w.varve(append([]string{"replicate"}, row.args...)...)
		if r.code != row.code || !strings.Contains(r.stderr, row.says) || row.code != 2 && strings.Count(r.stderr, "\n") != 1 {
			w.t.Errorf("%s: ended with %d: %s", name, r.code, r.stderr)
		}
	}
}

// Killed at any moment, a copy is sound in what it holds, and the next run goes
// on: what was stored stays as it is, and in the end every version is there.
func TestReplicateKilledAtAnyMoment(t *testing.T) {
	w := newWorld(t)
	w.env = append(w.env, "RESTIC_PASSWORD=varve-fixture")
	for i, at := range []string{"1700000000", "1700090000"} {
		w.write("large", noise(uint64(i), 5<<20))
		w.write("other", noise(uint64(9-i), 3<<20))
		w.must(w.varve(w.path("src"), w.url(), "--current-time", at, "--volsize", "1", "--no-encryption"))
	}
	repository := "file://" + w.path("repository")
	w.must(w.varve("replicate", "--format", "restic", w.url(), repository))
	for name, row := range map[string][]string{
		"volumes":              {"--volsize", "1", "--format", "duplicity", w.url()},
		"volumes to snapshots": {"--format", "restic", w.url()},
		"snapshots":            {"--format", "restic", repository},
		"snapshots to volumes": {"--volsize", "1", "--no-encryption", "--format", "duplicity", repository},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.within(t)
			target := w.path(strings.ReplaceAll(name, " ", "-"))
			args := append(append([]string{"replicate"}, row...), "file://"+target)
			for range rounds(t, 1) {
				w.killReplication(args, target)
			}
			w.must(w.varve(args...))
			w.soundCopy(target, 2)
			w.must(w.varve("restore", "file://"+target, w.path("back")))
			w.same(w.path("back"), w.path("src"))
			w.must(w.run("rm", "-rf", w.path("back")))
		})
	}
}

// killReplication kills a copy at any moment, and then checks that what it
// stored is what it was.
func (w *world) killReplication(args []string, target string) {
	w.t.Helper()
	before := filesOf(w.t, target)
	w.killWithin(1200*time.Millisecond, append(args, "--archive-dir", w.path("ours")))
	after := filesOf(w.t, target)
	again := 0
	for name, id := range before {
		if after[name] != id {
			again++
		}
	}
	// What was under way is stored again, and a set whose manifest is missing
	// has none of the old one.
	if again > 1 {
		w.t.Errorf("%d files were stored again", again)
	}
	w.soundCopy(target, 0)
}

// filesOf are the inodes of what holds data.
func filesOf(t testing.TB, target string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.Walk(target, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || strings.Contains(path, "/locks/") || strings.HasPrefix(info.Name(), ".") {
			return nil //nolint:nilerr // it may not be there yet
		}
		files[path] = info.ModTime().String()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// soundCopy lets the real programs prove what a copy holds.
func (w *world) soundCopy(target string, versions int) {
	w.t.Helper()
	if _, err := os.Stat(filepath.Join(target, "config")); err == nil {
		w.must(w.run("restic", "--no-cache", "-r", target, "unlock"))
		w.must(w.run("restic", "--no-cache", "-r", target, "check", "--read-data"))
	} else if found, _ := filepath.Glob(filepath.Join(target, "duplicity-full.*.manifest*")); len(found) > 0 {
		w.must(w.varve("restore", "--force", "file://"+target, w.path("proof")))
		if versions > 0 {
			w.must(w.duplicity("verify", "--compare-data", "file://"+target, w.path("src")))
		}
	}
	if versions > 0 {
		if times := w.versionsAt("file://" + target); len(times) != versions {
			w.t.Errorf("the copy holds %q", times)
		}
	}
}
