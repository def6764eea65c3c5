package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/memory"
)

// world is two stores in a bubble of time, which begins at midnight of the
// first day of 2000.
type world struct {
	t        testing.TB
	src, dst backends.Store
	o        Options
	w        Watch

	mu      sync.Mutex
	done    []string // "copy a", "keep c 20000101000000.old.c"; guarded by mu
	failed  []string // guarded by mu
	notices []string // guarded by mu
	moved   int64    // guarded by mu
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, src: memory.New(), dst: memory.New(), o: Options{MaxRemove: 50, TempDir: t.TempDir(), Workers: 4}}
	w.w = Watch{
		Done: func(a Action, name, to string, _ int64) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.done = append(w.done, strings.TrimSpace(words[a]+" "+name+" "+to))
		},
		Failed: func(a Action, name string, err error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.failed = append(w.failed, fmt.Sprintf("%s %s: %v", words[a], name, err))
		},
		Notice: func(s string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.notices = append(w.notices, s)
		},
		Moved: func(n int64) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.moved += n
		},
	}
	return w
}

var words = map[Action]string{Copy: "copy", Replace: "replace", Remove: "remove", Keep: "keep", Expire: "expire", Prove: "prove"}

// bubble runs a test in a bubble.
func bubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newWorld(t)) })
}

// put stores text at an hour of the first day. Hours must not go back.
func (w *world) put(s backends.Store, hour int, files ...string) {
	w.t.Helper()
	if at := time.Date(2000, 1, 1, hour, 0, 0, 0, time.UTC); at.After(time.Now()) {
		time.Sleep(time.Until(at)) // of the bubble
	}
	for _, f := range files {
		name, text, _ := strings.Cut(f, "=")
		if err := s.Put(w.t.Context(), name, backends.BytesSource(text)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// example is the one of the reference: a (10 bytes, 10:00), b (20, 10:00) and c
// (30, 12:00) at the source; b (20, 11:00), c (30, 11:00) and x (5) at the
// destination. It is noon.
func (w *world) example() {
	ten, twenty, thirty := strings.Repeat("a", 10), strings.Repeat("b", 20), strings.Repeat("c", 30)
	w.put(w.src, 10, "a="+ten, "b="+twenty)
	w.put(w.dst, 11, "b="+twenty, "c="+strings.Repeat("o", 30), "x=xxxxx")
	w.put(w.src, 12, "c="+thirty)
}

// run mirrors and returns what was done, sorted.
func (w *world) run() (Result, error) {
	w.done, w.failed, w.notices, w.moved = nil, nil, nil, 0
	r, err := Run(w.t.Context(), w.src, w.dst, w.o, w.w)
	slices.Sort(w.done)
	return r, err
}

func (w *world) must() Result {
	w.t.Helper()
	r, err := w.run()
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// did compares what was done.
func (w *world) did(want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if !slices.Equal(w.done, want) {
		w.t.Errorf("done %q, want %q", w.done, want)
	}
}

// holds compares the destination with the source and with further names.
func (w *world) holds(more ...string) {
	w.t.Helper()
	want := append(names(w.t, w.src), more...)
	slices.Sort(want)
	if got := names(w.t, w.dst); !slices.Equal(got, want) {
		w.t.Errorf("the destination holds %q, want %q", got, want)
	}
	for _, name := range names(w.t, w.src) {
		if text(w.t, w.dst, name) != text(w.t, w.src, name) {
			w.t.Errorf("%s has other content", name)
		}
	}
}

func names(t testing.TB, s backends.Store) []string {
	t.Helper()
	all := []string{}
	for o, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o.Name)
	}
	slices.Sort(all)
	return all
}

func text(t testing.TB, s backends.Store, name string) string {
	t.Helper()
	r, err := s.Get(t.Context(), name, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// renaming is a store that renames.
type renaming struct {
	backends.Store
	fails func(from, to string) error // nil: none does
}

func (r *renaming) Rename(ctx context.Context, from, to string) error {
	if r.fails != nil {
		if err := r.fails(from, to); err != nil {
			return err
		}
	}
	in, err := r.Get(ctx, from, 0, -1)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	if err := r.Put(ctx, to, backends.BytesSource(b)); err != nil {
		return err
	}
	return r.Delete(ctx, from)
}
