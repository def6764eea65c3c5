package restic

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/tree"
)

// aged makes a clock that is so far ahead that nothing in a source counts as
// changed just now.
func aged(r *Repository) { r.now = func() time.Time { return time.Now().Add(time.Hour) } }

// treeOf is what a backup of a folder made of the folder itself.
func treeOf(t testing.TB, r *Repository, s *Snapshot, src string) id.ID {
	t.Helper()
	x, err := r.newIndex(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rd := r.newReader(x)
	defer func() {
		if err := rd.close(); err != nil {
			t.Error(err)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}()
	v := &view{reader: rd, snapshot: s}
	n, err := v.find(t.Context(), *s.Tree, components(src))
	if err != nil {
		t.Fatal(err)
	}
	return *n.Subtree
}

// mutate changes a few things of a tree, or nothing.
func mutate(t *testing.T, g *rand.Rand, root string) {
	t.Helper()
	var dirs, files []string
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || p == root:
		case e.IsDir():
			dirs = append(dirs, p)
		default:
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dirs = append(dirs, root)
	any := func(of []string) string { return of[g.IntN(len(of))] }
	for range g.IntN(7) {
		fresh := filepath.Join(any(dirs), fmt.Sprintf("%c%d", 'a'+rune(g.IntN(26)), g.IntN(1000)))
		var err error
		switch g.IntN(9) {
		case 0, 1:
			err = os.WriteFile(fresh, []byte(fmt.Sprint(g.Uint64())), 0o600)
		case 2:
			err = os.MkdirAll(fresh, 0o700)
			dirs = append(dirs, fresh)
		case 3:
			err = os.WriteFile(any(files), []byte(fmt.Sprint(g.Uint64())), 0o600)
		case 4:
			err = os.Remove(any(files))
		case 5:
			err = os.Rename(any(dirs), fresh) // into itself it cannot
		case 6:
			err = os.Rename(any(files), fresh)
		case 7:
			err = os.Symlink("nowhere", fresh)
		case 8:
			err = os.Chmod(any(dirs), 0o700|fs.FileMode(g.IntN(8)))
		}
		_ = err // some changes are impossible by chance
	}
}

// With the files cache every backup is what it is without.
func TestFilesCacheChangesNothing(t *testing.T) {
	g := rand.New(rand.NewPCG(7, 11))
	src := filepath.Join(t.TempDir(), "src")
	for i := range 60 {
		write(t, filepath.Join(src, fmt.Sprintf("d%d/e%d", i%4, i%3), fmt.Sprint(i)), fmt.Sprint("content ", i))
	}
	dir := filepath.Join(t.TempDir(), "repo")
	r, plain := create(t, dir), create(t, filepath.Join(t.TempDir(), "plain"))
	aged(r)
	aged(plain)
	for round := range 15 {
		mutate(t, g, src)
		with := backupOf(t, r, src)
		o := optionsFor(src)
		o.Force = true
		without, err := plain.Backup(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := treeOf(t, r, &with.Snapshot, src), treeOf(t, plain, &without.Snapshot, src); a != b {
			t.Fatalf("round %d: with the cache %s, without %s", round, a.Short(), b.Short())
		}
	}
	checkRestores(t, r, dir, src)
	resticOn(t, dir, "check", "--read-data")
}

// packReads counts what is read of packs.
type packReads struct {
	backends.Store
	reads *atomic.Int64
}

func (c packReads) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	if strings.HasPrefix(name, "data/") {
		c.reads.Add(1)
	}
	return c.Store.Get(ctx, name, off, n)
}

// knownTree makes a repository with two versions of a folder, so that the files
// cache knows it.
func knownTree(t *testing.T) (r *Repository, src, dir string) {
	t.Helper()
	src, dir = filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	for i := range 40 {
		write(t, filepath.Join(src, fmt.Sprintf("d%d/e%d", i%4, i%3), fmt.Sprint(i)), fmt.Sprint("content ", i))
	}
	r = create(t, dir)
	aged(r)
	backupOf(t, r, src)
	return r, src, dir
}

// Where nothing changed nothing is read, neither of the source nor of the
// repository, but the folders above.
func TestFilesCacheReadsNothing(t *testing.T) {
	r, src, _ := knownTree(t)
	var reads atomic.Int64
	r.store = packReads{r.store, &reads}
	res := backupOf(t, r, src)
	if most := int64(len(components(src))); reads.Load() > most {
		t.Errorf("%d reads; only the %d folders above may be read", reads.Load(), most)
	}
	if s := res.Snapshot.Summary; s.FilesUnmodified != 40 || s.DirsUnmodified != 17 || s.DataBlobs != 0 || s.FilesProcessed != 40 {
		t.Errorf("%+v", s)
	}
	if res.Items != 57 || res.Added+res.Changed+res.Deleted != 0 {
		t.Errorf("%+v", res.Counts)
	}
}

// A folder that was moved is taken as it is.
func TestFilesCacheKnowsMovedFolders(t *testing.T) {
	r, src, dir := knownTree(t)
	if err := os.Rename(filepath.Join(src, "d1"), filepath.Join(src, "moved")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(src, "moved/e1/new"), "new")
	res := backupOf(t, r, src)
	if s := res.Snapshot.Summary; s.FilesUnmodified != 40 || s.FilesNew != 1 {
		t.Errorf("%+v", s)
	}
	if res.Added != 2 || res.Deleted != 1 {
		t.Errorf("%+v", res.Counts)
	}
	checkRestores(t, r, dir, src)
}

// What the cache says is not believed when it may not be so.
func TestFilesCacheIsNotBelieved(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, r *Repository, src, dir string){
		"damaged": func(t *testing.T, r *Repository, _, _ string) {
			alter(t, filesCacheOf(t, r), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		},
		"cut short": func(t *testing.T, r *Repository, _, _ string) {
			alter(t, filesCacheOf(t, r), func(b []byte) []byte { return b[:len(b)/2] })
		},
		"of another version": func(t *testing.T, r *Repository, src, _ string) {
			old, err := os.ReadFile(filesCacheOf(t, r))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(src, "d0/e0/0"), "later")
			backupOf(t, r, src)
			alter(t, filesCacheOf(t, r), func([]byte) []byte { return old })
		},
		"when blobs went away": func(t *testing.T, r *Repository, _, dir string) {
			for _, p := range filesOf(t, dir, "data") {
				remove(t, p)
			}
			if _, err := r.RepairIndex(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, src, dir := knownTree(t)
			spoil(t, r, src, dir)
			res := backupOf(t, r, src)
			checkSnapshotOf(t, r, src)
			forgetAllBut(t, r, res.Snapshot.ID)
			resticOn(t, dir, "check", "--read-data")
		})
	}
}

// forgetAllBut leaves one snapshot: those before may have lost something.
func forgetAllBut(t *testing.T, r *Repository, keep id.ID) {
	t.Helper()
	all, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []id.ID
	for i := range all {
		if all[i].ID != keep {
			names = append(names, all[i].ID)
		}
	}
	if err := r.Forget(t.Context(), names); err != nil {
		t.Fatal(err)
	}
}

func filesCacheOf(t *testing.T, r *Repository) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(r.cache, "files-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v: want one files cache", found, err)
	}
	return found[0]
}

