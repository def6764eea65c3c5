package restore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
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
