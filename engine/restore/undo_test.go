package restore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/undo"
	"golang.org/x/sys/unix"
)

// whole is everything about what is below a folder, and about the folder.
func whole(t testing.TB, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		must(t, unix.Lstat(path, &st))
		what := fmt.Sprintf("%o %d:%d %d.%09d links %d", st.Mode, st.Uid, st.Gid, st.Mtim.Sec, st.Mtim.Nsec, st.Nlink)
		switch {
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			must(t, err)
			what += " -> " + target
		case d.Type().IsRegular():
			data, err := os.ReadFile(path)
			must(t, err)
			what += fmt.Sprintf(" %d %x", len(data), sha256.Sum256(data))
		}
		dir, err := fsat.Open(unix.AT_FDCWD, filepath.Dir(path), fsat.FolderFlags, 0)
		must(t, err)
		defer unix.Close(dir)
		for _, x := range fsat.ReadAttributes(dir, filepath.Base(path)) {
			what += fmt.Sprintf(" %s=%q", x.Name, x.Value)
		}
		rel, _ := filepath.Rel(root, path)
		found[rel] = what
		return nil
	}))
	return found
}

// oldTree is what a restore meets: something of every kind, with times of its
// own.
func oldTree(t testing.TB, root string) {
	t.Helper()
	for _, path := range []string{"dir/deep", "becomes-file/sub", "untouched", "closed"} {
		must(t, os.MkdirAll(filepath.Join(root, path), 0o755))
	}
	for path, text := range map[string]string{
		"dir/small": "old small", "dir/large": strings.Repeat("old", smallFile), "dir/deep/same": "same", "dir/linked": "linked",
		"becomes-file/a": "a", "becomes-file/sub/b": "b", "becomes-dir": "was a file", "untouched/x": "x", "closed/in": "old in", "alike": "alike",
	} {
		must(t, os.WriteFile(filepath.Join(root, path), []byte(text), 0o644))
	}
	must(t, os.Link(filepath.Join(root, "dir/linked"), filepath.Join(root, "untouched/linked")))
	must(t, os.Symlink("old target", filepath.Join(root, "dir/link")))
	must(t, os.Symlink("b", filepath.Join(root, "becomes-file/sub/to-b")))
	must(t, unix.Mkfifo(filepath.Join(root, "dir/pipe"), 0o600))
	_ = unix.Setxattr(filepath.Join(root, "dir/small"), "user.note", []byte("mine"), 0) // where there are some
	_ = unix.Setxattr(filepath.Join(root, "dir"), "user.note", []byte("folder"), 0)
	must(t, os.Chmod(filepath.Join(root, "dir/small"), 0o4711))
	must(t, os.Chmod(filepath.Join(root, "closed"), 0o555))
	n := int64(0)
	must(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		n++
		at := []unix.Timespec{{Sec: 1_000_000_000 + n, Nsec: 111_111_111}, {Sec: 1_100_000_000 + n, Nsec: 123_456_789}}
		return errors.Join(err, unix.UtimesNanoAt(unix.AT_FDCWD, path, at, unix.AT_SYMLINK_NOFOLLOW))
	}))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(root, "closed"), 0o755) }) // the last test step finds what is wrong
}

// newItems change something of every kind.
func newItems() []item {
	same := file("dir/deep/same", "same")
	same.entry.Mode, same.entry.HasXattrs = 0o600, true
	same.entry.Xattrs = []repository.Xattr{{Name: "user.new", Value: []byte("new")}}
	alike := file("alike", "alike")
	first, second := file("new/first", "hard"), file("new/second", "hard")
	first.entry.HardLink, second.entry.HardLink = "new/first", "new/first"
	closed := dir("closed")
	closed.entry.Mode = 0o500
	sealed := dir("new/sealed")
	sealed.entry.Mode = 0o500
	folder := dir("dir")
	folder.entry.Mode, folder.entry.HasXattrs = 0o700, true
	return []item{
		dir(""), alike, dir("becomes-dir"), file("becomes-dir/in", "in"), file("becomes-file", "now a file"), closed, file("closed/in", "new in"),
		folder, dir("dir/deep"), file("dir/deep/new", "n"), same, file("dir/large", strings.Repeat("new", smallFile)), link("dir/link", "new target"),
		file("dir/linked", "alone"), file("dir/pipe", "no pipe"), file("dir/small", "new small"), dir("new"), first, second, dir("new/sealed"),
		file("new/sealed/x", "x"), link("new/to", "anywhere"),
	}
}

