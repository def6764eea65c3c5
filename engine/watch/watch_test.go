package watch

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/varve-backup/varve/engine/selection"
)

// world is a folder that is watched.
type world struct {
	t     *testing.T
	root  string
	told  chan struct{}
	watch *Watch
}

func newWorld(t *testing.T, folders ...string) *world {
	w := &world{t: t, root: t.TempDir(), told: make(chan struct{}, 100)}
	for _, f := range folders {
		if err := os.MkdirAll(filepath.Join(w.root, f), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) start(c Config) {
	w.t.Helper()
	c.Root, c.Tell = w.root, func() { w.told <- struct{}{} }
	var err error
	if w.watch, err = Start(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(w.watch.Close)
	w.await(func(s State) bool { return s.Ready })
}

// await fails the test unless a state comes to be.
func (w *world) await(holds func(State) bool) State {
	w.t.Helper()
	poll := time.NewTicker(10 * time.Millisecond) // later changes are not told one by one
	defer poll.Stop()
	for late := time.After(30 * time.Second); ; {
		if s := w.watch.State(); holds(s) {
			return s
		}
		select {
		case <-w.told:
		case <-poll.C:
		case <-late:
			w.t.Fatalf("it stays at %+v", w.watch.State())
		}
	}
}

func (w *world) write(name string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.root, name), []byte("x"), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// ran tells of a run now, and that nothing changed since.
func (w *world) ran() {
	w.t.Helper()
	// The kernel's stamps lag behind its clock by up to a tick.
	w.watch.Ran(time.Now().Add(20 * time.Millisecond))
	if s := w.watch.State(); !s.First.IsZero() {
		w.t.Fatalf("after a run: %+v", s)
	}
}

func changedAt(s State) bool { return !s.First.IsZero() }

func onlyLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("this system cannot watch whole trees; TestWithoutWatching shows what is done instead")
	}
}

func TestChangesAreNoticed(t *testing.T) {
	onlyLinux(t)
	w := newWorld(t, "a/b", "cache", "own")
	w.start(Config{
		Since: time.Now().Add(time.Hour), Ignore: []string{filepath.Join(w.root, "own")},
		Rules: []selection.Condition{selection.ExcludeGlob("**/cache"), selection.ExcludeGlob("**.tmp")},
	})
	w.watch.mu.Lock()
	w.watch.since = time.Time{} // what came before does not count, what comes now does
	w.watch.mu.Unlock()
	for _, quiet := range []string{"cache/x", "own/varve.db", "a/b/x.tmp"} {
		w.write(quiet)
	}
	w.write("a/b/file")
	first := w.await(changedAt)
	if first.Last.Before(first.First) || first.Blind != Sees {
		t.Errorf("got %+v", first)
	}
	if err := os.MkdirAll(filepath.Join(w.root, "new/deep/er"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.write("new/deep/er/file")
	w.await(func(s State) bool { return s.Last.After(first.Last) })
}

// What is left out, and Varve's own files, are no changes.
func TestWhatIsLeftOutIsNoChange(t *testing.T) {
	onlyLinux(t)
	w := newWorld(t, "cache", "own")
	w.start(Config{Since: time.Now().Add(time.Minute), Ignore: []string{filepath.Join(w.root, "own")}, Rules: []selection.Condition{selection.ExcludeGlob("**/cache")}})
	w.watch.mu.Lock()
	w.watch.since = time.Time{}
	w.watch.mu.Unlock()
	w.write("cache/x")
	w.write("own/varve.db")
	if err := os.Mkdir(filepath.Join(w.root, "cache/deeper"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.write("cache/deeper/x")
	w.write("last") // events come in their order: the first that counts is this one's
	s := w.await(changedAt)
	if s.First.Before(statOf(t, filepath.Join(w.root, "last")).Add(-20 * time.Millisecond)) {
		t.Errorf("a change was noted at %v", s.First)
	}
}

func statOf(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// What changed while nobody watched is found at the start.
func TestChangesOfBefore(t *testing.T) {
	w := newWorld(t, "a")
	w.write("a/old")
	since := statOf(t, filepath.Join(w.root, "a/old"))
	w.start(Config{Since: since.Add(time.Minute)})
	if s := w.watch.State(); changedAt(s) {
		t.Errorf("nothing changed: %+v", s)
	}
	w.watch.Close()
	w.start(Config{Since: since.Add(-time.Minute)})
	if s := w.watch.State(); !changedAt(s) || s.First.After(since) {
		t.Errorf("a file of %v: %+v", since, s)
	}
	w.ran()
}

// When the system watches no more folders, everything is looked through, and
// that is said.
func TestLimitOfWatches(t *testing.T) {
	onlyLinux(t)
	w := newWorld(t, "a", "b", "c")
	added := 0
	w.start(Config{Since: time.Now().Add(-time.Hour), Look: 10 * time.Millisecond, add: func(*fsnotify.Watcher, string) error {
		if added++; added > 2 {
			return syscall.ENOSPC
		}
		return nil
	}})
	if s := w.await(changedAt); s.Blind != Limit || s.Look != 10*time.Millisecond {
		t.Errorf("got %+v", s)
	}
	w.ran()
}

// Where whole trees cannot be watched, they are looked through.
func TestWithoutWatching(t *testing.T) {
	w := newWorld(t, "a")
	w.write("a/file")
	c := &Watch{config: Config{Root: w.root}, rules: rulesOf(t, w.root), since: time.Now().Add(-time.Hour), count: newCounter(time.Now().Add(-time.Hour))}
	if why := c.look(t.Context(), nil, System); why != System || !changedAt(c.State()) {
		t.Errorf("got %v, %+v", why, c.State())
	}
}

func rulesOf(t *testing.T, root string) *selection.Rules {
	t.Helper()
	r, err := selection.New(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A folder on a drive that is not there yet is found when it comes.
func TestMissingFolder(t *testing.T) {
	w := newWorld(t)
	root := w.root
	w.root = filepath.Join(root, "drive")
	w.start(Config{Look: 5 * time.Millisecond})
	if s := w.watch.State(); s.Blind != Missing {
		t.Errorf("got %+v", s)
	}
	if err := os.Mkdir(w.root, 0o700); err != nil {
		t.Fatal(err)
	}
	w.write("file")
	w.await(func(s State) bool { return s.Blind != Missing && changedAt(s) })
}

// A run takes what changed before it; what changed in it stays.
func TestRunsTakeChanges(t *testing.T) {
	t0 := time.Unix(1700000000, 0)
	at := func(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }
	w := &Watch{since: t0, count: newCounter(t0)}
	for _, s := range []int{-5, 10, 20, 15} {
		w.changed(nil, at(s), false)
	}
	if s := w.State(); !s.First.Equal(at(10)) || !s.Last.Equal(at(20)) {
		t.Errorf("got %+v", s)
	}
	w.Ran(at(12))
	if s := w.State(); !s.First.Equal(at(12)) || !s.Last.Equal(at(20)) {
		t.Errorf("after a run in between: %+v", s)
	}
	w.Ran(at(5)) // one that is older
	w.Ran(at(30))
	if s := w.State(); changedAt(s) {
		t.Errorf("after a run: %+v", s)
	}
	w.changed(nil, at(29), false)
	if s := w.State(); changedAt(s) {
		t.Errorf("a change that the run took: %+v", s)
	}
}

// Only the folders that were chosen count, not what lies between them.
func TestSeveralFolders(t *testing.T) {
	w := newWorld(t, "a", "b", "between")
	old := time.Now().Add(-time.Hour)
	rules := []selection.Condition{selection.IncludeGlob(w.root + "/a"), selection.IncludeGlob(w.root + "/b"), selection.ExcludeGlob("**")}
	c := &Watch{config: Config{Root: w.root}, since: old, count: newCounter(old)}
	var err error
	if c.rules, err = selection.New(w.root, rules); err != nil {
		t.Fatal(err)
	}
	if err := c.resolve(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]selection.Verdict{"a": selection.Include, "a/x": selection.Include, "between": selection.Exclude, "x": selection.Exclude} {
		i := c.item(filepath.Join(w.root, path), nil)
		if got := c.judge(&i); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
	if c.judgeNew() != selection.Exclude {
		t.Error("what is new between the folders counts")
	}
}

func BenchmarkLook(b *testing.B) {
	root := b.TempDir()
	for i := range 200 {
		dir := filepath.Join(root, string(rune('a'+i%26)), time.Duration(i).String())
		if err := os.MkdirAll(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		for j := range 50 {
			if err := os.WriteFile(filepath.Join(dir, time.Duration(j).String()), nil, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	rules, err := selection.New(root, nil)
	if err != nil {
		b.Fatal(err)
	}
	c := &Watch{config: Config{Root: root}, rules: rules, since: time.Now().Add(time.Hour), count: newCounter(time.Now())}
	for b.Loop() {
		if why := c.look(b.Context(), nil, System); why != System {
			b.Fatal(why)
		}
	}
}
