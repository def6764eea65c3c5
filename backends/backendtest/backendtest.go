// Package backendtest is the suite that every Store passes. Run runs it.
package backendtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/varve-backup/varve/backends"
)

// Run tests a kind of store. open makes an empty one for each test.
func Run(t *testing.T, open func(t testing.TB) backends.Store) {
	for name, test := range map[string]func(*testing.T, backends.Store){
		"PutGet": putGet, "Ranges": ranges, "List": list, "Replace": replace, "Delete": remove,
		"Missing": missing, "WrongSize": wrongSize, "BrokenSource": brokenSource, "BadNames": badNames, "Cancelled": cancelled,
		"Concurrent": concurrent, "ReplaceWhileRead": replaceWhileRead, "Folders": folders, "OpenFile": openFile,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			test(t, s)
		})
	}
}

func put(t *testing.T, s backends.Store, name string, content []byte) {
	t.Helper()
	if err := s.Put(t.Context(), name, backends.BytesSource(content)); err != nil {
		t.Fatalf("Put %q: %v", name, err)
	}
}

func get(t *testing.T, s backends.Store, name string, off, n int64) []byte {
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
	for _, row := range []struct {
		off, n int64
		want   string
	}{{0, 4, "0123"}, {3, 2, "34"}, {8, -1, "89"}, {0, 0, ""}, {10, -1, ""}, {7, 100, "789"}} {
		if got := get(t, s, "x", row.off, row.n); string(got) != row.want {
			t.Errorf("%d bytes from %d are %q, want %q", row.n, row.off, got, row.want)
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
		for o, err := range s.List(t.Context(), prefix) {
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
	if _, err := s.Stat(t.Context(), "x"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("Stat: %v, want ErrNotExist", err)
	}
	if r, err := s.Get(t.Context(), "x", 0, -1); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("Get: %v, %v, want ErrNotExist", r, err)
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
		if got := get(t, s, "x", 0, -1); string(got) != "before" {
			t.Errorf("what was there became %q", got)
		}
	}
}

// broken is a source that cannot be read to its end.
type broken struct{ backends.BytesSource }

var errBroken = errors.New("the source broke")

func (b broken) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(bytes.NewReader(b.BytesSource[:len(b.BytesSource)/2]), iotest.ErrReader(errBroken))), nil
}

func brokenSource(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("before"))
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	// A Store that tries again is told to stop by its source.
	src := stopping{broken{bytes.Repeat([]byte("after"), 50000)}, cancel}
	if err := s.Put(ctx, "x", src); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the source's error", err)
	}
	if got := get(t, s, "x", 0, -1); string(got) != "before" {
		t.Errorf("what was there became %d bytes", len(got))
	}
	names(t, s, "", "x")
}

// stopping ends a context when it was read once.
type stopping struct {
	broken
	cancel context.CancelCauseFunc
}

func (s stopping) Open() (io.ReadCloser, error) {
	r, err := s.broken.Open()
	return struct {
		io.Reader
		io.Closer
	}{r, closeFunc(func() error { s.cancel(errBroken); return nil })}, err
}

type closeFunc func() error

func (f closeFunc) Close() error { return f() }

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

func names(t *testing.T, s backends.Store, prefix string, want ...string) {
	t.Helper()
	var got []string
	for o, err := range s.List(t.Context(), prefix) {
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

func concurrent(t *testing.T, s backends.Store) {
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			name := fmt.Sprint("file-", i%8)
			if err := s.Put(t.Context(), name, backends.BytesSource(bytes.Repeat([]byte{byte(i % 8)}, 100000))); err != nil {
				t.Errorf("Put: %v", err)
			}
		})
	}
	all.Wait()
	for i := range 8 {
		b := get(t, s, fmt.Sprint("file-", i), 0, -1)
		if len(b) != 100000 || b[0] != byte(i) || b[99999] != byte(i) {
			t.Errorf("file %d has %d bytes", i, len(b))
		}
	}
}
