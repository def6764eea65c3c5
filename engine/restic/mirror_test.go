package restic

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/memory"
)

// far is a destination behind a line, which counts the journeys.
type far struct {
	backends.Store
	whole bool // a part costs as much as all of it

	mu   sync.Mutex
	gets map[string]int // by the first part of the name; guarded by mu
}

func (f *far) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: 4, WholeReads: f.whole}
}

func (f *far) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	kind, _, _ := strings.Cut(name, "/")
	f.mu.Lock()
	f.gets[kind]++
	f.mu.Unlock()
	return f.Store.Get(ctx, name, off, n)
}

// journeys returns how many files of a kind were asked for since the last call.
func (f *far) journeys(kind fileKind) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer clear(f.gets)
	return f.gets[string(kind)]
}

// manyFiles makes small files in many folders.
func manyFiles(t testing.TB) (src string, files int) {
	src = filepath.Join(t.TempDir(), "src")
	for i := range 40 {
		for j := range 25 {
			write(t, filepath.Join(src, fmt.Sprint("folder", i), fmt.Sprint("file", j)), fmt.Sprint("content ", i, " ", j))
			files++
		}
	}
	return src, files
}

func reopen(t testing.TB, c Config) *Repository {
	t.Helper()
	r, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// look lists everything in the newest snapshot.
func look(t testing.TB, r *Repository) (items int) {
	t.Helper()
	snapshots, err := r.Snapshots(t.Context())
	if err != nil || len(snapshots) == 0 {
		t.Fatal(snapshots, err)
	}
	l, err := r.Browse(t.Context(), &snapshots[0])
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, err := range l.Walk(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		items++
	}
	return items
}

func TestMirror(t *testing.T) {
	src, files := manyFiles(t)
	store := &far{Store: memory.New(), gets: map[string]int{}}
	c := configFor(t, t.TempDir())
	c.Store = store
	r, err := Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	backupOf(t, r, src)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	store.journeys("")

	r = reopen(t, c)
	if n := look(t, r); n < files {
		t.Errorf("%d items", n)
	}
	if n := store.journeys(packFile); n != 0 {
		t.Errorf("%d journeys for folders that were stored from here", n)
	}
	copies := filepath.Join(r.cache, "mirror")
	if err := os.RemoveAll(copies); err != nil {
		t.Fatal(err)
	}
	r = reopen(t, c)
	look(t, r)
	if n := store.journeys(packFile); n == 0 || n > 2*(fetchAfter+1) {
		t.Errorf("%d journeys without copies", n)
	}
	look(t, r)
	if n := store.journeys(packFile) + store.journeys(snapshotFile); n != 0 {
		t.Errorf("%d journeys with copies", n)
	}
	spoil(t, copies)
	if n := look(t, reopen(t, c)); n < files {
		t.Errorf("%d items with spoilt copies", n)
	}
}

// spoil changes every file below a folder.
func spoil(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 2 {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			b[i] ^= 1
		}
		if err := os.WriteFile(filepath.Join(dir, e.Name()), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A check reads what is at the destination, whatever copies there are.
func TestCheckLooksAtTheDestination(t *testing.T) {
	src, _ := manyFiles(t)
	inner := memory.New()
	c := configFor(t, t.TempDir())
	c.Store = &far{Store: inner, gets: map[string]int{}}
	r, err := Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	backupOf(t, r, src)
	for o, err := range inner.List(t.Context(), "snapshots/") {
		if err != nil {
			t.Fatal(err)
		}
		if err := inner.Put(t.Context(), o.Name, backends.BytesSource(make([]byte, o.Size))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Snapshots(t.Context()); err != nil {
		t.Errorf("the copy does not serve: %v", err)
	}
	found := 0
	if _, err := r.Check(t.Context(), CheckOptions{}, func(Finding) { found++ }); err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("the check looked at a copy")
	}
}

// Small files lie one behind the other, and come with few journeys.
func TestRestoreFromAfarReadsAhead(t *testing.T) {
	src, files := manyFiles(t)
	if n := restoreFromAfar(t, src, false); n > files/20 {
		t.Errorf("%d journeys for %d files", n, files)
	}
}

// Where a part costs as much as the whole pack, each pack comes once.
func TestRestoreOfWholePacks(t *testing.T) {
	src, _ := manyFiles(t)
	write(t, filepath.Join(src, "large"), strings.Repeat("0123456789abcdef", 400_000))
	if n := restoreFromAfar(t, src, true); n > 2*openPackers {
		t.Errorf("%d journeys for two packs of each kind at most", n)
	}
}

// restoreFromAfar backs up and restores, and returns how many journeys that
// was.
func restoreFromAfar(t *testing.T, src string, whole bool) int {
	store := &far{Store: memory.New(), whole: whole, gets: map[string]int{}}
	c := configFor(t, t.TempDir())
	c.Store = store
	r, err := Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	backupOf(t, r, src)
	store.journeys("")
	snapshots, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "target")
	restoreTo(t, r, &snapshots[0], target)
	same(t, src, target)
	return store.journeys(packFile)
}
