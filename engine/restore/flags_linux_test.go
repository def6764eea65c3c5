package restore

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/undo"
	"golang.org/x/sys/unix"
)

// flagsAt returns the kept flags of an item.
func flagsAt(t *testing.T, path string) repository.Flags {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(fd)
	flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	must(t, err)
	return repository.Flags(flags) & repository.KeptFlags
}

// hasFlags tells whether files of a folder can have flags, and lets it be
// removed in the end in spite of them.
func hasFlags(t *testing.T, dir string) bool {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(fd)
	t.Cleanup(func() {
		if out, err := exec.Command("chattr", "-R", "-f", "-i", "-a", dir).CombinedOutput(); err != nil {
			t.Logf("chattr (Debian package e2fsprogs): %v %s", err, out)
		}
	})
	return fsat.SetFlags(fd, 0, 0) == nil
}

func flagged(i item, f repository.Flags) item {
	i.entry.Flags = f
	return i
}

func TestFlagsAreSetLast(t *testing.T) {
	target := t.TempDir()
	if !hasFlags(t, target) {
		t.Logf("no flags here, which TestFlagsThatCannotBeSet is about")
		return
	}
	const plain = repository.FlagNoDump | repository.FlagNoAccessTime
	locked, wantLocked := plain, plain
	if isRoot() {
		locked |= repository.FlagImmutable
		wantLocked |= repository.FlagImmutable
	}
	first, second := flagged(file("dir/first", "x"), locked), flagged(file("dir/second", "x"), locked)
	first.entry.HardLink, second.entry.HardLink = "dir/first", "dir/first"
	large := flagged(file("dir/large", string(make([]byte, 2*smallFile))), locked)
	var r report
	counts, failed := restoreAll(t, target, Options{Watch: r.watch()}, flagged(dir("dir"), locked), first, large, second,
		flagged(file("dir/small", "x"), locked), flagged(dir("plain"), plain), file("plain/none", "x"))
	if len(failed) > 0 || counts.Inexact > 0 || counts.Failed > 0 || len(r.problems) > 0 {
		t.Fatalf("got %v, %+v, %v", failed, counts, r.problems)
	}
	want := map[string]repository.Flags{
		"dir": wantLocked, "dir/first": wantLocked, "dir/second": wantLocked, "dir/large": wantLocked, "dir/small": wantLocked,
		"plain": plain, "plain/none": 0,
	}
	for path, flags := range want {
		if got := flagsAt(t, target+"/"+path); got != flags {
			t.Errorf("%s: got flags %q, want %q", path, got, flags)
		}
	}
	var a, b unix.Stat_t
	must(t, unix.Stat(target+"/dir/first", &a))
	must(t, unix.Stat(target+"/dir/second", &b))
	if a.Ino != b.Ino {
		t.Error("the names of a locked file are no links")
	}
	if info, err := os.Stat(target + "/dir"); err != nil || !info.ModTime().Equal(when) {
		t.Errorf("got %v, %v, want time %v", info.ModTime(), err, when)
	}
}

// What cannot be set is told once, and the rest is set.
func TestFlagsThatCannotBeSet(t *testing.T) {
	target := t.TempDir()
	here := hasFlags(t, target)
	// No file system takes all of these.
	want := repository.KeptFlags &^ repository.LockingFlags
	var r report
	counts, failed := restoreAll(t, target, Options{Watch: r.watch()},
		flagged(file("a", "x"), want), flagged(file("b", "x"), want), flagged(file("c", "x"), want))
	if len(failed) > 0 || counts.Items != 3 || counts.Inexact != 3 {
		t.Errorf("got %v, %+v, want three items that are inexact", failed, counts)
	}
	var kinds []repository.Problem
	for _, kind := range r.problems {
		kinds = append(kinds, kind)
	}
	if !slices.Equal(kinds, []repository.Problem{repository.Inexact}) || len(r.notices) != 1 {
		t.Errorf("got %v, %q, want one problem and one notice", r.problems, r.notices)
	}
	if !here {
		return
	}
	if got := flagsAt(t, target+"/b"); got&repository.FlagNoDump == 0 {
		t.Errorf("got %q, want at least what can be set", got)
	}
}

