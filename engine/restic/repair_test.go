package restic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
)

// repairAll does what a user would: the index, then the packs that Check calls
// damaged, then the snapshots.
func repairAll(t testing.TB, r *Repository) (packs RepairedPacks, snapshots RepairedSnapshots, lost []string) {
	t.Helper()
	x, err := r.RepairIndex(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bad := slices.Clone(x.Unreadable)
	findings, _ := checked(t, r, readAll)
	for _, f := range findings {
		if f.Kind == PackDamaged || f.Kind == PackSize {
			bad = append(bad, f.Pack)
		}
	}
	if packs, err = r.RepairPacks(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	snapshots, err = r.RepairSnapshots(t.Context(), func(path string, _ error) { lost = append(lost, path) })
	if err != nil {
		t.Fatal(err)
	}
	return packs, snapshots, lost
}

// wholeFiles reads all files of all snapshots, and returns the content of
// those that come without an error, by path, and whether anything was wrong.
func wholeFiles(t testing.TB, r *Repository) (files map[string][]string, wrong bool) {
	t.Helper()
	files = map[string][]string{}
	snapshots, err := r.Snapshots(t.Context())
	wrong = err != nil
	for i := range snapshots {
		if err := readSnapshot(t, r, &snapshots[i], files); err != nil {
			wrong = true
		}
	}
	return files, wrong
}

func readSnapshot(t testing.TB, r *Repository, s *Snapshot, files map[string][]string) error {
	c, err := r.Contents(t.Context(), s, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	var errs []error
	for {
		item, err := c.Next(t.Context())
		if err != nil || item == nil {
			return errors.Join(append(append(errs, c.Lost()...), err)...)
		}
		if item.Type != repository.File {
			continue
		}
		b, err := readItem(item)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		files[item.Path] = append(files[item.Path], string(b))
	}
}

func readItem(item *Item) ([]byte, error) {
	src, err := item.Open()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(src)
	return b, errors.Join(err, src.Close())
}

// Whatever was damaged: nothing of it is restored as good, and after the
// repair both programs find nothing wrong and everything else is there.
func TestRepair(t *testing.T) {
	for _, tc := range []struct {
		name     string
		damage   func(t *testing.T, r *Repository, dir, src string)
		lost     string // path below the source
		removed  int    // snapshots
		replaced int
		copies   int // of damaged packs
	}{
		{name: "nothing", damage: func(*testing.T, *Repository, string, string) {}},
		{name: "index flipped", damage: func(t *testing.T, _ *Repository, dir, _ string) {
			flip(t, filesOf(t, dir, "index")[0], 50)
		}},
		{name: "all indexes missing", damage: func(t *testing.T, _ *Repository, dir, _ string) {
			for _, path := range filesOf(t, dir, "index") {
				remove(t, path)
			}
		}},
		{name: "snapshot flipped", removed: 1, damage: func(t *testing.T, _ *Repository, dir, _ string) {
			flip(t, filesOf(t, dir, "snapshots")[0], 50)
		}},
		{name: "data flipped", lost: "a/one", replaced: 2, copies: 1, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, b := packOfPath(t, r, dir, filepath.Join(src, "a/one"))
			flip(t, file, int(b.Offset)+20)
		}},
		{name: "tree flipped", lost: "a", replaced: 2, copies: 1, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, b := packOfPath(t, r, dir, filepath.Join(src, "a"))
			flip(t, file, int(b.Offset)+20)
		}},
		{name: "header flipped", copies: 1, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, _ := packOfPath(t, r, dir, filepath.Join(src, "a/one"))
			flip(t, file, -10)
		}},
		{name: "pack missing", lost: "b/late", replaced: 1, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, _ := packOfPath(t, r, dir, filepath.Join(src, "b/late"))
			remove(t, file)
		}},
		{name: "pack cut", lost: "b/late", replaced: 1, copies: 1, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, b := packOfPath(t, r, dir, filepath.Join(src, "b/late"))
			alter(t, file, func(pack []byte) []byte { return pack[:b.Offset+b.Length-1] })
		}},
		{name: "header cut off", copies: 1, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, b := packOfPath(t, r, dir, filepath.Join(src, "b/late"))
			alter(t, file, func(pack []byte) []byte { return pack[:b.Offset+b.Length] })
		}},
		{name: "root missing", removed: 1, damage: func(t *testing.T, r *Repository, dir, _ string) {
			removeRoot(t, r, dir)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, dir, src := small(t)
			want, _ := wholeFiles(t, r)
			tc.damage(t, r, dir, src)
			before, wrong := wholeFiles(t, r)
			if !wrong && tc.lost != "" {
				t.Error("what is damaged came as if it were good")
			}
			sameWhereThere(t, before, want)
			packs, snapshots, lost := repairAll(t, r)
			if len(snapshots.Removed) != tc.removed || len(snapshots.Replaced) != tc.replaced || len(packs.Copies) != tc.copies {
				t.Errorf("got %+v, %+v", packs, snapshots)
			}
			if at := strings.TrimSuffix(strings.Join(lost, " "), "/"); tc.lost != "" && at != filepath.Join(src, tc.lost) {
				t.Errorf("got %q lost, want %q", lost, tc.lost)
			}
			wantClean(t, r, dir)
			checkRepaired(t, r, want, tc.lost, tc.removed)
			backupOf(t, r, src) // brings back what was lost
			wantClean(t, r, dir)
			checkRestores(t, r, dir, src)
		})
	}
}

