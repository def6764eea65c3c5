package restore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// when is the time of every item in these tests.
var when = time.Unix(1234567890, 123456789)

// item is an entry and its content.
type item struct {
	entry   repository.Entry
	content string
}

func dir(path string) item {
	return item{entry: repository.Entry{Path: path, Type: repository.Dir, Mode: 0o755, ModTime: when, HasNanoseconds: true}}
}

func file(path, content string) item {
	sum := sha256.Sum256([]byte(content))
	return item{repository.Entry{
		Path: path, Type: repository.File, Mode: 0o640, ModTime: when, HasNanoseconds: true,
		Size: int64(len(content)), SHA256: sum[:],
	}, content}
}

func link(path, target string) item {
	return item{entry: repository.Entry{Path: path, Type: repository.Symlink, Mode: 0o777, ModTime: when, Target: target}}
}

// report is what an observer heard.
type report struct {
	mu       sync.Mutex
	problems map[string]repository.Problem
	notices  []string
}

func (r *report) watch() repository.Observer {
	r.problems = map[string]repository.Problem{}
	watch := repository.Ignore()
	watch.Problem = func(path string, kind repository.Problem, _ error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.problems[path] = kind
	}
	watch.Notice = func(sentence string) { r.notices = append(r.notices, sentence) }
	return watch
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (i item) put(ctx context.Context, w *Writer) error {
	e := i.entry
	if e.Type != repository.File {
		return w.Put(ctx, &e, nil)
	}
	return w.Put(ctx, &e, strings.NewReader(i.content))
}

// restoreAll puts all items and returns the first error of each.
func restoreAll(t testing.TB, target string, o Options, items ...item) (Counts, map[string]error) {
	t.Helper()
	w, err := Open(target, o)
	must(t, err)
	failed := map[string]error{}
	for _, i := range items {
		if err := i.put(t.Context(), w); err != nil {
			failed[i.entry.Path] = err
		}
	}
	counts, err := w.Close(t.Context())
	must(t, err)
	return counts, failed
}

// content returns what is below a folder: path to content, "/" for folders
// and "-> target" for links.
func content(t testing.TB, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		switch {
		case d.IsDir():
			found[rel] = "/"
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			found[rel] = "-> " + target
			return err
		case d.Type().IsRegular():
			data, err := os.ReadFile(path)
			found[rel] = string(data)
			return err
		default:
			found[rel] = d.Type().String()
		}
		return nil
	}))
	return found
}

func equal(t testing.TB, got, want map[string]string) {
	t.Helper()
	for path, s := range got {
		if want[path] != s {
			t.Errorf("got %q = %.60q, want %.60q", path, s, want[path])
		}
	}
	for path, s := range want {
		if _, ok := got[path]; !ok {
			t.Errorf("%q = %.60q is missing", path, s)
		}
	}
}

func isRoot() bool { return os.Geteuid() == 0 }

