package main_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// undoRow is a restore that varve undo lists.
type undoRow struct {
	ID                                        string
	Folder                                    struct{ Path string }
	Replaced, Created, Attributes, Lost, Room int64
	Whole, Begun                              bool
}

func (w *world) undos() []undoRow {
	w.t.Helper()
	var d struct{ Undos []undoRow }
	w.document(&d, "undo")
	return d.Undos
}

// exact is everything about a tree, to the nanosecond.
func (w *world) exact(dir string) string {
	w.t.Helper()
	r := w.must(w.run("sh", "-c", `cd "$1" && find . -printf '%p %y %m %T@ %U %G %n %l\n' | sort && find . -type f -print0 | sort -z | xargs -0 -r sha256sum`, "sh", dir))
	return r.stdout
}

// A restore over what is there is undone by its name, and what a person did
// since is left alone and named.
func TestUndoOfARestore(t *testing.T) {
	eachFormat(t, func(t *testing.T, w *world) {
		target := w.path("back")
		w.must(w.varve("restore", "-t", old, w.url(), target))
		if got := w.undos(); len(got) != 0 {
			t.Errorf("a restore into a new folder: got %+v", got)
		}
		if err := os.WriteFile(target+"/mine", []byte("mine"), 0o640); err != nil {
			t.Fatal(err)
		}
		before := w.exact(target)
		var restored struct{ Undo string }
		w.document(&restored, "restore", "--force", w.url(), target)
		after := w.exact(target)
		if before == after || restored.Undo == "" {
			t.Fatalf("the restore changed nothing: %+v", restored)
		}
		got := w.undos()
		if len(got) != 1 || got[0].ID != restored.Undo || got[0].Folder.Path != target || got[0].Replaced == 0 || got[0].Created == 0 || !got[0].Whole || got[0].Begun {
			t.Fatalf("got %+v", got)
		}
		if out := w.must(w.varve("undo")).stdout; !strings.Contains(out, restored.Undo) || !strings.Contains(out, target) || strings.Count(out, "\n") != 1 {
			t.Errorf("got %q", out)
		}
		if out := w.must(w.varve("undo", "latest", "--dry-run")).stdout; !strings.HasPrefix(out, "Would undo: ") || w.exact(target) != after {
			t.Errorf("got %q", out)
		}
		if out := w.must(w.varve("undo", restored.Undo[:12])).stdout; !strings.HasPrefix(out, "Undone: ") {
			t.Errorf("got %q", out)
		}
		if now := w.exact(target); now != before {
			t.Errorf("it is not as it was:\n%s", firstDifference(now, before))
		}
		if got := w.undos(); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
		if r := w.varve("undo", "latest"); r.code != 19 || !strings.Contains(r.stderr, "varve undo lists") {
			t.Errorf("got %+v", r)
		}
	})
}

func TestUndoLeavesWhatWasChanged(t *testing.T) {
	w := newWorld(t)
	w.history("restic")
	target := w.path("back")
	w.must(w.varve("restore", "-t", old, w.url(), target))
	w.must(w.varve("restore", "--force", w.url(), target))
	if err := os.WriteFile(target+"/letters/a.txt", []byte("edited since"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := w.varve("undo", "latest", "--json")
	if r.code != 10 || !strings.Contains(r.stdout, `"stayed":[{"path":"letters/a.txt"`) || !strings.Contains(r.stderr, `"letters/a.txt" stays as it is`) {
		t.Errorf("got %+v", r)
	}
	if b, err := os.ReadFile(target + "/letters/a.txt"); err != nil || string(b) != "edited since" {
		t.Errorf("got %q, %v", b, err)
	}
	if got := w.undos(); len(got) != 1 || got[0].Replaced != 1 || got[0].Created != 0 || !got[0].Begun {
		t.Errorf("got %+v", got)
	}
	if err := os.Remove(target + "/letters/a.txt"); err != nil {
		t.Fatal(err)
	}
	w.must(w.varve("undo", "latest"))
	if b, err := os.ReadFile(target + "/letters/a.txt"); err != nil || string(b) != "first" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestRestoreWithoutUndo(t *testing.T) {
	w := newWorld(t)
	w.history("restic")
	target := w.path("back")
	w.must(w.varve("restore", "-t", old, w.url(), target))
	w.must(w.varve("restore", "--force", "--dry-run", w.url(), target))
	w.must(w.varve("restore", "--force", "--no-undo", w.url(), target))
	if got := w.undos(); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if b, err := os.ReadFile(target + "/letters/a.txt"); err != nil || string(b) == "first" {
		t.Errorf("got %q, %v", b, err)
	}
}

// A restore that is killed at any moment is undone exactly, and so is one where
// undoing was killed as well.
func TestUndoOfAKilledRestore(t *testing.T) {
	w := newWorld(t)
	args, whole := w.restoredOnce(6<<20, "--no-undo")
	for n := range rounds(t, 4) {
		for i := range 100 {
			if err := os.WriteFile(w.path(fmt.Sprintf("back/small/%03d", 2*i)), fmt.Append(nil, "mine ", n, i), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(w.path(fmt.Sprintf("back/small/%03d", 2*i+1))); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(w.path("back/image"), noise(uint64(n)+9, 6<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		before := w.exact(w.path("back"))
		w.killed(time.Duration(rand.Int64N(int64(whole))), args...)
		if len(w.undos()) == 0 {
			w.must(w.run(binary, append(args, "--no-undo")...)) // it came to nothing, but may have left something unfinished
			continue
		}
		w.killed(time.Duration(rand.Int64N(int64(50*time.Millisecond))), "undo", "latest")
		if len(w.undos()) > 0 {
			w.must(w.varve("undo", "latest"))
		}
		if now := w.exact(w.path("back")); now != before {
			t.Fatalf("round %d: it is not as it was:\n%s", n, firstDifference(now, before))
		}
	}
}
