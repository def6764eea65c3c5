package restic

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/engine/reread"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// checked runs Check over all data.
func checked(t testing.TB, r *Repository, o CheckOptions) (findings []Finding, res Checked) {
	t.Helper()
	res, err := r.Check(t.Context(), o, func(f Finding) { findings = append(findings, f) })
	if err != nil {
		t.Fatal(err)
	}
	return findings, res
}

var readAll = CheckOptions{Data: reread.Plan{Mode: reread.Everything}}

// wantClean fails for everything that is more than a hint, by both programs.
func wantClean(t testing.TB, r *Repository, dir string) {
	t.Helper()
	findings, _ := checked(t, r, readAll)
	for _, f := range findings {
		t.Errorf("got %d: %s (%v)", f.Kind, f.Text, f.Err)
	}
	resticOn(t, dir, "check", "--read-data")
}

// small makes a repository of ours with two snapshots; file "a/one" has its
// own blob in both.
func small(t testing.TB) (r *Repository, dir, src string) {
	t.Helper()
	dir, src = filepath.Join(t.TempDir(), "repo"), filepath.Join(t.TempDir(), "src")
	rnd := rand.NewChaCha8([32]byte{7})
	for _, name := range []string{"a/one", "a/two", "b/three"} {
		content := make([]byte, 40_000)
		_, _ = rnd.Read(content) // it cannot fail
		write(t, filepath.Join(src, name), string(content))
	}
	r = create(t, dir)
	backupOf(t, r, src)
	write(t, filepath.Join(src, "b/late"), "late")
	backupOf(t, r, src)
	return r, dir, src
}

func TestCheckClean(t *testing.T) {
	t.Run("ours", func(t *testing.T) {
		r, dir, _ := small(t)
		findings, res := checked(t, r, readAll)
		if len(findings) > 0 || res.Snapshots != 2 || res.Packs != res.PacksRead || res.Packs == 0 || res.Trees == 0 {
			t.Errorf("got %+v, %+v", findings, res)
		}
		wantClean(t, r, dir)
	})
	for _, name := range []string{"restic-0.14", "restic-0.14-format1", "restic-0.19"} {
		t.Run(name, func(t *testing.T) {
			dir := unpack(t, name)
			wantClean(t, openAt(t, dir), dir)
		})
	}
}

// filesOf lists the files below a folder of a repository.
func filesOf(t testing.TB, dir, kind string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, kind), func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files in %s, %v", len(names), kind, err)
	}
	return names
}

// flip alters one bit of a file; a negative offset counts from its end.
func flip(t testing.TB, path string, at int) {
	t.Helper()
	alter(t, path, func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 4
		return b
	})
}