func TestRestoresEveryType(t *testing.T) {
	target := t.TempDir() + "/new"
	big := strings.Repeat("0123456789abcdef", 50_000)
	pipe := item{entry: repository.Entry{Path: "pipe", Type: repository.FIFO, Mode: 0o604, ModTime: when}}
	null := item{entry: repository.Entry{Path: "zero", Type: repository.CharDevice, Mode: 0o600, ModTime: when, Major: 1, Minor: 5}}
	special := file("special", "x")
	special.entry.Mode = 0o6711
	closed := dir("closed")
	closed.entry.Mode = 0o1500
	t.Cleanup(func() { _ = os.Chmod(target+"/closed", 0o700) }) // so that a user can remove it
	counts, failed := restoreAll(t, target, Options{Owner: None},
		dir(""), file("big", big), closed, file("closed/in\xffside", "x"), file("empty", ""), link("link", "/no/\xfe"), pipe, special, null)
	want := map[string]string{
		"big": big, "closed": "/", "closed/in\xffside": "x", "empty": "", "link": "-> /no/\xfe", "pipe": "p---------", "special": "x",
	}
	wantItems := int64(8)
	if isRoot() {
		want["zero"], wantItems = "Dc---------", 9
	} else if !errors.Is(failed["zero"], ErrDevice) {
		t.Errorf("device as a user: got %v, want ErrDevice", failed["zero"])
	}
	equal(t, content(t, target), want)
	if counts.Items != wantItems || counts.Files != 4 || counts.Bytes != int64(len(big)+2) || counts.Inexact != 0 {
		t.Errorf("got counts %+v", counts)
	}
	modes := map[string]uint32{"": 0o755, "big": 0o640, "closed": 0o1500, "pipe": 0o604, "special": 0o6711}
	for path, mode := range modes {
		var st unix.Stat_t
		must(t, unix.Lstat(filepath.Join(target, path), &st))
		if uint32(st.Mode)&0o7777 != mode || !time.Unix(st.Mtim.Unix()).Equal(when) {
			t.Errorf("%q: got mode %o time %v, want %o %v", path, st.Mode&0o7777, time.Unix(st.Mtim.Unix()), mode, when)
		}
	}
	var st unix.Stat_t
	must(t, unix.Lstat(target+"/link", &st))
	if !time.Unix(st.Mtim.Unix()).Equal(when) {
		t.Errorf("link: got time %v, want %v", time.Unix(st.Mtim.Unix()), when)
	}
}

func TestHostileArchive(t *testing.T) {
	rows := []struct {
		name  string
		items []item
		want  error
	}{
		{"parent", []item{file("../evil", "x")}, ErrUnsafePath},
		{"parent inside", []item{file("a/../../evil", "x")}, ErrUnsafePath},
		{"parent folder", []item{dir("..")}, ErrUnsafePath},
		{"absolute", []item{file("/evil", "x")}, ErrUnsafePath},
		{"empty component", []item{file("a//evil", "x")}, ErrUnsafePath},
		{"dot", []item{file("./evil", "x")}, ErrUnsafePath},
		{"zero byte", []item{file("evil\x00", "x")}, ErrUnsafePath},
		{"too deep", []item{file(strings.Repeat("a/", 5000)+"evil", "x")}, ErrUnsafePath},
		{"root as a link", []item{link("", "../outside")}, ErrUnsafePath},
		{"unknown type", []item{{entry: repository.Entry{Path: "evil", Type: 99}}}, ErrUnsafePath},
		{"file through a link", []item{link("a", "../outside"), file("a/evil", "x")}, ErrTargetExists},
		{"folder through a link", []item{link("a", "../outside"), dir("a/evil")}, ErrTargetExists},
		{"folder onto a link", []item{link("evil", "../outside"), dir("evil")}, ErrTargetExists},
		{"file onto a link", []item{link("evil", "../outside/evil"), file("evil", "x")}, ErrTargetExists},
		{"file twice", []item{file("evil", "x"), file("evil", "y")}, ErrTargetExists},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			root := t.TempDir()
			must(t, os.Mkdir(root+"/outside", 0o755))
			last := row.items[len(row.items)-1].entry.Path
			var r report
			_, failed := restoreAll(t, root+"/target", Options{Watch: r.watch()}, row.items...)
			if row.name == "file twice" || row.name == "file onto a link" {
				// Small files are written later, and refused there.
				if failed[last] == nil && r.problems[last] != repository.NotRestored {
					t.Error("the second file was not refused")
				}
			} else if !errors.Is(failed[last], row.want) {
				t.Errorf("got %v, want %v", failed[last], row.want)
			}
			nothingOutside(t, root)
		})
		t.Run(row.name+", replacing", func(t *testing.T) {
			root := t.TempDir()
			must(t, os.Mkdir(root+"/outside", 0o755))
			restoreAll(t, root+"/target", Options{Clash: Replace}, row.items...)
			nothingOutside(t, root)
		})
	}
}

