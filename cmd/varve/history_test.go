package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ids are the names of the versions, newest first.
func (w *world) ids() (all []string) {
	w.t.Helper()
	var d struct{ Snapshots []reference }
	w.document(&d, "snapshots", w.url())
	for _, s := range d.Snapshots {
		all = append(all, s.ID)
	}
	return all
}

func TestHistoryTellsEveryState(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		ids := w.ids()
		type state struct {
			From, To reference
			Versions int
			Deleted  bool
			Type     string
		}
		for path, want := range map[string][]state{
			"letters/a.txt":     {{reference{ID: ids[0]}, reference{ID: ids[0]}, 1, false, "file"}, {reference{ID: ids[1]}, reference{ID: ids[1]}, 1, false, "file"}},
			"/letters/gone.txt": {{reference{ID: ids[1]}, reference{ID: ids[1]}, 1, true, "file"}},
			"link":              {{reference{ID: ids[1]}, reference{ID: ids[0]}, 2, false, "symlink"}},
		} {
			for _, line := range [][]string{{"history", path, w.url()}, {"history", w.url(), path}} {
				var d struct {
					Path   string
					States []state
				}
				w.document(&d, line...)
				for i := range d.States {
					d.States[i].From = reference{ID: d.States[i].From.ID}
					d.States[i].To = reference{ID: d.States[i].To.ID}
				}
				if fmt.Sprint(d.States) != fmt.Sprint(want) || d.Path != strings.Trim(path, "/") {
					t.Errorf("%q:\n got %v\nwant %v", line, d, want)
				}
			}
		}
		out := w.must(w.varve("history", "letters/gone.txt", w.url())).stdout
		if strings.Count(out, "\n") != 1 || !strings.Contains(out, old) || !strings.Contains(out, "deleted after that") {
			t.Errorf("got %s", out)
		}
		if r := w.varve("history", "no/such", w.url()); r.code != 19 || !strings.Contains(r.stderr, "no/such") || r.stdout != "" {
			t.Errorf("got %+v", r)
		}
	})
}

// A version can be named instead of dated, and a part of the name will do.
func TestVersionsByName(t *testing.T) {
	w := newWorld(t)
	w.history("restic")
	ids := w.ids()
	prefix := ids[1]
	for n := 4; n < len(ids[1]); n++ {
		// The first letters alone may look like a number, which is a time.
		if prefix = ids[1][:n]; strings.ContainsAny(prefix, "abcdef") && !strings.HasPrefix(ids[0], prefix) {
			break
		}
	}
	for _, id := range []string{ids[1], prefix} {
		if out := w.must(w.varve("cat", "-t", id, w.url(), "letters/a.txt")).stdout; out != "first" {
			t.Errorf("%s: got %q", id, out)
		}
		if out := w.must(w.varve("ls", "-t", id, w.url(), "letters")).stdout; !strings.Contains(out, "gone.txt") {
			t.Errorf("%s: got %q", id, out)
		}
		if out := w.must(w.varve("diff", w.url(), id, "latest")).stdout; !strings.Contains(out, "D letters/gone.txt") {
			t.Errorf("%s: got %q", id, out)
		}
		if out := w.must(w.varve("diff", w.url(), "latest", id)).stdout; !strings.Contains(out, "A letters/gone.txt") {
			t.Errorf("%s: got %q", id, out)
		}
		w.must(w.varve("restore", "-t", id, w.url(), w.path("out-"+id)))
		if b, err := os.ReadFile(w.path("out-" + id + "/letters/gone.txt")); err != nil || string(b) != "gone" {
			t.Errorf("%s: got %q, %v", id, b, err)
		}
		w.must(w.varve("verify", "-t", id, w.url(), w.path("out-"+id)))
	}
	if r := w.varve("cat", "-t", "deadbeef", w.url(), "same"); r.code != 19 || !strings.Contains(r.stderr, "deadbeef") || !strings.Contains(r.stderr, "snapshots") {
		t.Errorf("got %+v", r)
	}
}

// The catalog is a cache: without it, and with a useless one, the answers are
// the same.
func TestCatalogIsDisposable(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		ask := func() string {
			return w.must(w.varve("find", w.url(), "*.txt")).stdout + w.must(w.varve("diff", w.url(), old, "now")).stdout +
				w.must(w.varve("history", "letters/a.txt", w.url())).stdout
		}
		want := ask()
		var files []string
		err := filepath.WalkDir(w.dir, func(path string, _ os.DirEntry, err error) error {
			if strings.HasPrefix(filepath.Base(path), "catalog-") && strings.HasSuffix(path, ".db") {
				files = append(files, path)
			}
			return err
		})
		if err != nil || len(files) != 1 {
			t.Fatalf("found %q, %v", files, err)
		}
		for _, harm := range []func() error{
			func() error { return os.Truncate(files[0], 5000) },
			func() error { return os.WriteFile(files[0], []byte("nothing"), 0o600) },
			func() error { return os.Remove(files[0]) },
		} {
			if err := harm(); err != nil {
				t.Fatal(err)
			}
			if got := ask(); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		}
	})
}

// Who lists or restores by time where several folders are backed up is told
// which one it is, and a history says of which folder each state is.
func TestSeveralFoldersAtOneDestination(t *testing.T) {
	w := newWorld(t)
	w.history("restic")
	w.must(w.run("mkdir", "-p", w.path("second/letters")))
	if err := os.WriteFile(w.path("second/letters/a.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.must(w.varve(w.path("second"), w.url()))
	newest := w.ids()[0]
	if r := w.must(w.varve("ls", w.url())); !strings.Contains(r.stderr, w.path("second")) {
		t.Errorf("got %+v", r)
	}
	if r := w.must(w.varve("ls", "-t", newest, w.url())); r.stderr != "" {
		t.Errorf("got %+v", r)
	}
	if r := w.must(w.varve("restore", w.url(), w.path("out"))); !strings.Contains(r.stdout+r.stderr, "2 sources") {
		t.Errorf("got %+v", r)
	}
	out := w.must(w.varve("history", "letters/a.txt", w.url())).stdout
	if !strings.Contains(out, w.path("second")+" on ") || !strings.Contains(out, w.path("src")+" on ") || strings.Count(out, "bytes") != 3 {
		t.Errorf("got %s", out)
	}
	out = w.must(w.varve("find", w.url(), "a.txt")).stdout
	if !strings.Contains(out, w.path("second")+" on ") || !strings.Contains(out, w.path("src")+" on ") {
		t.Errorf("got %s", out)
	}
	var d struct{ States []struct{ Source string } }
	if w.document(&d, "history", "letters/a.txt", w.url()); len(d.States) != 3 || d.States[0].Source != w.path("second") {
		t.Errorf("got %+v", d)
	}
}
