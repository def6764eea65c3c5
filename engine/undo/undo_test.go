package undo

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// replaced records that a file of a folder is replaced, as a restore does, and
// returns the recording, which is open.
func replaced(t *testing.T, dir, root string, now time.Time) *Recording {
	t.Helper()
	const name = "file"
	must(t, os.MkdirAll(root, 0o755))
	must(t, os.WriteFile(filepath.Join(root, name), []byte("old"), 0o600))
	must(t, os.WriteFile(filepath.Join(root, "temp"), []byte("new one"), 0o600))
	r, err := Begin(Options{Dir: dir, Root: root, Now: func() time.Time { return now }})
	must(t, err)
	r.EnterRoot()
	must(t, r.Place(r.root, "temp", name, name, true))
	return r
}

func closed(t *testing.T, r *Recording) string {
	t.Helper()
	kept, lost, err := r.Close()
	must(t, err)
	if !kept || lost > 0 {
		t.Fatalf("got %v, %d lost", kept, lost)
	}
	return r.ID()
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

func ids(t *testing.T, dir string) (all []string) {
	t.Helper()
	found, err := List(t.Context(), dir)
	must(t, err)
	for _, k := range found {
		all = append(all, k.ID)
	}
	return all
}

func TestPurgeForgetsWhatIsTooOldOrTooMuch(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "undo"), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	made := map[string]string{}
	for name, age := range map[string]time.Duration{
		"too old": KeptFor, "old": KeptFor - time.Second, "a day": 24 * time.Hour, "an hour": time.Hour,
	} {
		root := filepath.Join(t.TempDir(), name)
		made[name] = closed(t, replaced(t, dir, root, now.Add(-age)))
		defer func() {
			if got := text(t, filepath.Join(root, "file")); got != "new one" {
				t.Errorf("%s: the file holds %q", name, got)
			}
		}()
	}
	for _, row := range []struct {
		short bool
		want  []string
	}{{false, []string{"an hour", "a day", "old"}}, {true, []string{"an hour"}}} {
		before := len(ids(t, dir))
		gone, err := purge(t.Context(), dir, now, func(string) bool { return row.short })
		must(t, err)
		var want []string
		for _, name := range row.want {
			want = append(want, made[name])
		}
		if got := ids(t, dir); !slices.Equal(got, want) || gone != before-len(want) {
			t.Errorf("short %v: %d gone, got %q, want %q", row.short, gone, got, want)
		}
	}
}

// What is kept in the folder itself goes with the rest.
func TestDropTakesTheHiddenFolder(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "varve-undo-test-")
	must(t, err)
	defer os.RemoveAll(other)
	root := t.TempDir()
	id := closed(t, replaced(t, other, root, time.Now()))
	hidden := filepath.Join(root, hiddenPrefix+id)
	if got := text(t, filepath.Join(hidden, "2")); got != "old" {
		t.Fatalf("got %q", got)
	}
	must(t, Drop(other, id))
	if _, err := os.Stat(hidden); !errors.Is(err, os.ErrNotExist) || text(t, filepath.Join(root, "file")) != "new one" {
		t.Errorf("got %v", err)
	}
}