// A tree that went bad is told of when something in it changes, and everything
// is stored again.
func TestFilesCacheOverDamagedTrees(t *testing.T) {
	r, src, dir := knownTree(t)
	for _, p := range filesOf(t, dir, "data") {
		flip(t, p, 40)
	}
	write(t, filepath.Join(src, "d0/e0/0"), "later")
	res := backupOf(t, r, src)
	if s := res.Snapshot.Summary; s.FilesNew+s.FilesChanged == 0 {
		t.Errorf("%+v", s)
	}
	if found, err := filepath.Glob(filesCacheOf(t, r) + ".*"); err != nil || len(found) > 0 {
		t.Errorf("left over: %q, %v", found, err)
	}
}

// Flags that change alone are a change.
func TestFlagsAreCompared(t *testing.T) {
	var a, b tree.Node
	b.SetFlags(repository.FlagSecureDeletion)
	if sameNode(&a, &b) || !sameNode(&b, &b) {
		t.Error("flags are not compared")
	}
}

// What a killed run left of local files goes with the next run.
func TestUnfinishedLocalFilesGo(t *testing.T) {
	r, src, _ := knownTree(t)
	left := []string{filesCacheOf(t, r) + ".123", strings.Replace(filesCacheOf(t, r), "files-", "half-", 1) + ".456"}
	for _, p := range left {
		write(t, p, "half a file")
	}
	backupOf(t, r, src)
	for _, p := range left {
		if _, err := os.Stat(p); !os.IsNotExist(err) {
			t.Errorf("%s is left, %v", filepath.Base(p), err)
		}
	}
}

// A disk that turns is read in one place at a time, and free while what was
// read is worked on.
func TestOneReadsFromATurningDisk(t *testing.T) {
	b := &run{head: make(chan struct{}, 1)}
	one, two := &cutter{run: b}, &cutter{run: b}
	one.takeHead()
	one.takeHead() // it has it
	taken := make(chan struct{})
	go func() {
		two.takeHead()
		close(taken)
	}()
	select {
	case <-taken:
		t.Fatal("two read at a time")
	default:
	}
	one.giveHead()
	<-taken
	two.giveHead()
	if len(b.head) != 0 {
		t.Error("nobody reads, and nobody can")
	}
}
