package mirror

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
)

// calls notes what changes a store, in order.
type calls struct {
	backends.Store
	mu  sync.Mutex
	all []string
}

func (c *calls) note(what, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, what+" "+name)
}

func (c *calls) Put(ctx context.Context, name string, src backends.Source) error {
	c.note("put", name)
	return c.Store.Put(ctx, name, src)
}

func (c *calls) Delete(ctx context.Context, name string) error {
	c.note("delete", name)
	return c.Store.Delete(ctx, name)
}

// A run that ends anywhere leaves a mirror that promises nothing it does not
// hold: SyncTool removes first, and in no order.
func TestOrder(t *testing.T) {
	for _, row := range []struct {
		name string
		now  []string
		then []string
		want []string
	}{
		{
			"restic",
			[]string{"config", "data/00/a", "index/b", "snapshots/c"},
			[]string{"config", "data/00/d", "index/e", "snapshots/f"},
			[]string{"put data/00/d", "put index/e", "put snapshots/f", "delete snapshots/c", "delete index/b", "delete data/00/a"},
		},
		{
			"duplicity",
			[]string{"duplicity-full.1.manifest.gpg", "duplicity-full.1.vol1.difftar.gpg", "duplicity-full-signatures.1.sigtar.gpg", "kept"},
			[]string{"duplicity-full.2.manifest.gpg", "duplicity-full.2.vol1.difftar.gpg", "duplicity-full-signatures.2.sigtar.gpg", "kept"},
			[]string{
				"put duplicity-full-signatures.2.sigtar.gpg", "put duplicity-full.2.vol1.difftar.gpg", "put duplicity-full.2.manifest.gpg",
				"delete duplicity-full.1.manifest.gpg", "delete duplicity-full.1.vol1.difftar.gpg", "delete duplicity-full-signatures.1.sigtar.gpg",
			},
		},
		{
			"Duplicati",
			[]string{"duplicati-20260101T000000Z.dlist.zip.aes", "duplicati-b1.dblock.zip.aes", "duplicati-i1.dindex.zip.aes", "kept"},
			[]string{"duplicati-20260102T000000Z.dlist.zip.aes", "duplicati-b2.dblock.zip.aes", "duplicati-i2.dindex.zip.aes", "kept"},
			[]string{
				"put duplicati-b2.dblock.zip.aes", "put duplicati-i2.dindex.zip.aes", "put duplicati-20260102T000000Z.dlist.zip.aes",
				"delete duplicati-20260101T000000Z.dlist.zip.aes", "delete duplicati-i1.dindex.zip.aes", "delete duplicati-b1.dblock.zip.aes",
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.o.MaxRemove = 100
				w.put(w.src, 1, row.then...)
				w.put(w.dst, 2, row.now...)
				c := &calls{Store: w.dst}
				w.dst = c
				w.must()
				if !slices.Equal(c.all, row.want) {
					t.Errorf("got %q", c.all)
				}
				w.holds()
			})
		})
	}
}

// A storm of refusals passes: the rounds are for that.
func TestRounds(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for i := range 50 {
			w.put(w.src, 1, fmt.Sprintf("f%02d=%d", i, i))
		}
		var faults []faulty.Fault
		for i := range 120 {
			faults = append(faults, faulty.Fault{Op: faulty.Put, On: i + 1, Err: fmt.Errorf("%w: 503", backends.ErrTemporary)})
		}
		store := w.dst
		w.dst = faulty.New(store, faults...)
		w.o.Rounds, w.o.Pause = 5, 5*time.Second
		begun := time.Now()
		if r := w.must(); r.Copied != 50 || r.NotCopied != 0 || time.Since(begun) < 10*time.Second {
			t.Errorf("after %v: %+v", time.Since(begun), r)
		}
		w.holds()
		if len(w.failed) > 0 {
			t.Errorf("what succeeded at last was reported: %q", w.failed)
		}
		w.put(store, 1, "f00=x", "f01=yy")
		w.dst = faulty.New(store, faulty.Fault{Op: faulty.Put, Err: backends.ErrTemporary})
		w.o.Rounds = 2
		w.o.Force = true
		begun = time.Now()
		r := w.must()
		if took := time.Since(begun); r.NotCopied != 50 || took != 10*time.Second {
			t.Errorf("two rounds took %v: %+v", took, r)
		}
	})
}

// After a failed copy nothing goes: what is missing may be in what would go.
// Failed removals count: SyncTool ends with 0.
func TestNothingGoesAfterAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		store := w.dst
		w.dst = faulty.New(store, faulty.Fault{Op: faulty.Put, On: 1, Err: backends.ErrTooLarge})
		r := w.must()
		if r.NotCopied != 1 || r.HeldBack != 1 || r.Removed != 0 || len(w.failed) != 1 {
			t.Errorf("got %+v, %q", r, w.failed)
		}
		w.dst = faulty.New(store, faulty.Fault{Op: faulty.Delete, On: 1, Err: backends.ErrPermission})
		r = w.must()
		if r.NotRemoved != 1 || r.NotCopied != 0 || len(w.failed) != 1 || !strings.HasPrefix(w.failed[0], "remove x") {
			t.Errorf("got %+v, %q", r, w.failed)
		}
		w.dst = store
		w.must()
		w.did("remove x")
	})
}

// What names other files waits for all rounds of those.
func TestOrderThroughRounds(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.put(w.src, 1, "data/a=1", "index/b=2", "snapshots/c=3")
		c := &calls{Store: w.dst}
		w.dst = faulty.New(c, faulty.Fault{Op: faulty.Put, On: 1, Err: backends.ErrTemporary}, faulty.Fault{Op: faulty.Put, On: 2, Err: backends.ErrTemporary})
		w.o.Rounds, w.o.Pause = 2, time.Second
		w.must()
		if want := []string{"put data/a", "put index/b", "put snapshots/c"}; !slices.Equal(c.all, want) {
			t.Errorf("got %q", c.all)
		}
	})
}
