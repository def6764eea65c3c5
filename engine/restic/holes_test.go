package restic

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine/restic/chunker"
	"github.com/varve-backup/varve/engine/restic/id"
)

// sparse makes a file with data at some places.
func sparse(t testing.TB, path string, size int64, data map[int64][]byte) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Truncate(size)
	for at, b := range data {
		_, werr := f.WriteAt(b, at)
		err = errors.Join(err, werr)
	}
	long := time.Now().Add(-time.Hour)
	if err = errors.Join(err, f.Close(), os.Chtimes(path, long, long)); err != nil {
		t.Fatal(err)
	}
}

// contentsOf are the blobs of the files in a folder of a snapshot.
func contentsOf(t *testing.T, r *Repository, s *Snapshot) map[string][]id.ID {
	t.Helper()
	x, err := r.newIndex(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rd := r.newReader(x)
	defer func() {
		if err := errors.Join(rd.close(), x.Close()); err != nil {
			t.Error(err)
		}
	}()
	v, err := rd.newView(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	nodes, _, err := v.nodesBelow(t.Context(), *v.root.Subtree)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]id.ID{}
	for _, n := range nodes {
		found[n.Name] = n.Content
	}
	return found
}

// Files with holes are cut where restic cuts them.
func TestHolesAreCutAsResticDoes(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	if err := os.Mkdir(src, 0o755); err != nil {
		t.Fatal(err)
	}
	const least, mib = chunker.MinSize, 1 << 20
	rows := map[string]struct {
		size int64
		data map[int64][]byte
	}{
		"only a hole":           {5 * mib, nil},
		"of the least size":     {least, nil},
		"one less":              {least - 1, nil},
		"one more":              {least + 1, nil},
		"odd":                   {9*mib + 4711, nil},
		"data first":            {12 * mib, map[int64][]byte{0: noise(700_000, 1)}},
		"little data first":     {4 * mib, map[int64][]byte{0: []byte("begin")}},
		"data last":             {7*mib + 13, map[int64][]byte{7 * mib: []byte("thirteen byte")}},
		"between":               {24 * mib, map[int64][]byte{mib: noise(3*mib, 2), 9*mib + 4096: noise(100_000, 3), 20*mib - 1: noise(2*mib, 4)}},
		"short holes":           {6 * mib, map[int64][]byte{0: noise(mib, 5), 3 * mib / 2: noise(mib, 6), 3 * mib: noise(mib, 7), 4*mib + 8192: noise(mib, 8)}},
		"written zeros":         {6 * mib, map[int64][]byte{0: make([]byte, 300_000), 3 * mib: make([]byte, 2*mib)}},
		"data behind a minimum": {4 * mib, map[int64][]byte{2*mib - 100: noise(200, 9)}},
	}
	for name, row := range rows {
		sparse(t, filepath.Join(src, name), row.size, row.data)
	}
	r := create(t, dir)
	ours := backupOf(t, r, src)
	resticOn(t, dir, "backup", "--force", "--host", "other", src)
	snapshots, err := r.Snapshots(t.Context())
	if err != nil || len(snapshots) != 2 {
		t.Fatalf("%d snapshots, %v", len(snapshots), err)
	}
	got, want := contentsOf(t, r, &ours.Snapshot), contentsOf(t, r, &snapshots[0])
	for name, row := range rows {
		if len(want[name]) == 0 || !slices.Equal(got[name], want[name]) {
			t.Errorf("%s: got %d chunks %v, want %d %v", name, len(got[name]), got[name], len(want[name]), want[name])
		}
		if st := statOf(t, filepath.Join(src, name)); row.data == nil && row.size > mib && st.Blocks > 0 {
			t.Logf("%s: no holes here", name)
		}
	}
	resticOn(t, dir, "check", "--read-data")
	target := filepath.Join(t.TempDir(), "target")
	restoreTo(t, r, &ours.Snapshot, target)
	same(t, src, target)
	for name := range rows {
		before, after := statOf(t, filepath.Join(src, name)), statOf(t, filepath.Join(target, name))
		if after.Blocks > before.Blocks+32 { // short holes are filled
			t.Errorf("%s: takes %d bytes, the source %d", name, after.Blocks*512, before.Blocks*512)
		}
	}
}

func statOf(t *testing.T, path string) *unix.Stat_t {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return &st
}

// A hole of any length costs neither reading nor hashing.
func TestHugeHole(t *testing.T) {
	src := filepath.Join(t.TempDir(), "src")
	if err := os.Mkdir(src, 0o755); err != nil {
		t.Fatal(err)
	}
	const size = 64 << 30
	path := filepath.Join(src, "disk")
	sparse(t, path, size, map[int64][]byte{size - 5: []byte("image")})
	if st := statOf(t, path); st.Blocks > 1000 {
		t.Log("no holes here: this would take its time")
		return
	}
	res := backupOf(t, create(t, filepath.Join(t.TempDir(), "repo")), src)
	if res.Bytes != size || res.Stored > 2<<20 {
		t.Errorf("got %+v", res.Counts)
	}
}
