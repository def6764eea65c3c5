package restic

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/tree"
	"github.com/varve-backup/varve/engine/source"
)

// resticOn runs the real restic on a repository.
func resticOn(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := resticWith(t, dir, passphrase, args...)
	if err != nil {
		t.Fatalf("restic %q (Debian package restic): %v\n%s", args, err, out)
	}
	return out
}

// resticWith runs restic with a passphrase that it may refuse.
func resticWith(t testing.TB, dir, words string, args ...string) (out string, err error) {
	t.Helper()
	cmd := exec.Command("restic", append([]string{"--repo", dir, "--cache-dir", filepath.Join(t.TempDir(), "cache")}, args...)...)
	cmd.Env = append(os.Environ(), "RESTIC_PASSWORD="+words)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// backupOf backs a folder up.
func backupOf(t testing.TB, r *Repository, src string) Result {
	t.Helper()
	res, err := r.Backup(t.Context(), optionsFor(src))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func optionsFor(src string) BackupOptions {
	return BackupOptions{Path: src, OpenSource: func(h source.Hooks) (*source.Tree, error) {
		return source.Open(src, source.Options{Hooks: h, Watch: repository.Ignore()})
	}}
}

func create(t testing.TB, dir string) *Repository {
	t.Helper()
	r, err := Create(t.Context(), configFor(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// same fails unless two folders are equal, attributes included.
func same(t testing.TB, a, b string) {
	t.Helper()
	list := func(dir string) string {
		cmd := exec.Command("sh", "-c", `find . ! -name . -printf '%P %y %m %U:%G %T@ %l\n' -o -printf '\n' | sort; find . -type f -exec sha256sum {} + | sort -k2`)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	x, y := strings.Split(list(a), "\n"), strings.Split(list(b), "\n")
	for i := range max(len(x), len(y)) {
		if i >= len(x) || i >= len(y) || x[i] != y[i] {
			t.Fatalf("%s and %s differ in line %d:\n%q\n%q", a, b, i, x[min(i, len(x)-1)], y[min(i, len(y)-1)])
		}
	}
}

// Both programs work on one repository in turns.
func TestTurns(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	for _, part := range []string{"crypto", "encoding", "image"} {
		if err := os.CopyFS(filepath.Join(src, part), os.DirFS(filepath.Join(goRoot(t), "src", part))); err != nil {
			t.Fatal(err)
		}
	}
	big := make([]byte, 9<<20)
	for i := range big {
		big[i] = byte(i * i >> 7)
	}
	write(t, filepath.Join(src, "big"), string(big))
	write(t, filepath.Join(src, "odd \xff\"name\\"), "odd")
	if err := errors.Join(os.Symlink("big", filepath.Join(src, "link")), os.Link(filepath.Join(src, "big"), filepath.Join(src, "hard"))); err != nil {
		t.Fatal(err)
	}
	r := create(t, dir)
	first := backupOf(t, r, src)
	if first.Files == 0 || first.Added == 0 {
		t.Errorf("got %+v", first)
	}
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)

	// The same again adds nothing but a snapshot.
	second := backupOf(t, r, src)
	if second.Added+second.Changed+second.Deleted > 0 || second.Stored > 4096 { // the folders above may have changed
		t.Errorf("nothing changed, and the run found %+v", second.Counts)
	}
	if second.Snapshot.Parent == nil || *second.Snapshot.Parent != first.Snapshot.ID {
		t.Error("the parent is another one")
	}

	// restic continues, and adds next to nothing.
	before := size(t, dir)
	resticOn(t, dir, "backup", "--host", "lake", src)
	if grown := size(t, dir) - before; grown > before/100 {
		t.Errorf("restic added %d bytes to %d", grown, before)
	}
	if err := os.RemoveAll(filepath.Join(src, "image")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(src, "crypto", "new"), "new")
	third := backupOf(t, r, src)
	if third.Deleted != 1 || third.Added != 1 {
		t.Errorf("got %+v", third.Counts)
	}
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)
}

// Many small files are much folder to little content: what the second program
// writes of them must be what the first one wrote. The times keep the zone of
// whoever wrote them first.
func TestSecondProgramAddsNextToNothing(t *testing.T) {
	src := filepath.Join(goRoot(t), "src", "crypto")
	for _, first := range []string{"varve", "restic", "restic in another zone"} {
		t.Run(first, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "repo")
			r := create(t, dir)
			var before int64
			if first == "varve" {
				t.Setenv("TZ", "UTC")
				backupOf(t, r, src)
				before = size(t, dir)
				resticOn(t, dir, "backup", "--host", "lake", src)
			} else {
				t.Setenv("TZ", map[bool]string{true: "Asia/Kolkata", false: "UTC"}[first != "restic"])
				resticOn(t, dir, "backup", "--host", "lake", src)
				before = size(t, dir)
				backupOf(t, r, src)
			}
			if grown := size(t, dir) - before; grown > before/100 {
				t.Errorf("the second program added %d bytes to %d", grown, before)
			}
			resticOn(t, dir, "check", "--read-data")
		})
	}
}

// What means the same is written as before, and what tells hard links is not.
func TestWriteAs(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	there := now.In(time.FixedZone("", 3600))
	old := tree.Node{Type: tree.File, Inode: 7, DeviceID: 1, Links: 1, ModTime: there, AccessTime: there, ChangeTime: there}
	for _, c := range []struct {
		name             string
		change           func(n *tree.Node)
		device           uint64
		modified, status bool // these times are in the old zone
	}{
		{"same", func(*tree.Node) {}, 1, true, true},
		{"touched", func(n *tree.Node) { n.ModTime = now.Add(1) }, 1, false, true},
		{"linked", func(n *tree.Node) { n.Links = 2 }, 2, true, true},
		{"another one", func(n *tree.Node) { n.Inode = 8 }, 2, false, false},
		{"another type", func(n *tree.Node) { n.Type = tree.Dir }, 2, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := tree.Node{Type: tree.File, Inode: 7, DeviceID: 2, Links: 1, ModTime: now, AccessTime: now, ChangeTime: now}
			c.change(&n)
			writeAs(&n, &old)
			if n.DeviceID != c.device || (n.ModTime.Location() == there.Location()) != c.modified || (n.ChangeTime.Location() == there.Location()) != c.status {
				t.Errorf("got %+v", n)
			}
		})
	}
	n := tree.Node{DeviceID: 2}
	if writeAs(&n, nil); n.DeviceID != 2 {
		t.Error("a new item has no device")
	}
}

// checkRestores restores the newest snapshot with both programs.
func checkRestores(t *testing.T, r *Repository, dir, src string) {
	t.Helper()
	snapshots, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
	restoreTo(t, r, &snapshots[0], ours)
	same(t, src, ours)
	resticOn(t, dir, "restore", snapshots[0].ID.String(), "--target", theirs)
	same(t, src, filepath.Join(theirs, src))
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
}

func size(t testing.TB, dir string) (n int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func goRoot(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