// What runs is neither forgotten nor undone.
func TestARecordingIsLeftAlone(t *testing.T) {
	dir, root := filepath.Join(t.TempDir(), "undo"), t.TempDir()
	r := replaced(t, dir, root, time.Now().Add(-2*KeptFor))
	all, err := List(t.Context(), dir)
	must(t, err)
	if len(all) != 1 || !all[0].Busy || !all[0].Ended.IsZero() {
		t.Errorf("got %+v", all)
	}
	if gone, err := Purge(t.Context(), dir, time.Now().Add(3*KeptFor)); gone != 0 || err != nil {
		t.Errorf("%d gone, %v", gone, err)
	}
	if _, err := Undo(t.Context(), Undoing{Dir: dir, ID: r.ID()}); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	if _, err := Begin(Options{Dir: dir, ID: r.ID(), Root: root}); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	closed(t, r)
	if _, err := Undo(t.Context(), Undoing{Dir: dir, ID: r.ID()}); err != nil || text(t, root+"/file") != "old" {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeUndone(t *testing.T) {
	dir, root := filepath.Join(t.TempDir(), "undo"), filepath.Join(t.TempDir(), "root")
	for _, id := range []string{"", "..", "a/b", "none"} {
		if _, err := Undo(t.Context(), Undoing{Dir: dir, ID: id}); !errors.Is(err, ErrNone) {
			t.Errorf("%q: got %v", id, err)
		}
	}
	id := closed(t, replaced(t, dir, root, time.Now()))
	must(t, os.Rename(root, root+" moved"))
	if _, err := Undo(t.Context(), Undoing{Dir: dir, ID: id}); !errors.Is(err, ErrNoRoot) {
		t.Errorf("got %v", err)
	}
	must(t, os.Rename(root+" moved", root))
	must(t, os.Remove(filepath.Join(dir, id, keptName, "2")))
	result, err := Undo(t.Context(), Undoing{Dir: dir, ID: id})
	if err != nil || result.Stayed != 1 || text(t, root+"/file") != "new one" {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestFind(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "undo"), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	first := closed(t, replaced(t, dir, t.TempDir(), now))
	second := closed(t, replaced(t, dir, t.TempDir(), now.Add(time.Second)))
	for id, want := range map[string]string{"": second, first: first, first[:len(first)-2]: first, "2026": "", "x": ""} {
		k, err := Find(t.Context(), dir, id)
		if want == "" && !errors.Is(err, ErrNone) || want != "" && (err != nil || k.ID != want) {
			t.Errorf("%q: got %+v, %v", id, k, err)
		}
	}
}

// An item whose file may not be linked, and a file system without links, are
// kept all the same.
func TestEveryWayToKeep(t *testing.T) {
	ways := map[string]func(p *placing, s *shelf) error{
		"link": (*placing).linkAway, "exchange": (*placing).exchange, "move": (*placing).moveAway,
		"copy": func(p *placing, s *shelf) error { return p.keepCopy(s) },
	}
	for name, keep := range ways {
		t.Run(name, func(t *testing.T) {
			dir, root := filepath.Join(t.TempDir(), "undo"), t.TempDir()
			must(t, os.WriteFile(root+"/file", []byte("old"), 0o640))
			must(t, os.Chtimes(root+"/file", time.Unix(1, 2), time.Unix(3, 4)))
			must(t, os.WriteFile(root+"/temp", []byte("new one"), 0o600))
			var before, after unix.Stat_t
			must(t, unix.Stat(root+"/file", &before))
			r, err := Begin(Options{Dir: dir, Root: root})
			must(t, err)
			was, err := stateAt(r.root, "file", true)
			must(t, err)
			left, err := stateAt(r.root, "temp", true)
			must(t, err)
			n, _ := r.note(&record{Op: opPut, Path: []byte("file"), Was: was, Left: left}, true)
			p := &placing{r: r, dir: r.root, temp: "temp", name: "file", n: n, was: was, stable: true}
			must(t, keep(p, r.shelves.all[0]))
			if got := text(t, root+"/file"); got != "new one" {
				t.Errorf("got %q", got)
			}
			id := closed(t, r)
			if result, err := Undo(t.Context(), Undoing{Dir: dir, ID: id}); err != nil || result.Replaced != 1 || result.Stayed > 0 {
				t.Errorf("got %+v, %v", result, err)
			}
			must(t, unix.Stat(root+"/file", &after))
			if text(t, root+"/file") != "old" || before.Mode != after.Mode || before.Mtim != after.Mtim || before.Uid != after.Uid || before.Gid != after.Gid {
				t.Errorf("got %+v, want %+v", after, before)
			}
		})
	}
}

// A folder that cannot be renamed as one is moved piece by piece, and that goes
// on where it was broken off.
func TestMoveGoesOn(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	must(t, os.MkdirAll(from+"/dir/sub", 0o750))
	for _, name := range []string{"a", "b", "sub/c"} {
		must(t, os.WriteFile(from+"/dir/"+name, []byte(name), 0o600))
	}
	must(t, os.Chtimes(from+"/dir", time.Unix(1, 2), time.Unix(3, 4)))
	must(t, os.Mkdir(to+"/dir", 0o700))
	must(t, os.Rename(from+"/dir/a", to+"/dir/a")) // half of it is there
	source, err := unix.Open(from, unix.O_RDONLY, 0)
	must(t, err)
	defer unix.Close(source)
	target, err := unix.Open(to, unix.O_RDONLY, 0)
	must(t, err)
	defer unix.Close(target)
	must(t, move(source, "dir", target, "dir"))
	info, err := os.Stat(to + "/dir")
	must(t, err)
	if text(t, to+"/dir/a")+text(t, to+"/dir/b")+text(t, to+"/dir/sub/c") != "absub/c" || info.Mode().Perm() != 0o750 {
		t.Errorf("got %v", info)
	}
	if _, err := os.Stat(from + "/dir"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// A line that was cut short is as if nothing had been written.
func TestCutJournal(t *testing.T) {
	dir, root := filepath.Join(t.TempDir(), "undo"), t.TempDir()
	id := closed(t, replaced(t, dir, root, time.Now()))
	path := filepath.Join(dir, id, journalName)
	whole := text(t, path)
	for size := range len(whole) {
		h, err := parse(strings.NewReader(whole[:size]))
		if h != nil && (err != nil || h.root != root || h.damaged > 1) {
			t.Errorf("%d bytes: got %+v, %v", size, h, err)
		}
	}
	must(t, os.Truncate(path, int64(len(whole)-9)))
	all, err := List(t.Context(), dir)
	must(t, err)
	if len(all) != 1 || all[0].Replaced != 1 || !all[0].Ended.IsZero() {
		t.Errorf("got %+v", all)
	}
	if _, err := Undo(t.Context(), Undoing{Dir: dir, ID: id}); err != nil || text(t, root+"/file") != "old" {
		t.Errorf("got %v", err)
	}
}

// A journal that somebody altered leads nowhere else.
func TestHostileJournal(t *testing.T) {
	for _, r := range []record{
		{Op: opPut, N: 1, Path: []byte("../x"), Left: &state{}},
		{Op: opPut, N: 1, Path: []byte("/x"), Left: &state{}},
		{Op: opPut, N: 1, Path: []byte("a")},
		{Op: opMake, N: 1},
		{Op: opEnter, N: 1, Path: []byte("a//b"), Was: &state{}},
		{Op: opEnter, N: 1, Path: []byte("a")},
		{Op: opRemove, N: 1, Path: []byte("a\x00b"), Was: &state{}},
		{Op: opStore, Path: []byte("relative")},
		{Op: opBegin, Path: []byte("/r"), Scratch: "a/b"},
	} {
		line, err := r.line()
		must(t, err)
		if _, err := parseLine(bytes.TrimSuffix(line, []byte("\n"))); !errors.Is(err, errDamaged) {
			t.Errorf("%+v: got %v", r, err)
		}
	}
	if got := ours([]string{"/etc", "/d/id/kept", "/home/.varve-undo-id", "/home/.varve-undo-other"}, "/d/id", "id"); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

func FuzzJournal(f *testing.F) {
	s := &state{Mode: unix.S_IFREG | 0o644, Size: 3, Inode: 7, Modified: [2]int64{1, 2}, Xattrs: []attribute{{[]byte("user.x"), []byte("y")}}}
	var journal []byte
	for _, r := range []record{
		{Op: opBegin, Path: []byte("/root"), Scratch: ".x-", Parts: ".x", Time: 1},
		{Op: opStore, Path: []byte("/data/kept")},
		{Op: opEnter, N: 1, Was: s},
		{Op: opPut, N: 2, Path: []byte("a/b"), Was: s, Left: s},
		{Op: opLost, N: 2},
		{Op: opMake, N: 3, Path: []byte("c")},
		{Op: opAlter, N: 4, Path: []byte("d"), Was: s},
		{Op: opLeft, N: 4, Left: s},
		{Op: opEnd, Time: 2, Tally: &Tally{Created: 1}},
		{Op: opUndoing, Paths: [][]byte{[]byte("a")}},
		{Op: opUndone, Rest: []int64{2}},
	} {
		line, err := r.line()
		must(f, err)
		journal = append(journal, line...)
		f.Add(journal)
	}
	f.Add([]byte("00000000 {}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		_, _ = parse(bytes.NewReader(in)) // without sums that are right, nearly all of it is passed over
		var summed []byte
		for line := range bytes.Lines(in) {
			_, line, _ = bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
			summed = fmt.Appendf(summed, "%08x %s\n", crc32.ChecksumIEEE(line), line)
		}
		h, err := parse(bytes.NewReader(summed))
		if err != nil {
			return
		}
		h.tally()
		last := int64(0)
		for _, c := range h.changes {
			if checkPath(c.path) != nil || c.n <= last || !filepath.IsAbs(h.root) {
				t.Errorf("got %+v below %q", c, h.root)
			}
			last = c.n
		}
	})
}

// An undoing that is broken off between two attributes of an item goes on with
// it; what a person gave an item is left alone, then as before.
func TestUndoGoesOnWithinAnItem(t *testing.T) {
	const old, given, own = 0o644, 0o640, 0o600
	for _, row := range []struct {
		name  string
		begun bool
		mode  os.FileMode
		stays bool
	}{
		{"halfway", true, old, false},
		{"not begun", false, old, true},
		{"another mode", true, own, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir, root := filepath.Join(t.TempDir(), "undo"), t.TempDir()
			path := filepath.Join(root, "file")
			must(t, os.WriteFile(path, []byte("alike"), old))
			before, after := time.Unix(1_000_000_000, 5), time.Unix(1_700_000_000, 7)
			must(t, os.Chtimes(path, before, before))
			r, err := Begin(Options{Dir: dir, Root: root})
			must(t, err)
			n := r.Alter(r.root, "file", "file")
			must(t, os.Chmod(path, given))
			must(t, os.Chtimes(path, after, after))
			r.Left(n, r.root, "file")
			id := closed(t, r)
			must(t, os.Chmod(path, row.mode))
			if row.begun {
				j, err := openJournal(filepath.Join(dir, id), false)
				must(t, err)
				must(t, errors.Join(j.put(&record{Op: opUndoing}), j.close()))
			}
			result, err := Undo(t.Context(), Undoing{Dir: dir, ID: id})
			must(t, err)
			info, err := os.Stat(path)
			must(t, err)
			want := before
			if row.stays {
				want = after
			}
			if (result.Stayed == 1) != row.stays || !info.ModTime().Equal(want) || info.Mode() != row.mode {
				t.Errorf("%+v; %v, %v", result, info.Mode(), info.ModTime())
			}
		})
	}
}

func TestAttributesBetweenTwoStates(t *testing.T) {
	x := func(pairs ...string) *state {
		s := &state{Mode: unix.S_IFREG | 0o644}
		for i := 0; i < len(pairs); i += 2 {
			s.Xattrs = append(s.Xattrs, attribute{[]byte(pairs[i]), []byte(pairs[i+1])})
		}
		return s
	}
	a, b := x("both", "1", "first", "1", "same", "0"), x("both", "2", "second", "2", "same", "0")
	for _, row := range []struct {
		now  *state
		want bool
	}{
		{a, true},
		{b, true},
		{x("both", "2", "first", "1", "same", "0"), true},
		{x("both", "1", "same", "0"), true},
		{x("both", "1", "first", "1", "second", "2", "same", "0"), true},
		{x("both", "3", "same", "0"), false},
		{x("same", "0"), false},
		{x("both", "1", "same", "0", "third", "3"), false},
		{&state{Mode: a.Mode, UID: 7, Xattrs: a.Xattrs}, false},
		{&state{Mode: a.Mode, Modified: [2]int64{7, 7}, Xattrs: a.Xattrs}, false},
		{&state{Mode: a.Mode | 1, Xattrs: a.Xattrs}, false},
	} {
		if got := row.now.isBetween(a, b); got != row.want {
			t.Errorf("%+v: got %v", row.now, got)
		}
	}
}
