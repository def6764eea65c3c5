// Package backendtest is the suite that every Store passes. Run runs it; Large
// and Many are for what takes long, and OneClass for what a kind tests by
// itself.
package backendtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// Opener makes an empty Store. The suite closes it.
type Opener func(t testing.TB) backends.Store

// Suite is what every Store passes. The zero value of a field asks for all.
type Suite struct {
	Open Opener
	// Slow: every call starts a program, or something else takes its time. The
	// tests that make many calls make fewer.
	Slow bool
	// AtOnce: a Store waits more than it works, so that the tests may run at the
	// same time.
	AtOnce bool
	// KeepsConnections: the library keeps connections for a while after Close,
	// so that its goroutines are not counted.
	KeepsConnections bool
	// HidesDots: the server does not list names that begin with a dot, so that
	// they may be refused.
	HidesDots bool
	// CutsReplaced: the server may cut an object to the length of the one that
	// it replaces at that moment.
	CutsReplaced bool
	// ShortNames: the server takes a name of 250 bytes, and then cannot do with
	// it what it can with others.
	ShortNames bool
	// Only, when not empty, names the tests that run, for a store that takes
	// minutes for all of them.
	Only []string
}

// Run tests a kind of store. open makes an empty one for each test.
func Run(t *testing.T, open func(t testing.TB) backends.Store) { Suite{Open: open}.Run(t) }

// many is n, or a sixth of it where calls are slow.
func (s Suite) many(n int) int {
	if s.Slow {
		return max(n/6, 2)
	}
	return n
}

// Run tests a kind of store.
func (s Suite) Run(t *testing.T) {
	for name, test := range map[string]func(*testing.T, backends.Store){
		"PutGet": putGet, "Ranges": ranges, "List": list, "Replace": replace, "Delete": remove,
		"Missing": missing, "WrongSize": wrongSize, "BadNames": badNames, "Cancelled": cancelled,
		"Concurrent": concurrent, "ReplaceWhileRead": replaceWhileRead, "Folders": folders, "FolderNames": s.folderNames, "MakeFolder": makeFolder, "OpenFile": openFile,
		"Names": s.oddNames, "NamesThatMayBeRefused": s.strangeNames, "DeleteWhileListed": deleteWhileListed, "Mixture": s.mixture,
		"CancelledPut": cancelledPut, "CancelledGet": cancelledGet, "Torn": torn, "ListMany": s.listMany,
	} {
		if s.wants(name) {
			t.Run(name, func(t *testing.T) {
				if s.AtOnce {
					t.Parallel()
				}
				s.one(t, test)
			})
		}
	}
	if s.wants("Goroutines") {
		t.Run("Goroutines", s.goroutines)
	}
}

func (s Suite) wants(test string) bool { return len(s.Only) == 0 || slices.Contains(s.Only, test) }

// bystander lies beside whatever a test does, and must not notice.
const bystander = "zz-bystander"

// one runs a test on a Store of its own.
func (s Suite) one(t *testing.T, test func(*testing.T, backends.Store)) {
	store := s.Open(t)
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	put(t, store, bystander, []byte("untouched"))
	test(t, store)
	if got := get(t, store, bystander, 0, -1); string(got) != "untouched" {
		t.Errorf("an object that nobody touched became %q", got)
	}
}