func nothingOutside(t *testing.T, root string) {
	t.Helper()
	for path := range content(t, root) {
		if path != "outside" && path != "target" && !strings.HasPrefix(path, "target/") {
			t.Errorf("%q was written outside the target", path)
		}
		if strings.Contains(path, ".varve-restore-") {
			t.Errorf("%q was left over", path)
		}
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	root := t.TempDir()
	must(t, os.Mkdir(root+"/empty", 0o755))
	must(t, os.MkdirAll(root+"/full/a", 0o755))
	must(t, os.WriteFile(root+"/file", nil, 0o644))
	must(t, os.Symlink("full", root+"/link"))
	must(t, os.Symlink("nowhere", root+"/dangling"))
	rows := []struct {
		name   string
		single bool
		clash  Clash
		want   error
	}{
		{"new/deep", false, Refuse, nil},
		{"empty", false, Refuse, nil},
		{"full", false, Refuse, ErrTargetExists},
		{"full", false, Skip, nil},
		{"link", false, Refuse, ErrTargetExists},
		{"dangling", false, Refuse, ErrTargetExists},
		{"file", false, Skip, ErrTargetExists},
		{"file", true, Refuse, ErrTargetExists},
		{"empty", true, Refuse, ErrTargetExists},
		{"file", true, Replace, nil},
		{"file", false, Replace, nil},
	}
	for _, row := range rows {
		w, err := Open(root+"/"+row.name, Options{Clash: row.clash, SingleItem: row.single})
		if !errors.Is(err, row.want) {
			t.Errorf("%s, single %v, %v: got %v, want %v", row.name, row.single, row.clash, err, row.want)
		}
		if err == nil {
			_, err := w.Close(t.Context())
			must(t, err)
		}
	}
}

func TestClashes(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 3, 0, 0, time.UTC)
	const mark = " (restored 2026-11-21 14:03)"
	before := map[string]string{
		"dir": "/", "dir/mine": "mine", "file.jpg": "old", "link": "-> dir", "swap-dir": "/", "swap-dir/mine": "mine", "swap-file": "old",
	}
	items := []item{
		dir(""), dir("dir"), file("dir/new", "new"), file("file.jpg", "new"), file("link", "new"),
		file("swap-dir", "new"), dir("swap-file"), file("swap-file/new", "new"),
	}
	rows := []struct {
		clash  Clash
		age    time.Duration // of what is there, compared with the archive
		change map[string]string
		counts Counts
	}{
		{Replace, 0, map[string]string{
			"dir/new": "new", "file.jpg": "new", "link": "new", "swap-dir": "new", "swap-dir/mine": "", "swap-file": "/", "swap-file/new": "new",
		}, Counts{Items: 8, Files: 5, Bytes: 15}},
		{KeepBoth, 0, map[string]string{
			"dir/new": "new", "file" + mark + ".jpg": "new", "link" + mark: "new", "swap-dir" + mark: "new",
			"swap-file" + mark: "/", "swap-file" + mark + "/new": "new",
		}, Counts{Items: 8, Files: 5, Bytes: 15, Kept: 4}},
		{Skip, 0, map[string]string{"dir/new": "new"}, Counts{Items: 3, Files: 1, Bytes: 3, Skipped: 5}},
		{ReplaceOlder, time.Hour, map[string]string{
			"dir/new": "new", "file.jpg": "new", "link": "new", "swap-file": "/", "swap-file/new": "new",
		}, Counts{Items: 7, Files: 4, Bytes: 12}},
		{ReplaceOlder, -time.Hour, map[string]string{"dir/new": "new"}, Counts{Items: 3, Files: 1, Bytes: 3, Skipped: 4}},
	}
	for _, row := range rows {
		t.Run(fmt.Sprint(row.clash, row.age), func(t *testing.T) {
			target := t.TempDir()
			build(t, target, before, when.Add(-row.age))
			o := Options{Clash: row.clash, Now: func() time.Time { return now }}
			counts, failed := restoreAll(t, target, o, items...)
			want := map[string]string{}
			for path, s := range before {
				want[path] = s
			}
			for path, s := range row.change {
				if want[path] = s; s == "" {
					delete(want, path)
				}
			}
			equal(t, content(t, target), want)
			if counts != row.counts {
				t.Errorf("got %+v, want %+v", counts, row.counts)
			}
			if refused := row.clash == ReplaceOlder; errors.Is(failed["swap-dir"], ErrTargetExists) != refused || len(failed) > 1 {
				t.Errorf("got errors %v", failed)
			}
		})
	}
}

