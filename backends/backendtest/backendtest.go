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

	"github.com/varve-backup/varve/backends"
)

// Run tests a kind of store. open makes an empty one for each test.
func Run(t *testing.T, open func(t testing.TB) backends.Store) {
	for name, test := range map[string]func(*testing.T, backends.Store){
		"PutGet": putGet, "Ranges": ranges, "List": list, "Replace": replace, "Delete": remove,
		"Missing": missing, "WrongSize": wrongSize, "BadNames": badNames, "Cancelled": cancelled, "Concurrent": concurrent,
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
	}{{0, 4, "0123"}, {3, 2, "34"}, {8, -1, "89"}, {0, 0, ""}, {10, -1, ""}} {
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
	for range s.List(t.Context(), "") {
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

func badNames(t *testing.T, s backends.Store) {
	for _, name := range []string{"", ".", "..", "../x", "/x", "a/../../x", "a//b", "nul\x00"} {
		if err := s.Put(t.Context(), name, backends.BytesSource("x")); !errors.Is(err, backends.ErrInvalidName) {
			t.Errorf("Put %q: %v, want ErrInvalidName", name, err)
		}
	}
}

func cancelled(t *testing.T, s backends.Store) {
	put(t, s, "x", []byte("before"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, "x", backends.BytesSource("after")); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: %v, want Canceled", err)
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