// A file gets the flags of its folder when it is made.
func TestInheritedFlagsGo(t *testing.T) {
	target := t.TempDir()
	if !hasFlags(t, target) {
		return
	}
	fd, err := unix.Open(target, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(fd)
	must(t, fsat.SetFlags(fd, repository.FlagNoDump, repository.KeptFlags))
	restoreAll(t, target, Options{Clash: Replace}, flagged(file("a", "x"), repository.FlagNoAccessTime))
	if got := flagsAt(t, target+"/a"); got != repository.FlagNoAccessTime {
		t.Errorf("got %q", got)
	}
}

func TestLockIsForTheFileThatWasWritten(t *testing.T) {
	target := t.TempDir()
	hasFlags(t, target)
	must(t, os.WriteFile(target+"/a", nil, 0o600))
	l := lock{want: repository.FlagImmutable}
	fd, err := unix.Open(target, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(fd)
	if err := l.set(fd, "a"); err == nil {
		t.Error("another file was locked")
	}
}

// The first thing to undo in a folder that a restore locked is undone as the
// others are.
func TestUndoUnlocksForTheFirst(t *testing.T) {
	target := t.TempDir()
	if !hasFlags(t, target) {
		t.Logf("no flags here, which TestFlagsThatCannotBeSet is about")
		return
	}
	if !isRoot() {
		t.Logf("only the superuser locks folders")
		return
	}
	must(t, os.Mkdir(target+"/dir", 0o755))
	before := whole(t, target)
	kept := t.TempDir() + "/undo"
	counts := putAll(t, target, Options{Clash: Replace, Undo: undo.Options{Dir: kept}},
		[]item{flagged(dir("dir"), repository.FlagImmutable), flagged(file("dir/new", "new"), repository.FlagImmutable)})
	if result, stayed := undoAll(t, kept, counts.Undo, false); result.Created != 1 || len(stayed) > 0 {
		t.Errorf("%+v, %v stayed", result, stayed)
	}
	equal(t, whole(t, target), before)
}

// What a restore locked is undone too, and what it gave other flags has its own
// again.
func TestUndoOfFlags(t *testing.T) {
	target := t.TempDir()
	if !hasFlags(t, target) {
		t.Logf("no flags here, which TestFlagsThatCannotBeSet is about")
		return
	}
	locked := repository.FlagNoDump
	if isRoot() {
		locked |= repository.FlagImmutable
	}
	must(t, os.Mkdir(target+"/dir", 0o755))
	must(t, os.WriteFile(target+"/dir/other", []byte("old"), 0o600))
	must(t, os.WriteFile(target+"/dir/same", []byte("same"), 0o600))
	before := whole(t, target)
	kept := t.TempDir() + "/undo"
	items := []item{flagged(dir("dir"), locked), flagged(file("dir/new", "new"), locked), flagged(file("dir/other", "other"), locked), flagged(file("dir/same", "same"), locked)}
	counts := putAll(t, target, Options{Clash: Replace, Undo: undo.Options{Dir: kept}}, items)
	for _, path := range []string{"/dir", "/dir/new", "/dir/other", "/dir/same"} {
		if got := flagsAt(t, target+path); got&locked != locked {
			t.Errorf("%s has the flags %v", path, got)
		}
	}
	if _, stayed := undoAll(t, kept, counts.Undo, false); len(stayed) > 0 {
		t.Errorf("%v stayed", stayed)
	}
	equal(t, whole(t, target), before)
	for _, path := range []string{"/dir", "/dir/other", "/dir/same"} {
		if got := flagsAt(t, target+path); got&locked != 0 {
			t.Errorf("%s has the flags %v", path, got)
		}
	}
}
