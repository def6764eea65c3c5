package source

import (
	"os"
	"os/exec"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// flag sets flags with chattr, and reports false where there are none.
func flag(t *testing.T, path, letters string) bool {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "chattr", "+"+letters, path).CombinedOutput(); err != nil {
		if _, missing := exec.LookPath("chattr"); missing != nil {
			t.Fatal("chattr is missing: Debian package e2fsprogs")
		}
		t.Logf("no flags here: %v %s", err, out)
		return false
	}
	return true
}

func TestFlagsAreRead(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/file", "x")
	write(t, root+"/dir/file", "x")
	must(t, unix.Mkfifo(root+"/pipe", 0o600))
	var want repository.Flags
	if flag(t, root+"/file", "dA") && flag(t, root+"/dir", "dA") && flag(t, root, "dA") {
		want = repository.FlagNoDump | repository.FlagNoAccessTime
	}
	for _, follow := range []bool{false, true} {
		tree := mustOpen(t, root, Options{FollowLinks: follow})
		all := collect(t, tree)
		for path, flags := range map[string]repository.Flags{"": want, "file": 0, "dir": want, "dir/file": 0, "pipe": 0} {
			e := find(t, all, path)
			if e.Flags != flags {
				t.Errorf("%q: the walk found %q, want %q", path, e.Flags, flags)
			}
			if path == "file" {
				flags = want
			}
			if got := tree.Flags(e); got != flags {
				t.Errorf("%q: got %q, want %q", path, got, flags)
			}
		}
		f, err := tree.OpenFile(find(t, all, "file"))
		must(t, err)
		if got := f.Flags(); got != want {
			t.Errorf("the open file has %q, want %q", got, want)
		}
		must(t, f.Close())
	}
}

// What replaced an item says nothing about it.
func TestFlagsOfWhatWasReplaced(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/dir/file", "x")
	write(t, root+"/other/file", "x")
	flag(t, root+"/other", "d")
	tree := mustOpen(t, root, Options{})
	all := collect(t, tree)
	must(t, os.Rename(root+"/dir", root+"/gone"))
	must(t, os.Rename(root+"/other", root+"/dir"))
	if got := tree.Flags(find(t, all, "dir")); got != 0 {
		t.Errorf("got %q of another folder", got)
	}
	must(t, os.RemoveAll(root+"/dir"))
	if got := tree.Flags(find(t, all, "dir")) | tree.Flags(find(t, all, "dir/file")); got != 0 {
		t.Errorf("got %q of nothing", got)
	}
}

// The flags of what is known already are not asked for.
func TestKnownFlagsAreNotRead(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/dir/file", "x")
	flag(t, root+"/dir", "d")
	tree := mustOpen(t, root, Options{Hooks: Hooks{SkipXattrs: func(*repository.Entry) bool { return true }}})
	for _, e := range collect(t, tree) {
		if e.Flags != 0 {
			t.Errorf("%q: got %q", e.Path, e.Flags)
		}
	}
}
