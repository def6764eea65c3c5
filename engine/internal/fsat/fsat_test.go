package fsat

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Both ways to open a path follow no link.
func TestPathsFollowNoLinks(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.Mkdir(dir+"/dir", 0o700), os.WriteFile(dir+"/dir/file", nil, 0o600), os.Symlink("dir", dir+"/link"), os.Symlink("file", dir+"/dir/last"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	fd, err := Open(unix.AT_FDCWD, dir, FolderFlags, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for name, open := range map[string]func(int, string, int) (int, error){"at once": OpenPath, "folder by folder": openByFolders} {
		for path, want := range map[string]bool{"dir/file": true, "link/file": false, "dir/last": false, "dir/none": false} {
			got, err := open(fd, path, unix.O_RDONLY|unix.O_NOFOLLOW)
			if (err == nil) != want {
				t.Errorf("%s, %s: got %v", name, path, err)
			}
			if err == nil {
				unix.Close(got)
			}
		}
	}
}

func TestRenameIfFree(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(name, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const here = unix.AT_FDCWD
	if err := renameIfFree(here, "a", here, "b"); !errors.Is(err, unix.EEXIST) {
		t.Errorf("got %v, want EEXIST", err)
	}
	if err := renameIfFree(here, "a", here, "c"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"b": "b", "c": "a"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