// alter writes a file anew, which is read-only.
func alter(t testing.TB, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// packOfPath finds the pack of the first blob of a file, or of a folder's
// tree, in the newest snapshot.
func packOfPath(t testing.TB, r *Repository, dir, path string) (file string, blob pack.Blob) {
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
	v := &view{reader: r.newReader(x), snapshot: &snapshots[0]}
	defer v.close()
	n, err := v.find(t.Context(), *snapshots[0].Tree, components(path))
	if err != nil {
		t.Fatal(err)
	}
	if n.Subtree != nil {
		l := x.Find(*n.Subtree, pack.Tree)[0]
		return filepath.Join(dir, nameOf(packFile, l.Pack)), l.Blob
	}
	l := x.Find(n.Content[0], pack.Data)[0]
	return filepath.Join(dir, nameOf(packFile, l.Pack)), l.Blob
}

// One bit is enough to be found, and to be named.
func TestCheckNamesDamage(t *testing.T) {
	for _, tc := range []struct {
		name      string
		kind      FindingKind
		severity  Severity
		damage    func(t *testing.T, r *Repository, dir, src string)
		data      reread.Mode
		path      string // below the source, that is lost
		snapshots int
	}{
		{name: "config", kind: ConfigDamaged, severity: Lost, damage: func(t *testing.T, _ *Repository, dir, _ string) {
			flip(t, filepath.Join(dir, "config"), 40)
		}},
		{name: "key", kind: KeyDamaged, severity: Damaged, damage: func(t *testing.T, _ *Repository, dir, _ string) {
			flip(t, filesOf(t, dir, "keys")[0], 30)
		}},
		{name: "snapshot", kind: SnapshotDamaged, severity: Lost, damage: func(t *testing.T, _ *Repository, dir, _ string) {
			flip(t, filesOf(t, dir, "snapshots")[0], 50)
		}},
		{name: "index", kind: IndexDamaged, severity: Damaged, damage: func(t *testing.T, _ *Repository, dir, _ string) {
			flip(t, filesOf(t, dir, "index")[0], 50)
		}},
		{name: "data", kind: PackDamaged, severity: Lost, data: reread.Everything, path: "a/one", snapshots: 2, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, b := packOfPath(t, r, dir, filepath.Join(src, "a/one"))
			flip(t, file, int(b.Offset)+20)
		}},
		{name: "tree", kind: TreeDamaged, severity: Lost, path: "a", snapshots: 2, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, b := packOfPath(t, r, dir, filepath.Join(src, "a"))
			flip(t, file, int(b.Offset)+20)
		}},
		{name: "tree with data", kind: PackDamaged, severity: Lost, data: reread.Everything, path: "a", snapshots: 2, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, b := packOfPath(t, r, dir, filepath.Join(src, "a"))
			flip(t, file, int(b.Offset)+20)
		}},
		{name: "header", kind: PackDamaged, severity: Damaged, data: reread.Everything, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, _ := packOfPath(t, r, dir, filepath.Join(src, "a/one"))
			flip(t, file, -10)
		}},
		{name: "header length", kind: PackDamaged, severity: Damaged, data: reread.Everything, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, _ := packOfPath(t, r, dir, filepath.Join(src, "a/one"))
			flip(t, file, -4)
		}},
		{name: "pack missing", kind: PackMissing, severity: Lost, path: "b/late", snapshots: 1, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, _ := packOfPath(t, r, dir, filepath.Join(src, "b/late"))
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "index missing", kind: BlobMissing, severity: Lost, snapshots: 1, damage: func(t *testing.T, _ *Repository, dir, _ string) {
			removeNewestIndex(t, dir)
		}},
		{name: "pack cut", kind: PackSize, severity: Lost, path: "b/late", snapshots: 1, damage: func(t *testing.T, r *Repository, dir, src string) {
			file, b := packOfPath(t, r, dir, filepath.Join(src, "b/late"))
			alter(t, file, func(pack []byte) []byte { return pack[:b.Offset+b.Length-1] })
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, dir, src := small(t)
			tc.damage(t, r, dir, src)
			findings, _ := checked(t, r, CheckOptions{Data: reread.Plan{Mode: tc.data}})
			i := slices.IndexFunc(findings, func(f Finding) bool { return f.Kind == tc.kind })
			if i < 0 {
				t.Fatalf("not found: %+v", findings)
			}
			f := findings[i]
			t.Log(f.Text)
			if f.Severity != tc.severity || len(f.Snapshots) != tc.snapshots || f.PathCount != len(f.Paths) {
				t.Errorf("got %+v", f)
			}
			if path := filepath.Join(src, tc.path); tc.path != "" && (!slices.Contains(f.Paths, path) || !strings.Contains(f.Text, path)) {
				t.Errorf("got %q: %s, want %q", f.Paths, f.Text, path)
			}
		})
	}
}

// removeNewestIndex removes the newest index file.
func removeNewestIndex(t testing.TB, dir string) {
	t.Helper()
	var newest string
	var when time.Time
	for _, path := range filesOf(t, dir, "index") {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.ModTime().After(when) {
			newest, when = path, info.ModTime()
		}
	}
	if err := os.Remove(newest); err != nil {
		t.Fatal(err)
	}
}

// A check in turns reads everything before it reads anything again, also when
// the program was closed between.
func TestCheckInTurns(t *testing.T) {
	r, dir, _ := small(t)
	packs := len(filesOf(t, dir, "data"))
	one := CheckOptions{Data: reread.Plan{Mode: reread.Oldest, Bytes: 1}}
	clock := time.Now()
	r.now = func() time.Time { return clock }
	var last reread.Fresh
	for i := range packs {
		clock = clock.Add(time.Minute)
		_, res := checked(t, r, one)
		if res.PacksRead != 1 || res.Fresh.Read <= last.Read || (res.Fresh.Read == res.Fresh.Of) != (i == packs-1) {
			t.Fatalf("turn %d: got %+v", i, res)
		}
		last = res.Fresh
	}
	// The first turn was too long ago now, and is the next one's.
	clock = clock.Add(reread.Lately - time.Duration(packs-1)*time.Minute + time.Second)
	if _, res := checked(t, r, CheckOptions{}); res.Fresh.Read >= res.Fresh.Of || res.Fresh.Read == 0 {
		t.Errorf("got %+v", res)
	}
	if _, res := checked(t, r, one); res.Fresh != last {
		t.Errorf("got %+v", res)
	}
}

