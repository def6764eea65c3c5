package local

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends"
)

func TestUnplugged(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "user", "DRIVE"), 0o700); err != nil {
		t.Fatal(err)
	}
	places := []place{{root, 2}}
	for path, want := range map[string]bool{
		"user/DRIVE/new":    false,
		"user/DRIVE":        false,
		"user/OTHER":        true,
		"user/OTHER/new":    true,
		"nobody/DRIVE/new":  true,
		"user/DRIVE/a/b/c/": false,
	} {
		if got := unplugged(filepath.Join(root, path), places); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	if unplugged(root+"-beside/x/y", places) {
		t.Error("a neighbour is not below")
	}
	// /proc is mounted everywhere, one level below /.
	if runtime.GOOS == "linux" && unplugged("/proc/varve", []place{{"", 2}}) {
		t.Error("a drive mounted one level higher counts as missing")
	}
}

func TestTranslate(t *testing.T) {
	for system, want := range map[unix.Errno]error{
		unix.ENOSPC: backends.ErrFull, unix.EDQUOT: backends.ErrFull, unix.EFBIG: backends.ErrFull,
		unix.EACCES: backends.ErrPermission, unix.EPERM: backends.ErrPermission, unix.EROFS: backends.ErrPermission,
		unix.ENOENT: backends.ErrNotExist, unix.ENOTCONN: backends.ErrOffline, unix.ENODEV: backends.ErrOffline,
		unix.ENAMETOOLONG: backends.ErrInvalidName, unix.EIO: unix.EIO,
	} {
		err := translate(&os.PathError{Op: "write", Path: "x", Err: system})
		if !errors.Is(err, want) || !errors.Is(err, system) {
			t.Errorf("%v became %v, want %v", system, err, want)
		}
	}
	if err := translate(&sourceError{unix.EACCES}); errors.Is(err, backends.ErrPermission) {
		t.Errorf("a source's error became %v", err)
	}
}

// Another device number alone is an automounter's doing; another file system
// is a drive that was pulled out from above an empty folder.
func TestAnotherFileSystemIsOffline(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.on.device++
	if err := s.Put(t.Context(), "x", backends.BytesSource("x")); err != nil {
		t.Errorf("mounted again: %v", err)
	}
	s.on.id.Val[0]++
	if err := s.Put(t.Context(), "y", backends.BytesSource("y")); !errors.Is(err, backends.ErrOffline) {
		t.Errorf("Put: %v, want ErrOffline", err)
	}
	for o, err := range s.List(t.Context(), "") {
		if !errors.Is(err, backends.ErrOffline) {
			t.Errorf("listed %q, %v, want ErrOffline", o.Name, err)
		}
	}
}