// build makes a tree as content describes it.
func build(t *testing.T, root string, tree map[string]string, modified time.Time) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		at, s := filepath.Join(root, path), tree[path]
		target, isLink := strings.CutPrefix(s, "-> ")
		switch {
		case s == "/":
			must(t, os.Mkdir(at, 0o755))
		case isLink:
			must(t, os.Symlink(target, at))
		default:
			must(t, os.WriteFile(at, []byte(s), 0o644))
		}
		ts := unix.NsecToTimespec(modified.UnixNano())
		must(t, unix.UtimesNanoAt(unix.AT_FDCWD, at, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW))
	}
}

func TestFolderIsFilledThatWasClosed(t *testing.T) {
	target := t.TempDir()
	must(t, os.Mkdir(target+"/a", 0o555))
	t.Cleanup(func() { _ = os.Chmod(target+"/a", 0o700) }) // so that a user can remove it
	_, failed := restoreAll(t, target, Options{Clash: Skip}, file("a/new", "x"))
	if len(failed) > 0 {
		t.Errorf("got %v", failed)
	}
	if info, err := os.Stat(target + "/a"); err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("got %v, %v, want mode 0555", info.Mode(), err)
	}
}

func TestMissingParentsAreMadeAndDescribed(t *testing.T) {
	for clash := Refuse; clash <= ReplaceOlder; clash++ {
		target := t.TempDir() + "/new"
		_, failed := restoreAll(t, target, Options{Clash: clash}, dir(""), file("a/b/file", "x"), dir("a/b"), dir("c"))
		if len(failed) > 0 {
			t.Errorf("%v: got %v", clash, failed)
		}
		for path, mode := range map[string]fs.FileMode{"": 0o755, "a": 0o700, "a/b": 0o755, "c": 0o755} {
			if info, err := os.Stat(target + "/" + path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%v, %q: got %v, %v, want %o", clash, path, info.Mode(), err, mode)
			}
		}
	}
}

func TestSingleItem(t *testing.T) {
	for _, i := range []item{file("some/where", "x"), file("", "x"), link("some/link", "x")} {
		root := t.TempDir()
		w, err := Open(root+"/one", Options{SingleItem: true})
		must(t, err)
		must(t, i.put(t.Context(), w))
		if err := file("second", "x").put(t.Context(), w); !errors.Is(err, ErrUnsafePath) {
			t.Errorf("a second item: got %v, want ErrUnsafePath", err)
		}
		_, err = w.Close(t.Context())
		must(t, err)
		if got := content(t, root); len(got) != 1 || got["one"] == "" {
			t.Errorf("got %q", got)
		}
	}
}