// Time that is spent ends the reading, and a share is read as restic does.
func TestCheckBudgets(t *testing.T) {
	r, dir, _ := small(t)
	start := time.Now()
	var looks atomic.Int64
	r.now = func() time.Time { return start.Add(time.Duration(looks.Add(1)) * time.Second) }
	if _, res := checked(t, r, CheckOptions{Data: reread.Plan{Mode: reread.Oldest, For: time.Second}}); res.PacksRead != 1 {
		t.Errorf("got %+v", res)
	}
	read := 0
	for part := 1; part <= 3; part++ {
		_, res := checked(t, r, CheckOptions{Data: reread.Plan{Mode: reread.Share, Part: part, Of: 3}})
		read += res.PacksRead
	}
	if want := len(filesOf(t, dir, "data")); read != want {
		t.Errorf("%d packs in all shares, want %d", read, want)
	}
	if _, err := r.Check(t.Context(), CheckOptions{Data: reread.Plan{Mode: reread.Share, Part: 4, Of: 3}}, nil); !errors.Is(err, reread.ErrShare) {
		t.Errorf("got %v", err)
	}
}

// storePack stores a pack of blobs that others hold as well, and indexes it
// in as many files.
func storePack(t *testing.T, r *Repository, files int, contents ...string) (file string, blobs []pack.Blob) {
	t.Helper()
	w := pack.NewWriter(r.key, &pack.Memory{})
	for _, c := range contents {
		sealed, err := r.key.Seal(nil, []byte(c))
		if err != nil {
			t.Fatal(err)
		}
		w.AddSealed(&pack.Blob{ID: id.Of([]byte(c))}, sealed)
	}
	blobs = slices.Clone(w.Blobs())
	name, err := w.Finish()
	if err == nil {
		err = r.put(t.Context(), nameOf(packFile, name), w)
	}
	for i := range files {
		part := blobs[i*len(blobs)/files : (i+1)*len(blobs)/files]
		_, saved := r.saveIndex(t.Context(), []index.Pack{{ID: name, Blobs: part}})
		err = errors.Join(err, saved)
	}
	if err != nil {
		t.Fatal(err)
	}
	return nameOf(packFile, name), blobs
}

// What is odd but harmless is a hint; damage of which there is another copy
// costs nothing.
func TestCheckKnowsWhatIsHarmless(t *testing.T) {
	for _, tc := range []struct {
		name   string
		files  int
		damage bool
		kind   FindingKind
		want   Severity
	}{
		{"orphan", 0, false, PackOrphan, Hint},
		{"split", 2, false, PackSplit, Hint},
		{"copy", 1, true, PackDamaged, Damaged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, dir, _ := small(t)
			file, blobs := storePack(t, r, tc.files, "late", "other")
			if tc.damage {
				flip(t, filepath.Join(dir, file), int(blobs[0].Offset)+20)
			}
			findings, _ := checked(t, r, readAll)
			if len(findings) != 1 || findings[0].Kind != tc.kind || findings[0].Severity != tc.want || findings[0].PathCount > 0 {
				t.Errorf("got %+v", findings)
			}
			if _, err := r.RepairIndex(t.Context()); err != nil {
				t.Error(err)
			}
			if again, _ := checked(t, r, CheckOptions{}); len(again) > 0 {
				t.Errorf("after the repair of the index: %+v", again)
			}
		})
	}
}

// A line that breaks is no damage: the check ends with an error and blames
// nothing.
func TestCheckDoesNotBlameTheLine(t *testing.T) {
	_, dir, _ := small(t)
	for on := 4; on < 16; on += 3 { // the first calls open the repository
		c := configFor(t, dir)
		store := faulty.New(c.Store, faulty.Fault{Op: faulty.Get, On: on, Err: backends.ErrOffline})
		c.Store = store
		r, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Check(t.Context(), readAll, func(f Finding) { t.Errorf("call %d: %s", on, f.Text) })
		if !errors.Is(err, backends.ErrOffline) && store.Calls(faulty.Get) >= on {
			t.Errorf("call %d: got %v", on, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A check that is stopped leaves no lock and no folder behind.
func TestCheckStops(t *testing.T) {
	r, dir, _ := small(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.watch.Wait = func(ctx context.Context) error { cancel(); return ctx.Err() }
	if _, err := r.Check(ctx, readAll, func(Finding) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	locks, err := filepath.Glob(filepath.Join(dir, "locks", "*"))
	left, err2 := filepath.Glob(filepath.Join(r.cache, "check-*"))
	if len(locks)+len(left) > 0 || errors.Join(err, err2) != nil {
		t.Errorf("left behind: %q %q", locks, left)
	}
}