// put restores items in order, and reports what fails.
func putAll(t testing.TB, target string, o Options, items []item) Counts {
	t.Helper()
	counts, failed := restoreAll(t, target, o, items...)
	if len(failed) > 0 || counts.Failed > 0 {
		t.Fatalf("got %+v, %v", counts, failed)
	}
	return counts
}

// undoAll undoes a restore, and tells what stayed.
func undoAll(t testing.TB, dir, id string, dry bool) (undo.Result, map[string]error) {
	t.Helper()
	stayed := map[string]error{}
	watch := repository.Ignore()
	watch.Problem = func(path string, _ repository.Problem, err error) { stayed[path] = err }
	result, err := undo.Undo(t.Context(), undo.Undoing{Dir: dir, ID: id, DryRun: dry, Watch: watch})
	must(t, err)
	return result, stayed
}

// places are folders for what is kept: on the file system of the target, and on
// another one.
func places(t *testing.T) map[string]string {
	t.Helper()
	other, err := os.MkdirTemp("/dev/shm", "varve-undo-test-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(other) })
	return map[string]string{"beside": filepath.Join(t.TempDir(), "undo"), "on another file system": filepath.Join(other, "undo")}
}

func TestUndoPutsEverythingBack(t *testing.T) {
	for name, kept := range places(t) {
		t.Run(name, func(t *testing.T) {
			target := filepath.Join(t.TempDir(), "home")
			oldTree(t, target)
			before := whole(t, target)
			counts := putAll(t, target, Options{Clash: Replace, Undo: undo.Options{Dir: kept}}, newItems())
			if counts.Undo == "" || counts.Unkept != 0 {
				t.Fatalf("got %+v", counts)
			}
			after := whole(t, target)
			all, err := undo.List(t.Context(), kept)
			must(t, err)
			if len(all) != 1 || all[0].ID != counts.Undo || all[0].Root != target || all[0].Lost != 0 || all[0].Room == 0 || all[0].Busy {
				t.Fatalf("got %+v", all)
			}
			dry, stayed := undoAll(t, kept, counts.Undo, true)
			if len(stayed) > 0 {
				t.Errorf("a dry run says that these stay: %v", stayed)
			}
			equal(t, whole(t, target), after)
			result, stayed := undoAll(t, kept, counts.Undo, false)
			if len(stayed) > 0 || result != dry || result.Replaced != all[0].Replaced || result.Created != all[0].Created || result.Described != all[0].Described {
				t.Errorf("got %+v, %v; a dry run said %+v, the list %+v", result, stayed, dry, all[0])
			}
			equal(t, whole(t, target), before)
			if left, err := os.ReadDir(kept); err != nil || len(left) > 0 {
				t.Errorf("%v is left of it, %v", left, err)
			}
		})
	}
}

// Only what changed something is kept.
func TestNothingToUndo(t *testing.T) {
	kept, target := filepath.Join(t.TempDir(), "undo"), t.TempDir()
	items := []item{dir(""), dir("a"), file("a/b", "x")}
	if c := putAll(t, target+"/new", Options{Undo: undo.Options{Dir: kept}}, items); c.Undo != "" {
		t.Errorf("a new folder: got %+v", c)
	}
	if c := putAll(t, target+"/new", Options{Clash: Replace, DryRun: true, Undo: undo.Options{Dir: kept}}, items); c.Undo != "" {
		t.Errorf("a dry run: got %+v", c)
	}
	before := whole(t, target)
	if c := putAll(t, target+"/new", Options{Clash: Replace, Undo: undo.Options{Dir: kept}}, items); c.Undo != "" || c.Same != 1 {
		t.Errorf("the same again: got %+v", c)
	}
	equal(t, whole(t, target), before)
	if left, err := os.ReadDir(kept); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// A target that was not there, or was a file, is that again.
func TestUndoOfTheTargetItself(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"absent": func(string) error { return nil },
		"a file": func(path string) error { return os.WriteFile(path, []byte("a file"), 0o600) },
		"a link": func(path string) error {
			return errors.Join(os.Mkdir(path+"-real", 0o755), os.Symlink(path+"-real", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			kept, above := filepath.Join(t.TempDir(), "undo"), t.TempDir()
			must(t, make(above+"/target"))
			before := whole(t, above)
			counts := putAll(t, above+"/target", Options{Clash: Replace, Undo: undo.Options{Dir: kept}}, []item{dir(""), file("x", "x")})
			if _, stayed := undoAll(t, kept, counts.Undo, false); len(stayed) > 0 {
				t.Errorf("%v stayed", stayed)
			}
			equal(t, whole(t, above), before)
		})
	}
}

func TestUndoOfASingleItem(t *testing.T) {
	kept, target := filepath.Join(t.TempDir(), "undo"), t.TempDir()
	must(t, os.WriteFile(target+"/it", []byte("old"), 0o640))
	before := whole(t, target)
	counts := putAll(t, target+"/it", Options{Clash: Replace, SingleItem: true, Undo: undo.Options{Dir: kept}}, []item{file("anything", "new")})
	if _, stayed := undoAll(t, kept, counts.Undo, false); len(stayed) > 0 {
		t.Errorf("%v stayed", stayed)
	}
	equal(t, whole(t, target), before)
}

// What a person changed since stays, and only that.
func TestUndoLeavesWhatWasChangedSince(t *testing.T) {
	for name, kept := range places(t) {
		t.Run(name, func(t *testing.T) {
			target := filepath.Join(t.TempDir(), "home")
			oldTree(t, target)
			before := whole(t, target)
			counts := putAll(t, target, Options{Clash: Replace, Undo: undo.Options{Dir: kept}}, newItems())
			at := func(path string) string { return filepath.Join(target, path) }
			must(t, os.WriteFile(at("dir/small"), []byte("edited by hand"), 0o600)) // edited
			must(t, os.Rename(at("dir/large"), at("dir/moved")))                    // moved away
			must(t, os.Chmod(at("dir/linked"), 0o777))                              // other permissions
			must(t, os.WriteFile(at("new/mine"), []byte("mine"), 0o600))            // in a new folder
			must(t, os.WriteFile(at("new/first"), []byte("HARD"), 0o600))           // a new file
			must(t, os.Chmod(at("dir"), 0o711))                                     // a folder that stayed
			must(t, os.Remove(at("becomes-file")))                                  // removed
			must(t, os.Chtimes(at("dir/deep/same"), when, when.Add(time.Second)))   // the attributes of what stayed
			changed := whole(t, target)
			want := map[string]error{
				"dir/small": undo.ErrChanged, "dir/linked": undo.ErrChanged, "new": undo.ErrNotEmpty, "new/first": undo.ErrChanged,
				"new/second": undo.ErrChanged, "dir": undo.ErrChanged, "dir/deep/same": undo.ErrChanged,
			}
			for _, dry := range []bool{true, false} {
				result, stayed := undoAll(t, kept, counts.Undo, dry)
				for path, err := range want {
					if !errors.Is(stayed[path], err) {
						t.Errorf("dry %v: %s: got %v, want %v", dry, path, stayed[path], err)
					}
				}
				if len(stayed) != len(want) || result.Stayed != int64(len(want)) {
					t.Errorf("dry %v: got %+v, %v", dry, result, stayed)
				}
			}
			got := whole(t, target)
			for path := range want {
				if path != "new" && path != "dir" && got[path] != changed[path] {
					t.Errorf("%s: got %s, was %s", path, got[path], changed[path])
				}
			}
			for _, path := range []string{"becomes-file", "becomes-file/sub/b", "becomes-dir", "dir/large", "dir/link", "dir/pipe", "closed", "closed/in", "untouched"} {
				if got[path] != before[path] {
					t.Errorf("%s: got %s, want %s", path, got[path], before[path])
				}
			}
			if !strings.HasPrefix(got["dir"], "40711 ") {
				t.Errorf("the folder is %s", got["dir"])
			}
			if got["dir/moved"] != changed["dir/moved"] || got["new/mine"] != changed["new/mine"] {
				t.Error("what the person made is not there any more")
			}
			// It can be undone when the person made room.
			all, err := undo.List(t.Context(), kept)
			must(t, err)
			if len(all) != 1 || !all[0].Begun || all[0].Changes() != int64(len(want)) {
				t.Fatalf("got %+v", all)
			}
			must(t, os.Rename(at("dir/small"), at("dir/my small")))
			if _, stayed := undoAll(t, kept, counts.Undo, false); stayed["dir/small"] != nil || len(stayed) != len(want)-1 {
				t.Errorf("got %v", stayed)
			}
			if got := whole(t, target)["dir/small"]; got != before["dir/small"] {
				t.Errorf("got %s, want %s", got, before["dir/small"])
			}
		})
	}
}

// Undoing that was broken off anywhere goes on.
func TestUndoGoesOn(t *testing.T) {
	for name, kept := range places(t) {
		t.Run(name, func(t *testing.T) {
			for steps := 0; steps < 60; steps += 3 {
				target := filepath.Join(t.TempDir(), "home")
				oldTree(t, target)
				before := whole(t, target)
				counts := putAll(t, target, Options{Clash: Replace, Undo: undo.Options{Dir: kept}}, newItems())
				ctx, stop := context.WithCancel(t.Context())
				left := steps
				watch := repository.Ignore()
				watch.Wait = func(ctx context.Context) error {
					if left--; left < 0 {
						stop()
					}
					return ctx.Err()
				}
				_, err := undo.Undo(ctx, undo.Undoing{Dir: kept, ID: counts.Undo, Watch: watch})
				stop()
				if err == nil {
					equal(t, whole(t, target), before)
					return
				}
				if _, stayed := undoAll(t, kept, counts.Undo, false); len(stayed) > 0 {
					t.Errorf("after %d steps these stayed: %v", steps, stayed)
				}
				equal(t, whole(t, target), before)
			}
			t.Error("it never came to its end")
		})
	}
}

// Restores one after the other are undone one after the other, and two versions
// that are one restore together.
func TestUndoOfSeveralRestores(t *testing.T) {
	kept, target := filepath.Join(t.TempDir(), "undo"), filepath.Join(t.TempDir(), "home")
	oldTree(t, target)
	start := whole(t, target)
	now := time.Unix(1_700_000_000, 0)
	clock := func() time.Time { now = now.Add(time.Second); return now }
	first := putAll(t, target, Options{Clash: Replace, Undo: undo.Options{Dir: kept, Now: clock}}, newItems())
	between := whole(t, target)
	id := undo.NewID(now.Add(time.Minute))
	for _, text := range []string{"second", "third"} {
		c := putAll(t, target, Options{Clash: Replace, Undo: undo.Options{Dir: kept, ID: id, Now: clock}}, []item{file("dir/small", text), file("more/"+text, text)})
		if c.Undo != id {
			t.Fatalf("got %+v", c)
		}
	}
	for _, row := range []struct {
		id   string
		want map[string]string
	}{{id, between}, {first.Undo, start}} {
		if _, stayed := undoAll(t, kept, row.id, false); len(stayed) > 0 {
			t.Errorf("%v stayed", stayed)
		}
		equal(t, whole(t, target), row.want)
	}
}

// Where there is no room for both, the restore comes first.
func TestRestoreComesBeforeUndo(t *testing.T) {
	kept, target := filepath.Join(t.TempDir(), "undo"), filepath.Join(t.TempDir(), "home")
	oldTree(t, target)
	full := 2
	o := Options{Clash: Replace, Undo: undo.Options{Dir: kept}}
	o.write = func(fd int, p []byte, off int64) (int, error) {
		if bytes.HasPrefix(p, []byte("second")) && full > 0 {
			full--
			return 0, unix.ENOSPC
		}
		return unix.Pwrite(fd, p, off)
	}
	old := putAll(t, target, Options{Clash: Replace, Undo: undo.Options{Dir: kept}}, []item{file("dir/small", "other")})
	w, err := Open(target, o)
	must(t, err)
	must(t, file("alike", "first").put(t.Context(), w))
	w.pool.close() // it is in its place now
	w.pool = newPool(w.writeSmall)
	must(t, file("dir/large", "second"+strings.Repeat("x", 2*smallFile)).put(t.Context(), w))
	counts, err := w.Close(t.Context())
	if !errors.Is(err, ErrFull) && (err != nil || counts.Unkept != 1) {
		t.Fatalf("got %+v, %v", counts, err)
	}
	if _, err := undo.Find(t.Context(), kept, old.Undo); !errors.Is(err, undo.ErrNone) {
		t.Errorf("the older restore: %v", err)
	}
}

// restorer is what a test runs to be killed.
const restorer = "VARVE_RESTORER"

func TestMain(m *testing.M) {
	if line := os.Getenv(restorer); line != "" {
		os.Exit(restoreUntilKilled(strings.Split(line, "\n")))
	}
	os.Exit(m.Run())
}

// restoreUntilKilled restores, or undoes, and tells of each step.
func restoreUntilKilled(line []string) int {
	target, kept, id := line[0], line[1], line[2]
	watch := repository.Ignore()
	watch.Item = func(path string) { fmt.Fprintln(os.Stdout, path) }
	ctx := context.Background()
	if id != "" {
		_, err := undo.Undo(ctx, undo.Undoing{Dir: kept, ID: id, Watch: watch})
		fmt.Fprintln(os.Stderr, err)
		return 0
	}
	w, err := Open(target, Options{Clash: Replace, Watch: watch, Undo: undo.Options{Dir: kept}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, i := range newItems() {
		if err := i.put(ctx, w); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	_, err = w.Close(ctx)
	fmt.Fprintln(os.Stderr, err)
	return 0
}

// killAfter runs it, and kills it as soon as it told of so many items.
func killAfter(t *testing.T, items int, line ...string) (ended bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), restorer+"="+strings.Join(line, "\n"))
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	seen, buf := 0, make([]byte, 1)
	for seen < items {
		if _, err := out.Read(buf); err != nil {
			break
		}
		if buf[0] == '\n' {
			seen++
		}
	}
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()         // killed, or done
	return seen < items
}

// A restore that is killed anywhere is undone, and undoing that is killed
// anywhere goes on.
func TestUndoAfterBeingKilled(t *testing.T) {
	for name, kept := range places(t) {
		t.Run(name, func(t *testing.T) {
			for items := 1; ; items += 2 {
				target := filepath.Join(t.TempDir(), "home")
				oldTree(t, target)
				before := whole(t, target)
				ended := killAfter(t, items, target, kept, "")
				all, err := undo.List(t.Context(), kept)
				must(t, err)
				if len(all) == 1 {
					killAfter(t, items/2+1, target, kept, all[0].ID)
					all, err = undo.List(t.Context(), kept)
					must(t, err)
				}
				if len(all) == 1 {
					if _, stayed := undoAll(t, kept, all[0].ID, false); len(stayed) > 0 {
						t.Errorf("killed after %d items: %v stayed", items, stayed)
					}
				}
				got := whole(t, target)
				for path, what := range before {
					if got[path] != what {
						t.Errorf("killed after %d items: %s: got %s, want %s", items, path, got[path], what)
					}
				}
				for path := range got {
					if before[path] == "" {
						t.Errorf("killed after %d items: %s is left", items, path)
					}
				}
				if t.Failed() || ended {
					return
				}
			}
		})
	}
}

// BenchmarkReplace replaces 1000 small files, with and without keeping them.
func BenchmarkReplace(b *testing.B) {
	items := []item{dir("")}
	for n := range 1000 {
		items = append(items, file(fmt.Sprintf("f%04d", n), strings.Repeat("x", 4000)))
	}
	for name, keeps := range map[string]bool{"kept": true, "gone": false} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				target, o := b.TempDir(), Options{Clash: Replace}
				if keeps {
					o.Undo.Dir = filepath.Join(b.TempDir(), "undo")
				}
				for _, i := range items[1:] {
					must(b, os.WriteFile(filepath.Join(target, i.entry.Path), []byte("old"), 0o600))
				}
				b.StartTimer()
				putAll(b, target, o, items)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/1000files")
		})
	}
}