// checkRepaired looks for every file that was not lost, and for the tag.
func checkRepaired(t *testing.T, r *Repository, want map[string][]string, lost string, removed int) {
	t.Helper()
	got, wrong := wholeFiles(t, r)
	if wrong {
		t.Error("the repaired repository does not come back as it is")
	}
	for path := range want {
		if lost != "" && strings.HasPrefix(path, lost) || removed > 0 {
			continue
		}
		if !slices.Equal(got[path], want[path]) {
			t.Errorf("%s came %d times, want %d", path, len(got[path]), len(want[path]))
		}
	}
	if lost == "" {
		return
	}
	all, err := r.Snapshots(t.Context())
	if err != nil || !slices.Contains(all[0].Tags, repairedTag) || all[0].Original == nil {
		t.Errorf("got %+v, %v", all[0], err)
	}
}

// sameWhereThere fails for content that never was.
func sameWhereThere(t *testing.T, got, want map[string][]string) {
	t.Helper()
	for path, versions := range got {
		for _, v := range versions {
			if !slices.Contains(want[path], v) {
				t.Errorf("%s came with %d bytes that were never in it", path, len(v))
			}
		}
	}
}

// removeRoot takes the pack away that has only the newest snapshot's folders.
func removeRoot(t *testing.T, r *Repository, dir string) {
	t.Helper()
	snapshots, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x, err := r.newIndex(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	remove(t, filepath.Join(dir, nameOf(packFile, x.Find(*snapshots[0].Tree, 1)[0].Pack)))
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// What restic wrote is repaired as well, in both versions.
func TestRepairWhatResticWrote(t *testing.T) {
	for _, name := range []string{"restic-0.14", "restic-0.14-format1", "restic-0.19"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := unpack(t, name)
			r := openAt(t, dir)
			for _, path := range filesOf(t, dir, "data") {
				flip(t, path, 40)
			}
			remove(t, filesOf(t, dir, "index")[0])
			repairAll(t, r)
			wantClean(t, r, dir)
		})
	}
}

// A repository whose config or only key is damaged does not open, and says so.
func TestOpenNamesDamage(t *testing.T) {
	for _, kind := range []string{"config", "keys"} {
		t.Run(kind, func(t *testing.T) {
			_, dir, _ := small(t)
			flip(t, filesOf(t, dir, kind)[0], 60)
			r, err := Open(t.Context(), configFor(t, dir))
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), strings.TrimSuffix(kind, "s")) {
				t.Errorf("got %v, %v", r, err)
			}
		})
	}
}

// Nothing is removed where nothing may be.
func TestRepairRefusesAppendOnly(t *testing.T) {
	r, _, _ := small(t)
	r.config.AppendOnly = true
	_, first := r.RepairIndex(t.Context())
	_, second := r.RepairPacks(t.Context(), []id.ID{{}})
	_, third := r.RepairSnapshots(t.Context(), func(string, error) {})
	for _, err := range []error{first, second, third} {
		if !errors.Is(err, ErrAppendOnly) {
			t.Errorf("got %v", err)
		}
	}
}

