package restic

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
)

var errBroken = errors.New("the line broke")

// wrongs are the ways in which storing goes wrong.
var wrongs = map[string]faulty.Fault{
	"nothing arrived":     {Op: faulty.Put, Err: errBroken},
	"the answer got lost": {Op: faulty.Put, Err: errBroken, Done: true},
	"half arrived":        {Op: faulty.Put, Err: errBroken, Cut: 50},
	"half, and no error":  {Op: faulty.Put, Cut: 50},
	"deleting fails":      {Op: faulty.Delete, Err: errBroken},
}

// However the destination fails, in whichever call, the repository is whole
// afterwards, and the next run does what this one should have done. VARVE_SOAK
// asks for more ways of failing.
func TestDestinationFails(t *testing.T) {
	for name, wrong := range wrongs {
		if os.Getenv("VARVE_SOAK") == "" && wrong.Cut == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for on := 1; failAt(t, wrong, on); on++ {
			}
		})
	}
}

// failAt lets one call fail in a backup and then in a prune. It reports false
// when there are fewer calls in both.
func failAt(t *testing.T, wrong faulty.Fault, on int) bool {
	t.Helper()
	wrong.On = on
	dir := filepath.Join(t.TempDir(), "repo")
	r, src := history(t, dir, 2)
	failed := false
	try := func(what string, do func(r *Repository) error) {
		c := configFor(t, dir)
		store := faulty.New(c.Store, wrong)
		c.Store = store
		broken, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(do(broken), broken.Close())
		if store.Calls(wrong.Op) < on {
			if err != nil {
				t.Fatalf("%s, call %d: %v", what, on, err)
			}
			return
		}
		failed = true
		if err == nil && wrong.Op == faulty.Put {
			t.Errorf("%s: call %d failed, and the run was content", what, on)
		}
		resticOn(t, dir, "unlock", "--remove-all")
		resticOn(t, dir, "check", "--read-data")
		if err := do(r); err != nil {
			t.Errorf("%s, after call %d failed: %v", what, on, err)
		}
	}
	change(t, src, 77)
	try("backup", func(r *Repository) error {
		_, err := r.Backup(t.Context(), optionsFor(src))
		return err
	})
	checkRestores(t, r, dir, src)
	all, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all[1:] {
		if err := os.Remove(filepath.Join(dir, nameOf(snapshotFile, s.ID))); err != nil {
			t.Fatal(err)
		}
	}
	try("prune", func(r *Repository) error {
		_, err := r.Prune(t.Context(), PruneOptions{})
		return err
	})
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)
	return failed
}

// A destination that does not answer any more stops nothing but this run: what
// was there is whole, and the next run does it.
func TestDestinationStalls(t *testing.T) {
	for _, on := range []int{1, 2, 3, 4} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "repo")
			r, src := history(t, dir, 2)
			change(t, src, 77)
			c := configFor(t, dir)
			ctx, cancel := context.WithCancelCause(t.Context())
			c.Store = stalling{faulty.New(c.Store), on, func() { cancel(errStop) }}
			stalled, err := Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stalled.Backup(ctx, optionsFor(src)); !errors.Is(err, errStop) && !errors.Is(err, context.Canceled) {
				t.Errorf("the run ended with %v", err)
			}
			if err := stalled.Close(); err != nil {
				t.Error(err)
			}
			resticOn(t, dir, "check", "--read-data")
			backupOf(t, r, src)
			checkRestores(t, r, dir, src)
		})
	}
}

// stalling is a store in which a Put goes on until it is given up, and calls
// stuck when it comes to that.
type stalling struct {
	*faulty.Store
	on    int
	stuck func()
}

func (s stalling) Put(ctx context.Context, name string, src backends.Source) error {
	if s.Calls(faulty.Put)+1 < s.on {
		return s.Store.Put(ctx, name, src)
	}
	s.stuck()
	<-ctx.Done()
	return ctx.Err()
}

// A destination that fills up keeps everything that it has, and what it has is
// enough to go on once there is room.
func TestDestinationFillsUp(t *testing.T) {
	for _, room := range []int64{0, 1000, 100_000, 700_000} {
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "repo")
			r, src := history(t, dir, 2)
			for i := range 5 {
				change(t, src, uint64(70+i))
			}
			c := configFor(t, dir)
			store := faulty.New(c.Store)
			c.Store = store
			full, err := Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			store.FullAfter(room)
			if _, err := full.Backup(t.Context(), optionsFor(src)); !errors.Is(err, backends.ErrFull) {
				t.Errorf("the run ended with %v", err)
			}
			resticOn(t, dir, "check", "--read-data")
			store.FullAfter(-1)
			if _, err := full.Backup(t.Context(), optionsFor(src)); err != nil {
				t.Error(err)
			}
			if err := full.Close(); err != nil {
				t.Error(err)
			}
			checkRestores(t, r, dir, src)
		})
	}
}

// Pruning makes room where there is hardly any, since it deletes what nothing
// needs before it writes anew what is needed of the rest.
func TestPruneWhereItIsFull(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "repo")
	r, src := history(t, dir, 6)
	all, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	forgetAllBut(t, r, all[0].ID)
	c := configFor(t, dir)
	store := faulty.New(c.Store)
	c.Store = store
	full, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	before := size(t, dir)
	store.FullAfter(20_000) // a lock, an index, and no pack
	_, err = full.Prune(t.Context(), PruneOptions{})
	if err := errors.Join(ignoreFull(err), full.Close()); err != nil {
		t.Error(err)
	}
	if after := size(t, dir); after >= before {
		t.Errorf("%d bytes became %d", before, after)
	}
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)
}

func ignoreFull(err error) error {
	if errors.Is(err, backends.ErrFull) {
		return nil
	}
	return err
}