// all lists without the bystander, which must be there.
func all(ctx context.Context, t testing.TB, s backends.Store, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		found := prefix != ""
		for o, err := range s.List(ctx, prefix) {
			if o.Name == bystander && err == nil {
				found = true
				continue
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
		if !found {
			t.Errorf("an object that nobody touched is not listed")
		}
	}
}

func put(t testing.TB, s backends.Store, name string, content []byte) {
	t.Helper()
	if err := s.Put(t.Context(), name, backends.BytesSource(content)); err != nil {
		t.Fatalf("Put %q: %v", name, err)
	}
}

func get(t testing.TB, s backends.Store, name string, off, n int64) []byte {
	t.Helper()
	r, err := s.Get(t.Context(), name, off, n)
	if err != nil {
		t.Fatalf("Get %q: %v", name, err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatalf("Get %q: %v", name, err)
	}
	return b
}

func putGet(t *testing.T, s backends.Store) {
	for name, content := range map[string][]byte{
		"empty": {}, "one": {7}, "large": bytes.Repeat([]byte("0123456789"), 300000), "odd name ü '\"": []byte("x"), "a.b.c": []byte("y"),
	} {
		put(t, s, name, content)
		if got := get(t, s, name, 0, -1); !bytes.Equal(got, content) {
			t.Errorf("%q: %d bytes came back of %d", name, len(got), len(content))
		}
		o, err := s.Stat(t.Context(), name)
		if err != nil || o.Size != int64(len(content)) || o.Name != name {
			t.Errorf("Stat %q: %+v, %v", name, o, err)
		}
	}
}

func ranges(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("0123456789"))
	put(t, s, "empty", nil)
	for _, row := range []struct {
		name   string
		off, n int64
		want   string
	}{
		{"x", 0, 4, "0123"},
		{"x", 3, 2, "34"},
		{"x", 8, -1, "89"},
		{"x", 0, 10, "0123456789"},
		{"x", 0, 11, "0123456789"},
		{"x", 9, 1, "9"},
		{"x", 7, 100, "789"},
		{"x", 0, 0, ""},
		{"x", 5, 0, ""},
		{"x", 10, 0, ""},
		{"x", 10, -1, ""},
		{"x", 10, 1, ""},
		{"x", 11, -1, ""},
		{"x", 11, 5, ""},
		{"x", 1 << 40, 5, ""},
		{"empty", 0, -1, ""},
		{"empty", 0, 0, ""},
		{"empty", 0, 5, ""},
		{"empty", 3, -1, ""},
		{"empty", 3, 4, ""},
	} {
		if got := get(t, s, row.name, row.off, row.n); string(got) != row.want {
			t.Errorf("%s: %d bytes from %d are %q, want %q", row.name, row.n, row.off, got, row.want)
		}
	}
}

func list(t *testing.T, s backends.Store) {
	want := []string{"a-1", "a-2", "b"}
	for _, name := range want {
		put(t, s, name, []byte(name))
	}
	for prefix, want := range map[string][]string{"": want, "a-": want[:2], "c": nil} {
		var got []string
		for o, err := range all(t.Context(), t, s, prefix) {
			if err != nil {
				t.Fatal(err)
			}
			if o.Size != int64(len(o.Name)) {
				t.Errorf("%s has %d bytes", o.Name, o.Size)
			}
			got = append(got, o.Name)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("List %q is %q, want %q", prefix, got, want)
		}
	}
	for _, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
		break // ending early is allowed
	}
}

func replace(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("first, and longer"))
	put(t, s, "x", []byte("second"))
	if got := get(t, s, "x", 0, -1); string(got) != "second" {
		t.Errorf("got %q", got)
	}
}

func remove(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("x"))
	for range 2 { // a missing one is no error
		if err := s.Delete(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	missing(t, s)
}

func missing(t *testing.T, s backends.Store) {
	for _, name := range []string{"x", "missing name"} {
		_, serr := s.Stat(t.Context(), name)
		_, gerr := s.Get(t.Context(), name, 0, -1)
		_, rerr := s.Get(t.Context(), name, 5, 5)
		for call, err := range map[string]error{"Stat": serr, "Get": gerr, "Get of a part": rerr} {
			if !errors.Is(err, backends.ErrNotExist) {
				t.Errorf("%s %q: %v, want ErrNotExist", call, name, err)
			}
			OneClass(t, err)
		}
	}
}

// liar is a source that has not what it says.
type liar struct {
	backends.BytesSource
	size int64
}

func (l liar) Size() int64 { return l.size }

func wrongSize(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("before"))
	for _, size := range []int64{3, 300} {
		if err := s.Put(t.Context(), "x", liar{backends.BytesSource("after it all"), size}); err == nil {
			t.Errorf("a source of 12 bytes that says %d was stored", size)
		}
		if err := s.Put(t.Context(), "new", liar{backends.BytesSource("after it all"), size}); !errors.Is(err, backends.ErrSourceSize) {
			t.Errorf("a source of 12 bytes that says %d: %v, want ErrSourceSize", size, err)
		}
		if got := get(t, s, "x", 0, -1); string(got) != "before" {
			t.Errorf("what was there became %q", got)
		}
		names(t, s, "", "x")
	}
}