// A repair that fails in any call loses nothing that was good, and the next
// one does the rest. VARVE_SOAK asks for every call.
func TestRepairInterrupted(t *testing.T) {
	for _, wrong := range []faulty.Fault{
		{Op: faulty.Put, Err: errBroken}, {Op: faulty.Put, Err: errBroken, Done: true}, {Op: faulty.Delete, Err: errBroken},
	} {
		for on := 1; on <= 13; on++ {
			if os.Getenv("VARVE_SOAK") == "" && (wrong.Done || on%4 != 2) {
				continue
			}
			wrong := wrong
			wrong.On = on
			t.Run(fmt.Sprintf("%d %t %d", wrong.Op, wrong.Done, on), func(t *testing.T) {
				t.Parallel()
				interruptRepair(t, wrong)
			})
		}
	}
}

func interruptRepair(t *testing.T, wrong faulty.Fault) {
	r, dir, src := small(t)
	file, b := packOfPath(t, r, dir, filepath.Join(src, "a/one"))
	name, err := id.Parse(filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	late, _ := packOfPath(t, r, dir, filepath.Join(src, "b/late"))
	flip(t, file, int(b.Offset)+20)
	remove(t, late)
	flip(t, filesOf(t, dir, "index")[0], 50)
	want, _ := wholeFiles(t, openAt(t, dir))

	c := configFor(t, dir)
	c.Store = faulty.New(c.Store, wrong)
	broken, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = broken.RepairIndex(t.Context())
	if err == nil {
		_, err = broken.RepairPacks(t.Context(), []id.ID{name})
	}
	if err == nil {
		_, err = broken.RepairSnapshots(t.Context(), func(string, error) {})
	}
	t.Log(err)
	if err := errors.Join(ignoreBroken(err), broken.Close()); err != nil {
		t.Error(err)
	}
	resticOn(t, dir, "unlock", "--remove-all")
	repairAll(t, r)
	wantClean(t, r, dir)
	got, wrongs := wholeFiles(t, r)
	for path := range want {
		if len(got[path]) < len(want[path]) || wrongs {
			t.Errorf("%s came %d times, want %d", path, len(got[path]), len(want[path]))
		}
	}
	if len(got["a/two"]) != 2 || len(got["b/three"]) != 2 {
		t.Errorf("got %d files", len(got))
	}
}

// altering is a store that alters a bit of every pack.
type altering struct{ backends.Store }

func (a altering) Put(ctx context.Context, name string, src backends.Source) error {
	if !strings.HasPrefix(name, string(packFile)) {
		return a.Store.Put(ctx, name, src)
	}
	f, err := src.Open()
	if err != nil {
		return err
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	b[20] ^= 4
	return a.Store.Put(ctx, name, backends.BytesSource(b))
}

// A destination that alters a new pack and says nothing must not cost the
// damaged one, which held what is in it.
func TestRepairPacksProvesBeforeDeleting(t *testing.T) {
	r, dir, src := small(t)
	file, b := packOfPath(t, r, dir, filepath.Join(src, "a/one"))
	flip(t, file, int(b.Offset)+20)
	name, err := id.Parse(filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := wholeFiles(t, openAt(t, dir))
	c := configFor(t, dir)
	c.Store = altering{c.Store}
	broken, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = broken.RepairPacks(t.Context(), []id.ID{name})
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if err := broken.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	repairAll(t, r)
	got, _ := wholeFiles(t, r)
	if !slices.Equal(got["a/two"], want["a/two"]) || len(want["a/two"]) == 0 {
		t.Errorf("a/two came %d times, want %d", len(got["a/two"]), len(want["a/two"]))
	}
	wantClean(t, r, dir)
}

// The copy of a damaged pack is the pack as it was.
func TestRepairPacksKeepsCopy(t *testing.T) {
	r, dir, src := small(t)
	file, _ := packOfPath(t, r, dir, filepath.Join(src, "a/one"))
	flip(t, file, -10)
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	packs, _, _ := repairAll(t, r)
	if len(packs.Copies) != 1 || packs.Lost > 0 {
		t.Fatalf("got %+v", packs)
	}
	if got, err := os.ReadFile(packs.Copies[0]); err != nil || string(got) != string(want) {
		t.Errorf("got %d bytes, want %d, %v", len(got), len(want), err)
	}
}

func ignoreBroken(err error) error {
	if errors.Is(err, errBroken) {
		return nil
	}
	return err
}
