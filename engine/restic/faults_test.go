package restic

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

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