// A reader that has begun gets one object or the other, or an error, but no
// mixture.
func replaceWhileRead(t *testing.T, s backends.Store) {
	first, second := bytes.Repeat([]byte("1"), 300000), bytes.Repeat([]byte("2"), 300000)
	put(t, s, "x", first)
	r, err := s.Get(t.Context(), "x", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := make([]byte, 1000)
	if _, err := io.ReadFull(r, got); err != nil {
		t.Fatal(err)
	}
	put(t, s, "x", second)
	rest, err := io.ReadAll(r)
	if got = append(got, rest...); err == nil && !bytes.Equal(got, first) && !bytes.Equal(got, second) {
		t.Errorf("got a mixture of %d bytes", len(got))
	}
}

// folders tests names with slashes, where a destination has them.
func folders(t *testing.T, s backends.Store) {
	err := s.Put(t.Context(), "a/b/c", backends.BytesSource("1"))
	if errors.Is(err, backends.ErrInvalidName) {
		return // allowed: it has no folders
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a/b/d", "a/bc", "ab"} {
		put(t, s, name, []byte("2"))
	}
	names(t, s, "", "a/b/c", "a/b/d", "a/bc", "ab")
	names(t, s, "a/b", "a/b/c", "a/b/d", "a/bc")
	names(t, s, "a/b/", "a/b/c", "a/b/d")
	names(t, s, "a/b/d", "a/b/d")
	if got := get(t, s, "a/b/c", 0, -1); string(got) != "1" {
		t.Errorf("got %q", got)
	}
	for _, name := range []string{"a/b/c", "a/b/none"} {
		if err := s.Delete(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
	names(t, s, "", "a/b/d", "a/bc", "ab")
}

func names(t testing.TB, s backends.Store, prefix string, want ...string) {
	t.Helper()
	var got []string
	for o, err := range all(t.Context(), t, s, prefix) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Name)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("List %q is %q, want %q", prefix, got, want)
	}
}

// openFile tests what only a backends.Opener can.
func openFile(t *testing.T, s backends.Store) {
	opener, ok := backends.As[backends.Opener](s)
	if !ok {
		return
	}
	put(t, s, "x", []byte("0123456789"))
	f, err := opener.OpenFile(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := make([]byte, 3)
	if _, err := f.ReadAt(got, 4); err != nil || string(got) != "456" || f.Size() != 10 {
		t.Errorf("got %q of %d bytes, %v", got, f.Size(), err)
	}
	if _, err := opener.OpenFile(t.Context(), "none"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
}

func badNames(t *testing.T, s backends.Store) {
	for _, name := range []string{"", ".", "..", "../x", "/x", "a/../../x", "a//b", "nul\x00"} {
		_, gerr := s.Get(t.Context(), name, 0, -1)
		_, serr := s.Stat(t.Context(), name)
		for call, err := range map[string]error{
			"Put": s.Put(t.Context(), name, backends.BytesSource("x")), "Get": gerr, "Stat": serr,
			"Delete": s.Delete(t.Context(), name),
		} {
			if !errors.Is(err, backends.ErrInvalidName) {
				t.Errorf("%s %q: %v, want ErrInvalidName", call, name, err)
			}
			OneClass(t, err)
		}
	}
}

func cancelled(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("before"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, gerr := s.Get(ctx, "x", 0, -1)
	_, serr := s.Stat(ctx, "x")
	var lerr error
	for _, lerr = range s.List(ctx, "") {
	}
	for call, err := range map[string]error{
		"Put": s.Put(ctx, "x", backends.BytesSource("after")), "Delete": s.Delete(ctx, "x"), "Get": gerr, "Stat": serr, "List": lerr,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want Canceled", call, err)
		}
	}
	if got := get(t, s, "x", 0, -1); string(got) != "before" {
		t.Errorf("what was there became %q", got)
	}
}
