package catalog

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// openAt opens a catalog that may be there.
func openAt(t testing.TB, path string) *Catalog {
	t.Helper()
	c, err := Open(t.Context(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func closeIt(t testing.TB, c *Catalog) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// small fills a catalog with three versions.
func small(t testing.TB, c *Catalog) {
	t.Helper()
	for i := range 3 {
		put(t, c, fmt.Sprint("v", i), i, "dir/file", fmt.Sprintf("dir/file %d", i), "other")
	}
}

// put learns a version that holds files.
func put(t testing.TB, c *Catalog, name string, at int, paths ...string) {
	t.Helper()
	if err := add(t.Context(), c, name, at, paths...); err != nil {
		t.Fatal(err)
	}
}

func add(ctx context.Context, c *Catalog, name string, at int, paths ...string) error {
	return c.Add(ctx, Source{Host: "h"}, Version{Name: name, Time: time.Unix(int64(at), 0)}, func(in *Intake) error {
		for _, p := range paths {
			if _, err := in.Put(&repository.Entry{Path: p, Type: repository.File, Size: int64(at)}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func lineCount(t testing.TB, c *Catalog) int {
	t.Helper()
	lines, err := c.Lines(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(lines)
}

func TestOthersCannotReadTheCatalog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "catalog.db")
	c := openAt(t, path)
	small(t, c)
	for _, side := range []string{"", "-wal", "-shm", ".lock"} {
		info, err := os.Stat(path + side)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", side, info.Mode(), err)
		}
	}
	closeIt(t, c)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	closeIt(t, openAt(t, path))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestCatalogIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := openAt(t, path)
	small(t, c)
	closeIt(t, c)
	c = openAt(t, path)
	defer closeIt(t, c)
	if found, more, err := c.Search(t.Context(), ParseQuery("FILE"), 2); err != nil || len(found) != 2 || !more {
		t.Errorf("found %v, %v, %v", found, more, err)
	}
	put(t, c, "v1", 99, "something else") // known by its name
	if s, err := c.History(t.Context(), 1, "something else"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, %v", s, err)
	}
}

// A file that is of no use is made anew, and nobody hears of it.
func TestUselessFilesAreMadeAnew(t *testing.T) {
	execute := func(query string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(query); err != nil {
				t.Fatal(err)
			}
		}
	}
	alter := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, change(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, harm := range map[string]func(*testing.T, string){
		"newer":     execute("PRAGMA user_version = 1000"),
		"older":     execute("PRAGMA user_version = 0"),
		"foreign":   execute("PRAGMA user_version = 0; DROP TABLE line; CREATE TABLE x (y)"),
		"no table":  execute("DROP TABLE folder"),
		"no folder": execute("DELETE FROM folder"),
		"checksum":  execute("UPDATE folder SET data = substr(data, 1, length(data) - 1) || 'x'"),
		"type":      execute("UPDATE version SET seconds = 'soon'"),
		"source":    execute("UPDATE line SET source = 'x'"),
		"text":      alter(func([]byte) []byte { return []byte("this is no database at all, is it") }),
		"cut":       alter(func(b []byte) []byte { return b[:len(b)/2] }),
		"zeros":     alter(func(b []byte) []byte { clear(b[len(b)/3:]); return b }),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			c := openAt(t, path)
			small(t, c)
			closeIt(t, c)
			harm(t, path)
			c = openAt(t, path)
			defer closeIt(t, c)
			_, _ = c.Folder(t.Context(), 1, "dir") // it is nothing or there
			if n := lineCount(t, c); n > 1 {
				t.Errorf("%d lines", n)
			}
			small(t, c)
			if found, err := c.Folder(t.Context(), 1, "dir"); err != nil || len(found) != 4 {
				t.Errorf("got %v, %v", found, err)
			}
			if c.file.own != "" {
				t.Error("it is in another place")
			}
		})
	}
}

// While somebody else uses a file that is damaged, it stays where it is.
func TestDamagedFileInUseStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := openAt(t, path)
	small(t, c)
	defer closeIt(t, c)
	other := openAt(t, path)
	if _, err := other.file.write.Exec("UPDATE folder SET data = x'00'"); err != nil {
		t.Fatal(err)
	}
	if n, err := other.Folder(t.Context(), 1, "dir"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, %v", n, err)
	}
	if other.file.own == "" {
		t.Error("it has no place of its own")
	}
	small(t, other)
	closeIt(t, other)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// Where nothing can be kept, everything works all the same.
func TestNoPlaceToKeepIt(t *testing.T) {
	base := t.TempDir()
	blocked := filepath.Join(base, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, spare := range map[string]string{"temporary": t.TempDir(), "memory": filepath.Join(blocked, "no")} {
		t.Run(name, func(t *testing.T) {
			c, err := Open(t.Context(), filepath.Join(blocked, "catalog.db"), spare)
			if err != nil {
				t.Fatal(err)
			}
			small(t, c)
			if n := lineCount(t, c); n != 1 {
				t.Errorf("%d lines", n)
			}
			for d, err := range c.Across(t.Context(), 1, "v0", 1, "v1") {
				if err != nil || d.Path == "" {
					t.Errorf("got %+v, %v", d, err)
				}
			}
			closeIt(t, c)
			if left, _ := filepath.Glob(filepath.Join(spare, "*")); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

// Several learn at once, in one process: every version once.
func TestLearningAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	var all sync.WaitGroup
	errs := make(chan error, 8)
	for range 4 {
		all.Go(func() {
			c, err := Open(t.Context(), path, "")
			if err != nil {
				errs <- err
				return
			}
			for i := range 10 {
				if err := add(t.Context(), c, fmt.Sprint(i), i, "a", fmt.Sprint("b", i)); err != nil {
					errs <- err
				}
			}
			errs <- c.Close()
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	c := openAt(t, path)
	defer closeIt(t, c)
	versions, err := c.Versions(t.Context(), 1)
	if err != nil || len(versions) != 10 {
		t.Errorf("got %v, %v", versions, err)
	}
}

// helper tells this test binary that it is another process.
const helper = "VARVE_CATALOG_HELPER"

// Another process learns at the same time, and one is killed in the middle.
func TestLearningInTwoProcesses(t *testing.T) {
	if path := os.Getenv(helper); path != "" {
		c, err := Open(t.Context(), path, filepath.Dir(path)) // nobody tidies up after who is killed
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			put(t, c, fmt.Sprint(i), i, "a", fmt.Sprint("b", i))
		}
		closeIt(t, c)
		return
	}
	path := filepath.Join(t.TempDir(), "catalog.db")
	run := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLearningInTwoProcesses$")
		cmd.Env = append(os.Environ(), helper+"="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	killed, other := run(), run()
	c := openAt(t, path)
	defer closeIt(t, c)
	for i := range 20 {
		put(t, c, fmt.Sprint(i), i, "a", fmt.Sprint("b", i))
		if i == 3 {
			_ = killed.Process.Kill() // it may be done
		}
	}
	_ = killed.Wait() // it was killed
	if err := other.Wait(); err != nil {
		t.Error(err)
	}
	versions, err := c.Versions(t.Context(), 1)
	if err != nil || len(versions) != 20 {
		t.Errorf("got %v, %v", versions, err)
	}
	if s, err := c.History(t.Context(), 1, "b7"); err != nil || len(s) != 1 || s[0].Versions != 1 {
		t.Errorf("got %v, %v", s, err)
	}
}

// Who waits for another writer stops waiting when that is not wanted any more.
func TestWaitingEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c, other := openAt(t, path), openAt(t, path)
	defer closeIt(t, c)
	defer closeIt(t, other)
	err := c.change(t.Context(), func(*sql.Tx) error {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if err := add(ctx, other, "x", 1, "a"); !errors.Is(err, context.Canceled) && !isBusy(err) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, other, "x", 1, "a")
}

// What comes in another order than it should is refused, and so is what lies
// below a file.
func TestEntriesOutOfOrder(t *testing.T) {
	c := open(t)
	for _, paths := range [][]string{{"b", "a"}, {"a", "a"}, {"a", "a/b"}, {"a/b/c", "a/b"}, {"a", ""}, {"", "x"}} {
		if err := add(t.Context(), c, "x", 1, paths...); !errors.Is(err, errOrder) {
			t.Errorf("%q: got %v", paths, err)
		}
	}
	put(t, c, "x", 1, "a/b/c", "a/b c", "d") // folders are made up
	if s, err := c.Folder(t.Context(), 1, "a/b"); err != nil || len(s) != 1 {
		t.Errorf("got %v, %v", s, err)
	}
}

// Names that are gone are not found, and room is given back.
func TestNamesAreForgotten(t *testing.T) {
	c := open(t)
	var paths []string
	for i := range 3000 {
		paths = append(paths, fmt.Sprintf("dir/gone %04d", i))
	}
	put(t, c, "old", 1, paths...)
	put(t, c, "new", 2, "Folder/THERE", "dir/here")
	if err := c.Drop(t.Context(), []string{"old"}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"gone": 0, "here": 2, "folder there": 1} {
		found, _, err := c.Search(t.Context(), ParseQuery(query), 10)
		if err != nil || len(found) != want {
			t.Errorf("%s: got %v, %v", query, found, err)
		}
	}
	var size int64
	if err := c.file.read.QueryRow("SELECT sum(length(data)) FROM names").Scan(&size); err != nil || size > 100 {
		t.Errorf("%d bytes of names, %v", size, err)
	}
}

func TestSearchPutsTheBestFirst(t *testing.T) {
	c := open(t)
	put(t, c, "v", 1, "a/xreport", "b/my report.txt", "c/report", "d/reports", "report/other")
	found, more, err := c.Search(t.Context(), ParseQuery("report"), 10)
	if err != nil || more {
		t.Fatal(more, err)
	}
	var got []string
	for _, s := range found {
		got = append(got, s.Entry.Path)
	}
	if want := "c/report report d/reports b/my report.txt a/xreport"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	c := open(t)
	small(t, c)
	for what, err := range map[string]error{
		"line":     second(c.Folder(t.Context(), 7, "")),
		"folder":   second(c.Folder(t.Context(), 1, "dir/no")),
		"file":     second(c.Folder(t.Context(), 1, "other/x")),
		"version":  second(c.FolderAt(t.Context(), 1, "v9", "")),
		"versions": second(c.Versions(t.Context(), 7)),
		"history":  second(c.History(t.Context(), 1, "dir/no")),
		"lineOf":   second(c.LineOf(t.Context(), "v9")),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	for _, err := range c.Differences(t.Context(), 1, "v0", "v9", "") {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	for range c.Differences(t.Context(), 1, "v0", "v1", "no/such") {
		t.Error("there is a difference in nothing")
	}
}

func second[T any](_ T, err error) error { return err }

func TestInfoIsRefreshed(t *testing.T) {
	c := open(t)
	small(t, c)
	if err := c.Refresh(t.Context(), map[string][]byte{"v1": []byte("new"), "unknown": nil}); err != nil {
		t.Fatal(err)
	}
	versions, err := c.Versions(t.Context(), 1)
	if err != nil || string(versions[1].Info) != "new" || len(versions[0].Info) != 0 {
		t.Errorf("got %+v, %v", versions, err)
	}
}

// FuzzDamagedFile flips bytes anywhere in a catalog: it may forget, and never
// panics or ends in something else than an answer.
func FuzzDamagedFile(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "whole.db")
	c, err := Open(f.Context(), path, dir)
	if err != nil {
		f.Fatal(err)
	}
	small(f, c)
	if err := c.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		f.Add(r.Uint32(), byte(r.Uint32()), r.Uint32(), byte(r.Uint32()))
	}
	f.Fuzz(func(t *testing.T, at uint32, x byte, at2 uint32, x2 byte) {
		b := append([]byte{}, whole...)
		b[int(at)%len(b)] ^= x
		b[int(at2)%len(b)] ^= x2
		path := filepath.Join(t.TempDir(), "catalog.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(t.Context(), path, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer closeIt(t, c)
		useAll(t, c)
	})
}

// useAll asks for everything; the answers are whatever is left.
func useAll(t *testing.T, c *Catalog) {
	t.Helper()
	ignore := func(err error) {
		if errors.Is(err, errDamaged) || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	}
	lines, err := c.Lines(t.Context())
	ignore(err)
	for _, l := range append(lines, Line{ID: 1}) {
		ignore(second(c.Versions(t.Context(), l.ID)))
		ignore(second(c.Folder(t.Context(), l.ID, "dir")))
		ignore(second(c.FolderAt(t.Context(), l.ID, "v1", "dir")))
		ignore(second(c.History(t.Context(), l.ID, "dir/file")))
		for range c.Differences(t.Context(), l.ID, "v0", "v2", "") {
			continue
		}
		for range c.Across(t.Context(), l.ID, "v0", l.ID, "v2") {
			continue
		}
	}
	_, _, err = c.Search(t.Context(), ParseQuery("file"), 5)
	ignore(err)
	_ = add(t.Context(), c, "v4", 4, "dir/new", "z") // it may not fit what is left
	ignore(c.Drop(t.Context(), []string{"v1"}))
}

// FuzzRecords reads whatever a folder could hold.
func FuzzRecords(f *testing.F) {
	e := repository.Entry{Type: repository.File, Size: 5, HasXattrs: true, HasNanoseconds: true, ContentKey: "12345678"}
	rec := record{name: []byte("name"), child: 3, states: []state{{0, 4, appendItem(nil, &e)}, {4, 0, []byte("x")}}}
	f.Add(rec.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := scanner{b: b}
		var rec record
		for at := 0; s.more() && rec.read(&s) == nil; at += len(rec.raw) {
			if !bytes.HasPrefix(b[at:], rec.raw) {
				t.Fatal("a record is not what was read")
			}
			for i := range rec.states {
				_, _ = parseItem(rec.states[i].item, words{})
			}
		}
	})
}

// FuzzQuery looks for whatever a person may type: what is found by going
// through names is what fits the path.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{"", "a", "\x00", "A b", "*.txt", "a/b", "/", "//", "*/?", "\xff", "ſ K", "?*?", "a*/", strings.Repeat("*a", 50)} {
		f.Add(q, "A/b/ſome Kind.txt")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		if len(text) > 200 || len(path) > 200 || path == "" || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") ||
			strings.Contains(path, "//") || strings.Contains(path, "\x00") {
			return
		}
		for _, q := range []Query{ParseQuery(text), Pattern(text)} {
			at := strings.LastIndexByte(path, '/')
			dir, name := "", path[at+1:]
			if at > 0 {
				dir = path[:at]
			}
			s := search{query: &q, limit: 10}
			if !q.isEmpty() {
				s.section(1, appendFolded(nil, dir), append(appendFolded(nil, name), 0))
			}
			found := false
			for _, hits := range s.hits {
				found = found || len(hits) > 0
			}
			if q.exact != nil && !found && q.matches(path) || q.exact == nil && !q.isEmpty() && found != q.matches(path) {
				t.Errorf("%q and %q: found %v, fits %v", text, path, found, q.matches(path))
			}
		}
	})
}