func TestDamagedContentLeavesNothing(t *testing.T) {
	boom := errors.New("boom")
	long := strings.Repeat("x", 3*smallFile)
	rows := []struct {
		name    string
		stored  string
		content io.Reader
		want    error
	}{
		{"short", "1234", strings.NewReader("123"), ErrMismatch},
		{"long", "1234", strings.NewReader("12345"), ErrMismatch},
		{"other", "1234", strings.NewReader("1235"), ErrMismatch},
		{"broken", "1234", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(boom)), boom},
		{"none", "1234", nil, nil},
		{"large, short", long, strings.NewReader(long[1:]), ErrMismatch},
		{"large, long", long, strings.NewReader(long + "x"), ErrMismatch},
		{"large, endless", long, endless{}, ErrMismatch},
		{"large, other", long, strings.NewReader(long[1:] + "y"), ErrMismatch},
		{"large, broken", long, io.MultiReader(strings.NewReader(long[:smallFile+5]), iotest.ErrReader(boom)), boom},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			target := t.TempDir()
			must(t, os.WriteFile(target+"/file", []byte("mine"), 0o644))
			w, err := Open(target, Options{Clash: Replace})
			must(t, err)
			e := file("file", row.stored).entry
			if err := w.Put(t.Context(), &e, row.content); err == nil || row.want != nil && !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			counts, err := w.Close(t.Context())
			must(t, err)
			equal(t, content(t, target), map[string]string{"file": "mine"})
			if counts != (Counts{}) {
				t.Errorf("got %+v, want nothing counted", counts)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestHardLinks(t *testing.T) {
	first, second, other, alone := file("a/one", "content"), file("two", "content"), file("x", "changed"), file("y", "content")
	for _, i := range []*item{&first, &second, &other} {
		i.entry.HardLink = "a/one"
	}
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	if _, ok := w.LinkTarget(&second.entry); ok {
		t.Error("a link to what was not restored yet")
	}
	must(t, first.put(t.Context(), w))
	if path, ok := w.LinkTarget(&second.entry); !ok || path != "a/one" {
		t.Errorf("got %q, %v, want a/one", path, ok)
	}
	must(t, w.Put(t.Context(), &second.entry, nil))
	if _, ok := w.LinkTarget(&other.entry); ok {
		t.Error("a link to a file with other content")
	}
	must(t, other.put(t.Context(), w))
	must(t, alone.put(t.Context(), w))
	counts, err := w.Close(t.Context())
	must(t, err)
	if counts.Files != 4 {
		t.Errorf("got %+v, want 4 files", counts)
	}
	var one, two, x unix.Stat_t
	must(t, unix.Stat(target+"/a/one", &one))
	must(t, unix.Stat(target+"/two", &two))
	must(t, unix.Stat(target+"/x", &x))
	if one.Ino != two.Ino || one.Ino == x.Ino {
		t.Errorf("got inodes %d %d %d, want the first two equal", one.Ino, two.Ino, x.Ino)
	}
	equal(t, content(t, target), map[string]string{"a": "/", "a/one": "content", "two": "content", "x": "changed", "y": "content"})
}

func TestHardLinkToReplacedFileIsRefused(t *testing.T) {
	first, second := file("one", "content"), file("two", "content")
	first.entry.HardLink, second.entry.HardLink = "one", "one"
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	must(t, first.put(t.Context(), w))
	must(t, os.WriteFile(target+"/other", []byte("swapped"), 0o644))
	must(t, os.Rename(target+"/other", target+"/one"))
	if err := w.Put(t.Context(), &second.entry, nil); !errors.Is(err, ErrMismatch) {
		t.Errorf("got %v, want ErrMismatch", err)
	}
	_, err = w.Close(t.Context())
	must(t, err)
	equal(t, content(t, target), map[string]string{"one": "swapped"})
}

func TestCopyInPlaceOfAHardLink(t *testing.T) {
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	first := file("one", "content")
	first.entry.HardLink = "one"
	must(t, first.put(t.Context(), w))
	second := file("two", "content")
	at, err := w.place(&second.entry)
	must(t, err)
	must(t, w.putCopy(t.Context(), at, &second.entry, w.stack[0].fd, "one"))
	at.folder.release(w)
	_, err = w.Close(t.Context())
	must(t, err)
	equal(t, content(t, target), map[string]string{"one": "content", "two": "content"})
}

func TestAttributes(t *testing.T) {
	target := t.TempDir() + "/new"
	f, d, pipe := file("file", "x"), dir("dir"), item{entry: repository.Entry{Path: "pipe", Type: repository.FIFO, Mode: 0o600}}
	f.entry.Mode = 0o400
	f.entry.Xattrs = []repository.Xattr{{Name: "user.a", Value: []byte("\x00\xff")}, {Name: "user.b"}}
	d.entry.Xattrs = f.entry.Xattrs
	pipe.entry.Xattrs = f.entry.Xattrs[:1]
	var r report
	counts, _ := restoreAll(t, target, Options{Watch: r.watch()}, d, f, pipe)
	var buf [16]byte
	n, err := unix.Lgetxattr(target+"/file", "user.a", buf[:])
	switch {
	case errors.Is(err, unix.ENOTSUP):
		if counts.Inexact != 3 || len(r.problems) != 1 || len(r.notices) != 1 {
			t.Errorf("without attributes: got %+v, %v, %q", counts, r.problems, r.notices)
		}
		return
	case err != nil || string(buf[:n]) != "\x00\xff":
		t.Errorf("got %q, %v", buf[:max(n, 0)], err)
	}
	if _, err := unix.Lgetxattr(target+"/dir", "user.b", buf[:]); err != nil {
		t.Errorf("folder: %v", err)
	}
	if counts.Inexact != 1 || r.problems["pipe"] != repository.Inexact || len(r.problems) != 1 {
		t.Errorf("got %+v, %v, want the pipe inexact", counts, r.problems)
	}
}

func TestOwner(t *testing.T) {
	named := file("file", "x")
	named.entry.User, named.entry.Group = "root", "no such group"
	named.entry.UID, named.entry.GID = 12345, 54321
	rows := map[Owner][2]uint32{ByName: {0, 54321}, ByNumber: {12345, 54321}, None: {0, uint32(os.Getegid())}}
	for owner, want := range rows {
		if !isRoot() {
			want = [2]uint32{uint32(os.Geteuid()), uint32(os.Getegid())}
		}
		target := t.TempDir() + "/new"
		var r report
		counts, _ := restoreAll(t, target, Options{Owner: owner, Watch: r.watch()}, named)
		var st unix.Stat_t
		must(t, unix.Stat(target+"/file", &st))
		if got := [2]uint32{st.Uid, st.Gid}; got != want || counts.Inexact != 0 || len(r.problems) > 0 {
			t.Errorf("%v: got %v, %+v, %v, want %v", owner, got, counts, r.problems, want)
		}
	}
}

func TestFullDiskEndsTheRun(t *testing.T) {
	for _, size := range []int{10, smallFile + 1} {
		target := t.TempDir() + "/new"
		var r report
		full := func(int, []byte, int64) (int, error) { return 0, unix.ENOSPC }
		w, err := Open(target, Options{Watch: r.watch(), write: full})
		must(t, err)
		err = nil
		for i := 0; i < 1000 && err == nil; i++ {
			err = file(fmt.Sprintf("%04d", i), strings.Repeat("x", size)).put(t.Context(), w)
		}
		if !errors.Is(err, ErrFull) || !errors.Is(err, unix.ENOSPC) {
			t.Errorf("Put: got %v, want ErrFull", err)
		}
		if _, err := w.Close(t.Context()); !errors.Is(err, ErrFull) {
			t.Errorf("Close: got %v, want ErrFull", err)
		}
		equal(t, content(t, target), nil)
	}
}

func TestCancelLeavesNoPartialFile(t *testing.T) {
	target := t.TempDir() + "/new"
	ctx, cancel := context.WithCancel(t.Context())
	w, err := Open(target, Options{})
	must(t, err)
	e := file("file", strings.Repeat("x", 4*smallFile)).entry
	err = w.Put(ctx, &e, io.MultiReader(strings.NewReader(strings.Repeat("x", smallFile+1)), readerFunc(func(p []byte) (int, error) {
		cancel()
		return len(p), nil
	})))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if _, err := w.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: got %v, want context.Canceled", err)
	}
	equal(t, content(t, target), nil)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestDryRunWritesNothing(t *testing.T) {
	root := t.TempDir()
	o := Options{DryRun: true}
	bad := file("dir/bad", "x")
	bad.content = "y"
	large := file("large", strings.Repeat("x", 2*smallFile))
	counts, failed := restoreAll(t, root+"/new", o, dir(""), dir("dir"), bad, file("dir/file", "x"), large, link("link", "x"))
	if counts.Items != 5 || counts.Files != 2 || !errors.Is(failed["dir/bad"], ErrMismatch) || len(failed) != 1 {
		t.Errorf("got %+v, %v", counts, failed)
	}
	must(t, os.WriteFile(root+"/file", []byte("mine"), 0o644))
	o.Clash = Replace
	noContent := file("none", "12345").entry
	w, err := Open(root+"/new", o)
	must(t, err)
	must(t, w.Put(t.Context(), &noContent, nil))
	if counts, err := w.Close(t.Context()); err != nil || counts.Bytes != 5 {
		t.Errorf("without content: got %+v, %v, want 5 bytes", counts, err)
	}
	counts, _ = restoreAll(t, root, o, file("file", "new"), file("file2/x", "new"))
	if counts.Files != 2 {
		t.Errorf("got %+v, want 2 files", counts)
	}
	o.Clash = Replace
	counts, _ = restoreAll(t, root+"/file", o, dir(""), file("x", "new"))
	if counts.Items != 2 {
		t.Errorf("onto a file: got %+v, want 2 items", counts)
	}
	equal(t, content(t, root), map[string]string{"file": "mine"})
}

func TestNothingIsReplacedThatAppearedMeanwhile(t *testing.T) {
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	e := file("file", strings.Repeat("x", 2*smallFile)).entry
	content2 := io.MultiReader(strings.NewReader(strings.Repeat("x", 2*smallFile)), readerFunc(func([]byte) (int, error) {
		must(t, os.WriteFile(target+"/file", []byte("mine"), 0o644))
		return 0, io.EOF
	}))
	if err := w.Put(t.Context(), &e, content2); !errors.Is(err, ErrTargetExists) {
		t.Errorf("got %v, want ErrTargetExists", err)
	}
	_, err = w.Close(t.Context())
	must(t, err)
	equal(t, content(t, target), map[string]string{"file": "mine"})
}

func TestManyFilesAtOnce(t *testing.T) {
	target := t.TempDir() + "/new"
	items, want := []item{dir("")}, map[string]string{}
	for d := range 20 {
		folder := dir(fmt.Sprintf("d%02d", d))
		items, want[folder.entry.Path] = append(items, folder), "/"
		for f := range 50 {
			i := file(fmt.Sprintf("%s/f%02d", folder.entry.Path, f), strings.Repeat("z", (d*f)%700))
			items, want[i.entry.Path] = append(items, i), i.content
		}
	}
	counts, failed := restoreAll(t, target, Options{}, items...)
	if len(failed) > 0 || counts.Items != 1021 || counts.Files != 1000 {
		t.Errorf("got %+v, %v", counts, failed)
	}
	equal(t, content(t, target), want)
	for path, s := range want {
		if info, err := os.Stat(target + "/" + path); s == "/" && (err != nil || !info.ModTime().Equal(when)) {
			t.Errorf("%s: got time %v, %v, want %v", path, info.ModTime(), err, when)
		}
	}
}

// TestEntryIsCopied runs under the race detector: the caller's entry is its
// own again when Put returns.
func TestEntryIsCopied(t *testing.T) {
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	var e repository.Entry
	for i := range 200 {
		e = dir(fmt.Sprintf("d%03d", i)).entry
		must(t, w.Put(t.Context(), &e, nil))
		e = file(fmt.Sprintf("d%03d/file", i), "x").entry
		must(t, w.Put(t.Context(), &e, strings.NewReader("x")))
		e.Path = "gone"
	}
	_, err = w.Close(t.Context())
	must(t, err)
	if info, err := os.Stat(target + "/d000"); err != nil || !info.ModTime().Equal(when) {
		t.Errorf("got %v, %v, want time %v", info, err, when)
	}
}

func TestWords(t *testing.T) {
	for c := Refuse; c <= ReplaceOlder; c++ {
		text, err := c.MarshalText()
		must(t, err)
		var back Clash
		if err := back.UnmarshalText(text); err != nil || back != c || c.String() != string(text) {
			t.Errorf("%v: got %v, %v", c, back, err)
		}
	}
	for o := ByName; o <= None; o++ {
		text, err := o.MarshalText()
		must(t, err)
		var back Owner
		if err := back.UnmarshalText(text); err != nil || back != o || o.String() != string(text) {
			t.Errorf("%v: got %v, %v", o, back, err)
		}
	}
	if _, err := Clash(99).MarshalText(); err == nil || new(Owner).UnmarshalText([]byte("x")) == nil {
		t.Error("unknown words were taken")
	}
}

func TestKeptName(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 3, 0, 0, time.UTC)
	rows := []struct {
		name    string
		attempt int
		want    string
	}{
		{"photo.jpg", 1, "photo (restored 2026-11-21 14:03).jpg"},
		{"photo.jpg", 2, "photo (restored 2026-11-21 14:03, 2).jpg"},
		{".profile", 1, ".profile (restored 2026-11-21 14:03)"},
		{"folder", 1, "folder (restored 2026-11-21 14:03)"},
		{strings.Repeat("x", 255), 1, strings.Repeat("x", 255-28) + " (restored 2026-11-21 14:03)"},
	}
	for _, row := range rows {
		if got := keptName(row.name, now, row.attempt); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

// FuzzPath looks for a path that is taken and leads out of the target, or
// leaves something behind that is not the item.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"a", "a/b", "../a", "/a", "a/./b", "a//b", "\xff", "a\x00", "", ".", strings.Repeat("x", 300)} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		root := t.TempDir()
		w, err := Open(root+"/target", Options{})
		must(t, err)
		putErr := file(path, "x").put(t.Context(), w)
		counts, err := w.Close(t.Context())
		must(t, err)
		nothingOutside(t, root)
		data, err := os.ReadFile(root + "/target/" + path)
		if putErr == nil && counts.Failed == 0 && (err != nil || string(data) != "x") {
			t.Errorf("%q: got %q, %v", path, data, err)
		}
	})
}

