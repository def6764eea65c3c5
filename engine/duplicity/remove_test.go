package duplicity

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/memory"
)

// However deleting fails, at whichever file, every version that stays is what
// it was, the next one builds on it, and a second attempt and a cleanup leave
// what one attempt would have left.
func TestRemovingFails(t *testing.T) {
	b := newBench(t)
	var made []time.Time
	for _, kind := range []Kind{Full, Incremental, Full, Incremental} {
		b.write("file-1", uint64(len(made)), 900_000)
		if err := b.backup(b.store, kind); err != nil {
			t.Fatal(err)
		}
		made = append(made, b.clock)
	}
	for name, wrong := range map[string]faulty.Fault{
		"nothing was deleted": {Op: faulty.Delete, Err: errBroken},
		"the answer got lost": {Op: faulty.Delete, Err: errBroken, Done: true},
	} {
		t.Run(name, func(t *testing.T) {
			on := 1
			for b.copied(t).removeFailsAt(made, wrong, on) {
				on++
			}
			if on < 8 {
				t.Errorf("only %d files were deleted", on-1)
			}
		})
	}
}

// copied is a bench with the same source and a copy of the archive.
func (b *bench) copied(t *testing.T) *bench {
	t.Helper()
	c := &bench{t: t, src: b.src, dir: t.TempDir(), store: memory.New(), clock: b.clock}
	for o, err := range b.store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.store.Get(t.Context(), o.Name, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err == nil {
			err = c.store.Put(t.Context(), o.Name, backends.BytesSource(content))
		}
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// removeFailsAt reports false when there are fewer deletions.
func (b *bench) removeFailsAt(made []time.Time, wrong faulty.Fault, on int) bool {
	t := b.t
	t.Helper()
	wrong.On = on
	now := b.tree()
	store := faulty.New(b.store, wrong)
	remove := func(a *Archive) error {
		_, err := a.RemoveChains(t.Context(), made[:1], false)
		return err
	}
	err := remove(b.open(store))
	if store.Calls(faulty.Delete) < on {
		if err != nil {
			t.Fatal(err)
		}
		return false
	}
	if !errors.Is(err, errBroken) {
		t.Errorf("call %d failed: %v", on, err)
	}
	b.holds("after a failure", time.Time{}, now)
	s, err := b.open(b.store).Status(t.Context())
	if err != nil || s.Active != len(s.Chains)-1 || s.Orphaned > 0 {
		t.Errorf("call %d: %+v, %v", on, s, err)
	}
	if err := remove(b.open(b.store)); err != nil && !errors.Is(err, ErrNotFound) {
		t.Errorf("call %d: again: %v", on, err)
	}
	if _, err := b.open(b.store).Cleanup(t.Context(), false); err != nil {
		t.Errorf("call %d: cleaning up: %v", on, err)
	}
	b.complete(2, 0)
	if err := b.backup(b.store, Incremental); err != nil {
		t.Errorf("call %d: the next version: %v", on, err)
	}
	return true
}

// A chain that is not there is told before anything is deleted, and a dry run
// deletes nothing.
func TestRemoveChains(t *testing.T) {
	b := newBench(t)
	if err := b.backup(b.store, Full); err != nil {
		t.Fatal(err)
	}
	made := b.clock
	if _, err := b.open(b.store).RemoveChains(t.Context(), []time.Time{made, made.Add(time.Hour)}, false); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	b.complete(1, 0)
	r, err := b.open(b.store).RemoveChains(t.Context(), []time.Time{made}, true)
	if err != nil || len(r.Versions) != 1 || len(r.Files) < 4 || r.Bytes == 0 || !r.Versions[0].Chain.Equal(made) {
		t.Errorf("got %+v, %v", r, err)
	}
	b.complete(1, 0)
	if _, err := b.open(b.store).RemoveChains(t.Context(), []time.Time{made}, false); err != nil {
		t.Error(err)
	}
	b.complete(0, 0)
}
