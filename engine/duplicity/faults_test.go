package duplicity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/memory"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/source"
)

// bench is an archive in memory, its source, and its archive directory.
type bench struct {
	t        *testing.T
	src, dir string
	store    *memory.Store
	clock    time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, src: t.TempDir(), dir: t.TempDir(), store: memory.New(), clock: time.Unix(1700000000, 0)}
	for i := range 6 {
		b.write(fmt.Sprintf("file-%d", i), 1, 300_000)
	}
	return b
}

func (b *bench) write(name string, seed uint64, n int) {
	b.t.Helper()
	content := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(len(name)), name[len(name)-1]}).Read(content) // it cannot fail
	if err := os.WriteFile(filepath.Join(b.src, name), content, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// open opens the archive through a store.
func (b *bench) open(s backends.Store) *Archive {
	b.t.Helper()
	return Open(Config{
		Store: s, CacheDir: filepath.Join(b.dir, "cache"), TempDir: b.dir, Naming: filename.Naming{},
		Codec: &Codec{Protection: "none"}, Host: "here", Watch: repository.Ignore(),
		Now: func() time.Time { return b.clock },
	})
}

// backup runs a backup through a store, a minute after the one before.
func (b *bench) backup(s backends.Store, kind Kind) error {
	b.clock = b.clock.Add(time.Minute)
	_, err := b.open(s).Backup(b.t.Context(), BackupOptions{
		Kind: kind, VolumeSize: 700_000, MaxBlockSize: 2048, SourceName: b.src,
		OpenSource: func(unlisted func(string)) (*source.Tree, error) {
			return source.Open(b.src, source.Options{Hooks: source.Hooks{Unlisted: unlisted}})
		},
	})
	return err
}

// tree is what lies in the source.
func (b *bench) tree() map[string]string {
	b.t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(b.src)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(b.src, e.Name()))
		if err != nil {
			b.t.Fatal(err)
		}
		files[e.Name()] = string(content)
	}
	return files
}

// restored is what a version holds, "the newest" for a zero time.
func (b *bench) restored(at time.Time) (map[string]string, error) {
	a, ctx := b.open(b.store), b.t.Context()
	v, err := a.VersionAt(ctx, at)
	if err != nil {
		return nil, err
	}
	c, err := a.Contents(ctx, v, nil)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	files := map[string]string{}
	for {
		item, err := c.Next(ctx)
		if err != nil || item == nil {
			return files, errors.Join(append(c.Lost(), err)...)
		}
		if item.Type != repository.File {
			continue
		}
		if item.Broken != nil {
			return nil, item.Broken
		}
		if files[item.Path], err = contentOf(item); err != nil {
			return nil, err
		}
	}
}

func contentOf(item *Item) (string, error) {
	r, err := item.Open()
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

// holds fails unless a version is what it should be.
func (b *bench) holds(when string, at time.Time, want map[string]string) {
	b.t.Helper()
	got, err := b.restored(at)
	if err != nil || !maps.Equal(got, want) {
		b.t.Errorf("%s: the version holds %q, want %q; %v", when, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)), err)
	}
}

// complete fails when the destination holds anything but whole versions. lost
// is how many may be there that nobody was told of.
func (b *bench) complete(versions, lost int) {
	b.t.Helper()
	s, err := b.open(b.store).Status(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	n := 0
	for _, chain := range s.Chains {
		n += len(chain)
	}
	// A version whose run did not hear that it was complete is one more.
	if n < versions || n > versions+lost || s.Orphaned+s.Incomplete > 0 {
		b.t.Errorf("there are %d versions, %d orphaned and %d incomplete sets, want %d versions and nothing else", n, s.Orphaned, s.Incomplete, versions)
	}
	for o, err := range b.store.List(b.t.Context(), "") {
		if err != nil || !strings.HasPrefix(o.Name, "duplicity-") {
			b.t.Errorf("%q is at the destination, %v", o.Name, err)
		}
	}
}

var errBroken = errors.New("the line broke")

// wrongs are the ways in which storing goes wrong.
var wrongs = map[string]faulty.Fault{
	"nothing arrived":     {Op: faulty.Put, Err: errBroken},
	"the answer got lost": {Op: faulty.Put, Err: errBroken, Done: true},
	"half arrived":        {Op: faulty.Put, Err: errBroken, Cut: 100},
	"half, and no error":  {Op: faulty.Put, Cut: 100},
}

// However storing fails, at whichever file, older versions stay what they
// were, and the next run makes what this one should have made.
func TestStoringFails(t *testing.T) {
	for name, wrong := range wrongs {
		t.Run(name, func(t *testing.T) {
			for on := 1; ; on++ {
				if !failAt(t, wrong, on) {
					if on < 5 {
						t.Errorf("only %d files were stored", on-1)
					}
					return
				}
			}
		})
	}
}

// failAt makes one call fail in a full version and then one in an incremental
// one. It reports false when there are fewer calls in both.
func failAt(t *testing.T, wrong faulty.Fault, on int) bool {
	t.Helper()
	wrong.On = on
	b := newBench(t)
	failed := false
	try := func(kind Kind, versions int) {
		store := faulty.New(b.store, wrong)
		err := b.backup(store, kind)
		if store.Calls(faulty.Put) < on {
			if err != nil {
				t.Fatalf("call %d: %v", on, err)
			}
			return
		}
		failed = true
		if err == nil {
			t.Errorf("call %d failed, and the run was content", on)
		}
		if err := b.backup(b.store, kind); err != nil {
			t.Errorf("after call %d failed: %v", on, err)
		}
		lost := 0
		if wrong.Done {
			lost = versions
		}
		b.complete(versions, lost)
	}
	try(Full, 1)
	first, made := b.tree(), b.clock
	b.holds("full", time.Time{}, first)
	b.write("file-1", 2, 900_000)
	b.write("file-9", 3, 800_000)
	if err := os.Remove(filepath.Join(b.src, "file-0")); err != nil {
		t.Fatal(err)
	}
	try(Incremental, 2)
	b.holds("incremental", time.Time{}, b.tree())
	b.holds("the version before", made, first)
	return failed
}

// A destination that loses a file in silence is found out, and what the other
// volumes hold comes back.
func TestLostVolume(t *testing.T) {
	b := newBench(t)
	if err := b.backup(b.store, Full); err != nil {
		t.Fatal(err)
	}
	var volumes []string
	for o, err := range b.store.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(o.Name, ".vol2.") {
			volumes = append(volumes, o.Name)
		}
	}
	if len(volumes) != 1 {
		t.Fatalf("got %q", volumes)
	}
	if err := b.store.Delete(t.Context(), volumes[0]); err != nil {
		t.Fatal(err)
	}
	if got, err := b.restored(time.Time{}); err == nil {
		t.Errorf("%d files came back without an error", len(got))
	}
}
