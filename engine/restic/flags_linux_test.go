package restic

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/source"
)

// chattr changes flags, and reports false where there are none.
func chattr(t *testing.T, change string, paths ...string) bool {
	t.Helper()
	out, err := exec.Command("chattr", append([]string{change}, paths...)...).CombinedOutput()
	if err != nil {
		if _, missing := exec.LookPath("chattr"); missing != nil {
			t.Fatal("chattr is missing: Debian package e2fsprogs")
		}
		t.Logf("no flags here: %s", out)
	}
	return err == nil
}

// flagsIn are the flags of some items of a folder.
func flagsIn(t *testing.T, root string) map[string]repository.Flags {
	t.Helper()
	tree, err := source.Open(root, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	found := map[string]repository.Flags{}
	for e, err := range tree.Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found[e.Path] = tree.Flags(e)
	}
	return found
}

func checkFlags(t *testing.T, when, root string, want map[string]repository.Flags) {
	t.Helper()
	got := flagsIn(t, root)
	for path, flags := range want {
		if got[path] != flags {
			t.Errorf("%s: %q has flags %q, want %q", when, path, got[path], flags)
		}
	}
}

// restic takes and restores a snapshot with flags, and its own snapshots,
// which have none, make nothing of ours forgotten.
func TestFlagsAndRestic(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	write(t, filepath.Join(src, "file"), "content")
	write(t, filepath.Join(src, "dir", "file"), "content")
	write(t, filepath.Join(src, "dir", "plain"), "content")
	if err := os.Chmod(src, 0o755); err != nil {
		t.Fatal(err)
	}
	want := map[string]repository.Flags{"": 0, "dir/plain": 0}
	if chattr(t, "+dA", filepath.Join(src, "file"), filepath.Join(src, "dir"), filepath.Join(src, "dir", "file")) {
		flags := repository.FlagNoDump | repository.FlagNoAccessTime
		want["file"], want["dir"], want["dir/file"] = flags, flags, flags
	}
	r := create(t, dir)
	restored := func(when string, s *Snapshot) {
		t.Helper()
		target := filepath.Join(t.TempDir(), "target")
		restoreTo(t, r, s, target)
		same(t, src, target)
		checkFlags(t, when, target, want)
	}
	first := backupOf(t, r, src)
	resticOn(t, dir, "check", "--read-data")
	theirs := filepath.Join(t.TempDir(), "theirs")
	resticOn(t, dir, "restore", first.Snapshot.ID.String(), "--target", theirs)
	same(t, src, filepath.Join(theirs, src))
	restored("first", &first.Snapshot)

	second := backupOf(t, r, src)
	if second.Changed+second.Added > 0 {
		t.Errorf("nothing changed, and the run found %+v", second.Counts)
	}
	write(t, filepath.Join(src, "dir", "plain"), "changed")
	changed := backupOf(t, r, src)
	restored("a neighbour changed", &changed.Snapshot)
	resticOn(t, dir, "backup", "--host", "lake", src)
	third := backupOf(t, r, src)
	restored("after restic", &third.Snapshot)
	resticOn(t, dir, "check", "--read-data")

	if want["file"] == 0 {
		return
	}
	chattr(t, "-d", filepath.Join(src, "file"), filepath.Join(src, "dir"))
	want["file"], want["dir"] = repository.FlagNoAccessTime, repository.FlagNoAccessTime
	fourth := backupOf(t, r, src)
	restored("changed", &fourth.Snapshot)
}