// FuzzArchive restores archives made of few names, so that items meet: links,
// folders and files of the same name, in any order, with every clash.
func FuzzArchive(f *testing.F) {
	f.Add([]byte{0, 2, 1, 0, 1, 9})
	f.Add([]byte{1, 0, 1, 2, 1, 1, 1, 10, 0, 25})
	f.Add([]byte{2, 1, 5, 2, 5, 0, 17})
	names := []string{"a", "b", "..", "a/b", "a/b/a", "", "b/../../outside/x", "b/a", "/outside/x"}
	targets := []string{"../outside", "a", "../outside/x", "/", "."}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < 1 || len(script) > 60 {
			return
		}
		root := t.TempDir()
		must(t, os.Mkdir(root+"/outside", 0o755))
		w, err := Open(root+"/target", Options{Clash: Clash(script[0] % 5)})
		must(t, err)
		for i := 1; i+1 < len(script); i += 2 {
			name, kind := names[int(script[i])%len(names)], script[i+1]
			thing := dir(name)
			switch kind % 4 {
			case 0:
				thing = file(name, "x")
			case 1:
				thing = link(name, targets[int(kind/4)%len(targets)])
			case 2:
				thing = file(name, "linked")
				thing.entry.HardLink = names[int(kind/4)%len(names)]
			}
			if p := w.FindSame(t.Context(), &thing.entry); p != nil {
				_ = w.PutPresent(t.Context(), &thing.entry, p)
				continue
			}
			_ = thing.put(t.Context(), w) // any item may be refused
		}
		if _, err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
		nothingOutside(t, root)
	})
}

func BenchmarkSmallFiles(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var items []item
	for d := range 40 {
		items = append(items, dir(fmt.Sprintf("d%02d", d)))
		for f := range 100 {
			data := bytes.Repeat([]byte{byte(f)}, random.IntN(16<<10))
			items = append(items, file(fmt.Sprintf("d%02d/f%02d", d, f), string(data)))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		restoreAll(b, b.TempDir()+"/new", Options{}, items...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(items)), "ns/item")
}
