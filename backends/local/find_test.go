package local

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"errors"
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
	for system, want := range map[error]error{
		unix.ENOSPC: backends.ErrFull, unix.EDQUOT: backends.ErrFull, unix.EFBIG: backends.ErrFull,
		unix.EACCES: backends.ErrPermission, unix.EPERM: backends.ErrPermission, unix.EROFS: backends.ErrPermission,
		unix.ENOENT: backends.ErrNotExist, unix.ENOTCONN: backends.ErrOffline, unix.ENODEV: backends.ErrOffline,
		unix.ENAMETOOLONG: backends.ErrInvalidName, unix.EIO: unix.EIO,
	} {
		err := translate(&os.PathError{Op: "write", Path: "x", Err: system.(unix.Errno)})
		if !errors.Is(err, want) || !errors.Is(err, system) {
			t.Errorf("%v became %v, want %v", system, err, want)
		}
	}
	if err := translate(&sourceError{unix.EACCES}); errors.Is(err, backends.ErrPermission) {
		t.Errorf("a source's error became %v", err)
	}
}
