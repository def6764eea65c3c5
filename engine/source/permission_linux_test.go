package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// asUser runs f without root's rights over files. They belong to the thread,
// which ends with f.
func asUser(t *testing.T, f func()) {
	t.Helper()
	if !isRoot() {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		must(t, unix.Setfsgid(65534))
		must(t, unix.Setfsuid(65534))
		f()
	}()
	<-done
}

func TestUnreadableItemsAreReportedAndPassedBy(t *testing.T) {
	root := t.TempDir()
	must(t, os.Chmod(filepath.Dir(root), 0o755)) // the user must get in
	write(t, root+"/closed/inside", "x")
	write(t, root+"/file", "x")
	write(t, root+"/noentry/inside", "x")
	write(t, root+"/open/inside", "x")
	must(t, os.Chmod(root+"/closed", 0))
	must(t, os.Chmod(root+"/file", 0))
	must(t, os.Chmod(root+"/noentry", 0o444))
	t.Cleanup(func() {
		os.Chmod(root+"/closed", 0o755)
		os.Chmod(root+"/noentry", 0o755)
	})
	var r report
	var all []*repository.Entry
	var openErr error
	asUser(t, func() {
		tree := mustOpen(t, root, r.options())
		all = collect(t, tree)
		_, openErr = tree.OpenFile(find(t, all, "file"))
	})
	if got, want := paths(all), []string{"", "closed", "file", "noentry", "open", "open/inside"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []string{"closed", "noentry/inside"}; !slices.Equal(r.unlisted, want) {
		t.Errorf("got unlisted %q, want %q", r.unlisted, want)
	}
	if r.problems["closed"] != repository.Unreadable || r.problems["noentry/inside"] != repository.Unreadable || len(r.problems) != 2 {
		t.Errorf("got problems %v", r.problems)
	}
	if !errors.Is(openErr, fs.ErrPermission) || ProblemOf(openErr) != repository.Unreadable {
		t.Errorf("got %v, want fs.ErrPermission", openErr)
	}
}

func TestUnreadableRoot(t *testing.T) {
	root := t.TempDir()
	must(t, os.Chmod(filepath.Dir(root), 0o755))
	must(t, os.Chmod(root, 0))
	t.Cleanup(func() { os.Chmod(root, 0o755) })
	var err error
	asUser(t, func() { _, err = Open(root, Options{}) })
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want fs.ErrPermission", err)
	}
}
