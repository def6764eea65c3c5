package restic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
)

// packCounter is a store that counts the bytes that are read of packs.
type packCounter struct {
	backends.Store
	read atomic.Int64
}

func (c *packCounter) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if strings.HasPrefix(name, "data/") {
		c.read.Add(n)
	}
	return c.Store.Get(ctx, name, off, n)
}

// openCounting opens a repository on a store that counts.
func openCounting(t *testing.T, dir string) (*Repository, *packCounter) {
	t.Helper()
	c := configFor(t, dir)
	store := &packCounter{Store: c.Store}
	c.Store = store
	r, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, store
}

// restoreOnto restores a snapshot as the engine does, in place. After so many
// items it is broken off.
func restoreOnto(t *testing.T, r *Repository, s *Snapshot, target string, items int) restore.Counts {
	t.Helper()
	c, err := r.Contents(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	out, err := restore.Open(target, restore.Options{Clash: restore.Replace})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n != items; n++ {
		item, err := c.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if item == nil {
			break
		}
		if n == 0 {
			c.Consult(func(e *repository.Entry) (repository.Present, bool) {
				if p := out.Find(e); p != nil {
					return p, true
				}
				return nil, true
			})
		}
		if p, ok := item.Present().(*restore.Present); ok {
			err = out.PutPresent(t.Context(), &item.Entry, p)
		} else {
			err = putItem(t, out, item)
		}
		if err != nil {
			t.Errorf("%q: %v", item.Path, err)
		}
	}
	counts, err := out.Close(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// noise is content that cannot be compressed.
func noise(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b) // it never fails
	return b
}

// Only what is not there is fetched: nothing, or some parts of a file, or what
// an interrupted restore did not come to.
func TestRestoreFetchesWhatIsMissing(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	const large = 24 << 20
	image := noise(large, 1)
	write(t, filepath.Join(src, "a", "image"), string(image))
	write(t, filepath.Join(src, "b", "small"), string(noise(100_000, 2)))
	write(t, filepath.Join(src, "c", "late"), string(noise(3<<20, 3)))
	write(t, filepath.Join(src, "empty"), "")
	if err := os.Link(filepath.Join(src, "b", "small"), filepath.Join(src, "d")); err != nil {
		t.Fatal(err)
	}
	s := backupOf(t, create(t, dir), src).Snapshot
	target := filepath.Join(t.TempDir(), "target")
	r, store := openCounting(t, dir)
	check := func(when string, items int, want restore.Counts, most int64) {
		t.Helper()
		store.read.Store(0)
		got := restoreOnto(t, r, &s, target, items)
		if got.Files != want.Files || got.Same != want.Same || got.Failed != 0 || got.Inexact != 0 {
			t.Errorf("%s: got %+v, want %d files and %d that are the same", when, got, want.Files, want.Same)
		}
		if read := store.read.Load(); read > most {
			t.Errorf("%s: %d bytes were fetched, want at most %d", when, read, most)
		}
		if items < 0 {
			same(t, src, target)
		}
	}
	const trees = 20_000
	check("interrupted", 3, restore.Counts{Files: 1}, large+(4<<20))
	check("the rest", -1, restore.Counts{Files: 4, Same: 1}, 4<<20)
	check("again", -1, restore.Counts{Same: 5}, trees)

	changed := slices.Clone(image)
	copy(changed[10<<20:], "changed")
	write(t, filepath.Join(target, "a", "image"), string(changed))
	check("a part differs", -1, restore.Counts{Files: 1, Same: 4}, 9<<20)

	write(t, filepath.Join(target, "a", "image"), string(image[:20<<20]))
	check("cut short", -1, restore.Counts{Files: 1, Same: 4}, 4<<20+9<<20)

	// A run was killed in the middle of a large file.
	name := sha256.Sum256([]byte("image"))
	part := filepath.Join(target, "a", ".varve-restore-"+hex.EncodeToString(name[:16])+".part")
	if err := os.Rename(filepath.Join(target, "a", "image"), part); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(part, 20<<20); err != nil {
		t.Fatal(err)
	}
	check("killed in a large file", -1, restore.Counts{Files: 1, Same: 4}, 4<<20+9<<20)

	if err := os.Remove(filepath.Join(target, "d")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(target, "d"), string(noise(100_000, 2)))
	check("a link became a copy", -1, restore.Counts{Files: 1, Same: 4}, trees)
}

// A target that changes under a restore gives no wrong content.
func TestPresentThatGoesAway(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	content := string(noise(5<<20, 4))
	write(t, filepath.Join(src, "file"), content)
	r := create(t, dir)
	s := backupOf(t, r, src).Snapshot
	for name, present := range map[string]*fickle{
		"other bytes the second time": {size: int64(len(content)), content: content, good: 1},
		"reading fails":               {size: int64(len(content))},
		"longer than it says":         {size: int64(len(content)) - 1, content: content, good: 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := r.Contents(t.Context(), &s, nil)
			if err != nil {
				t.Fatal(err)
			}
			for n := 0; ; n++ {
				item, err := c.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if item == nil {
					break
				}
				if n == 0 {
					c.Consult(func(*repository.Entry) (repository.Present, bool) { return present, true })
				}
				if item.Type != repository.File {
					continue
				}
				if item.Present() != nil {
					t.Error("taken for the file")
				}
				src, err := item.Open()
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(src); err != nil || string(got) != content {
					t.Errorf("got %d bytes, %v", len(got), err)
				}
			}
			if err := c.Close(); err != nil || !present.closed.Load() {
				t.Errorf("closing: %v, closed %v", err, present.closed.Load())
			}
		})
	}
}

// fickle is a present file that holds what it should for some reads only.
type fickle struct {
	size    int64
	content string
	good    int64
	reads   atomic.Int64
	closed  atomic.Bool
}

func (f *fickle) Size() int64    { return f.size }
func (f *fickle) Suffices() bool { return true }
func (f *fickle) Close() error   { f.closed.Store(true); return nil }

func (f *fickle) ReadAt(b []byte, off int64) (int, error) {
	if f.reads.Add(1) > f.good {
		if f.content == "" {
			return 0, errBroken
		}
		clear(b)
		return len(b), nil
	}
	return strings.NewReader(f.content).ReadAt(b, off)
}

// What was said to be enough is not fetched, and is not taken for empty.
func TestUnwantedContent(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	write(t, filepath.Join(src, "file"), "content")
	r := create(t, dir)
	s := backupOf(t, r, src).Snapshot
	c, err := r.Contents(t.Context(), &s, []string{"file"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	item, err := c.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Consult(func(e *repository.Entry) (repository.Present, bool) { return nil, e.Path != "file" })
	if item.Present() != nil {
		t.Error("there is nothing")
	}
	content, err := item.Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(content); !errors.Is(err, errNotFetched) || len(got) > 0 {
		t.Errorf("got %q, %v", got, err)
	}
}
