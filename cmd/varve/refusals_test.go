package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archive makes an archive of two versions.
func (w *world) archive() {
	w.t.Helper()
	states[0](w)
	w.must(w.varve("full", w.path("src"), w.url(), "--volsize", "1"))
	w.write("later", noise(9, 100_000))
	w.must(w.varve(w.path("src"), w.url(), "--volsize", "1"))
	w.must(w.run("rm", "-rf", w.path("ours")))
}

func (w *world) change(pattern string, change func(path string, content []byte)) {
	w.t.Helper()
	paths := w.glob(pattern)
	if len(paths) == 0 {
		w.t.Fatalf("nothing is called %s", pattern)
	}
	b, err := os.ReadFile(paths[0])
	if err != nil {
		w.t.Fatal(err)
	}
	change(paths[0], b)
}

func (w *world) put(path string, content []byte) {
	w.t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// What is wrong is told in one line with the right code, and nothing damaged
// comes back as good.
func TestRestoreRefuses(t *testing.T) {
	const volume, manifest = "duplicity-full.*.vol3.difftar.gpg", "duplicity-full.*.manifest.gpg"
	for _, row := range []struct {
		name  string
		spoil func(*world)
		args  []string
		code  int
		says  string
	}{
		{"wrong passphrase", func(w *world) { w.env = append(w.env, "PASSPHRASE=wrong") }, nil, 31, "passphrase is wrong"},
		{"missing volume", func(w *world) {
			w.change(volume, func(path string, _ []byte) { os.Remove(path) })
		}, nil, 21, "a volume is missing"},
		{"truncated volume", func(w *world) {
			w.change(volume, func(path string, b []byte) { w.put(path, b[:len(b)/2]) })
		}, nil, 21, "hash"},
		{"flipped volume", func(w *world) {
			w.change(volume, func(path string, b []byte) { b[len(b)/2] ^= 1; w.put(path, b) })
		}, nil, 21, "hash"},
		{"foreign volume", func(w *world) {
			w.change("duplicity-full.*.vol2.difftar.gpg", func(_ string, b []byte) {
				w.change(volume, func(path string, _ []byte) { w.put(path, b) })
			})
		}, nil, 21, "hash"},
		{"truncated manifest", func(w *world) {
			w.change(manifest, func(path string, b []byte) { w.put(path, b[:len(b)-10]) })
		}, nil, 6, "manifest"},
		{"flipped manifest", func(w *world) {
			w.change(manifest, func(path string, b []byte) { b[len(b)/2] ^= 1; w.put(path, b) })
		}, nil, 6, "manifest"},
		{"foreign manifest", func(w *world) {
			w.change(manifest, func(path string, _ []byte) { w.put(path, []byte("Dear diary")) })
		}, nil, 6, "manifest"},
		{"no archive", func(w *world) { w.must(w.run("sh", "-c", "rm "+w.path("repo")+"/*")) }, nil, 30, "no backup"},
		{"no destination", func(w *world) { w.must(w.run("rm", "-rf", w.path("repo"))) }, nil, 52, "not found"},
		{"path that is not there", func(*world) {}, []string{"--path-to-restore", "no/such"}, 19, "no such file"},
		{"target that is not empty", func(w *world) { w.must(w.run("cp", "-a", w.path("src"), w.path("back"))) }, nil, 11, "target already"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.archive()
			row.spoil(w)
			r := w.varve(append([]string{"restore", w.url(), w.path("back")}, row.args...)...)
			last := lastLine(r.stderr)
			if r.code != row.code || !strings.Contains(last, row.says) || strings.Contains(r.stderr, "panic") {
				t.Errorf("ended with %d: %s\nwant %d and %q", r.code, r.stderr, row.code, row.says)
			}
			w.onlyGood(w.path("back"))
		})
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// onlyGood checks that every file that came back is the source's.
func (w *world) onlyGood(dir string) {
	w.t.Helper()
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() {
			return nil //nolint:nilerr // nothing may have come back
		}
		rel, _ := filepath.Rel(dir, path)
		got, _ := os.ReadFile(path)
		want, err := os.ReadFile(filepath.Join(w.path("src"), rel))
		if err != nil || !bytes.Equal(got, want) {
			w.t.Errorf("%s came back with something else in it", rel)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// After a failed backup the versions before it are as they were.
func TestBackupRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		args func(w *world) []string
		code int
		says string
	}{
		{"wrong passphrase", func(w *world) []string {
			w.env = append(w.env, "PASSPHRASE=wrong")
			return []string{w.path("src"), w.url()}
		}, 31, "passphrase is wrong"},
		{"source that is gone", func(w *world) []string { return []string{w.path("nowhere"), w.url()} }, 13, "not there"},
		{"another folder", func(w *world) []string { return []string{w.path("src/dir1"), w.url()} }, 42, "another folder"},
		{"earlier time", func(w *world) []string { return []string{w.path("src"), w.url(), "--current-time", "5D"} }, 15, "older"},
		{"pattern outside", func(w *world) []string {
			return []string{w.path("src"), w.url(), "--exclude", "/elsewhere/x"}
		}, 15, "outside"},
		{"incremental without anything", func(w *world) []string {
			return []string{"incr", w.path("src"), "file://" + w.path("new")}
		}, 17, "nothing to build"},
		{"unknown scheme", func(w *world) []string { return []string{w.path("src"), "nosuch://host/x"} }, 8, "no kind that Varve knows"},
		{"full disk", func(w *world) []string {
			return []string{w.path("src"), "file://" + w.smallDisk(), "--volsize", "1"}
		}, 53, "Make room and run it again"}, // whether it is full, or files cannot grow
		{"read-only destination", func(w *world) []string {
			w.readOnly()
			return []string{w.path("src"), w.url()}
		}, 51, "refused"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.archive()
			w.must(w.run("cp", "-a", w.path("src"), w.path("before")))
			args := row.args(w)
			w.write("one more", noise(55, 3<<20))
			r := w.varve(args...)
			if r.code != row.code || !strings.Contains(lastLine(r.stderr), row.says) || strings.Count(r.stderr, "\n") != 1 {
				t.Errorf("ended with %d: %s\nwant %d and one line with %q", r.code, r.stderr, row.code, row.says)
			}
			w.env, w.program = append(w.env, "PASSPHRASE=varve-fixture"), binary // which may write large files
			w.must(w.varve("restore", w.url(), w.path("back")))
			w.same(w.path("back"), w.path("before"))
		})
	}
}

// The demonstration is the main job from its beginning to its end.
func TestDemo(t *testing.T) {
	w := newWorld(t)
	r := w.must(w.run(binary, "demo", w.path("demo")))
	if !strings.Contains(lastLine(r.stdout), "Everything came back as it was") {
		t.Errorf("it ended with %q", lastLine(r.stdout))
	}
	if r := w.run(binary, "demo", w.path("demo")); r.code == 0 {
		t.Error("it played in a folder that was there already")
	}
}
