package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

func TestReadingLeavesNoTrace(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/dir/file", "x")
	old := unix.NsecToTimespec(int64(time.Hour))
	for _, path := range []string{root, root + "/dir", root + "/dir/file"} {
		must(t, unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{old, old}, 0))
	}
	tree := mustOpen(t, root, Options{})
	read(t, tree, find(t, collect(t, tree), "dir/file"))
	if runtime.GOOS != "linux" {
		return // only Linux lets a reader leave the time of last access alone
	}
	for _, path := range []string{root + "/dir", root + "/dir/file"} {
		var st unix.Stat_t
		must(t, unix.Stat(path, &st))
		if st.Atim != old {
			t.Errorf("%s: the time of last access changed to %v", path, time.Unix(st.Atim.Unix()))
		}
	}
}

func TestSwappedFolderLeadsNowhere(t *testing.T) {
	outside, root := t.TempDir(), t.TempDir()
	write(t, outside+"/file", "secret")
	write(t, root+"/a/file", "public")
	write(t, root+"/b/file", "public")
	var r report
	tree := mustOpen(t, root, r.options())
	swap := func(name string) {
		must(t, os.Rename(root+"/"+name, root+"/was-"+name))
		must(t, os.Symlink(outside, root+"/"+name))
	}
	for e, err := range tree.Walk(t.Context()) {
		must(t, err)
		switch e.Path {
		case "a/file":
			swap("a")
			_, err := tree.OpenFile(e)
			if !errors.Is(err, fs.ErrNotExist) || ProblemOf(err) != repository.Vanished {
				t.Errorf("got %v, want the file to be gone", err)
			}
		case "b":
			swap("b")
		case "b/file":
			t.Error("the walk went through a link")
		}
	}
	if r.problems["b"] != repository.Vanished {
		t.Errorf("got problems %v, want b gone", r.problems)
	}
}

func TestOpenFileRefusesWhatIsNoLongerTheFile(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/file", "content")
	write(t, root+"/dir/file", "content")
	write(t, root+"/other", "other content")
	tree := mustOpen(t, root, Options{})
	all := collect(t, tree)
	rows := []struct {
		name    string
		replace func(path string) error
	}{
		{"gone", func(string) error { return nil }},
		{"pipe", func(path string) error { return unix.Mkfifo(path, 0o600) }},
		{"link", func(path string) error { return os.Symlink("dir/file", path) }},
		{"folder", func(path string) error { return os.Mkdir(path, 0o755) }},
		{"other file", func(path string) error { return os.Rename(root+"/other", path) }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			must(t, os.RemoveAll(root+"/file"))
			must(t, row.replace(root+"/file"))
			if f, err := tree.OpenFile(find(t, all, "file")); ProblemOf(err) != repository.Vanished {
				t.Errorf("got %v, %v, want an error that the file is gone", f, err)
			}
		})
	}
}

func TestOpenFileStaysBelowTheRoot(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/in/file", "x")
	write(t, root+"/out", "x")
	tree := mustOpen(t, root+"/in", Options{})
	for _, path := range []string{"../out", "/etc/passwd", "a/../../out", ".", ""} {
		if f, err := tree.OpenFile(&repository.Entry{Path: path, Type: repository.File}); err == nil {
			f.Close()
			t.Errorf("%q was opened", path)
		}
	}
}

func TestOpenByFolders(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/a/b/file", "x")
	must(t, os.Symlink("a", root+"/link"))
	tree := mustOpen(t, root, Options{})
	fd, err := openByFolders(tree.fd(), "a/b/file", fileFlags|unix.O_NOFOLLOW)
	must(t, err)
	unix.Close(fd)
	for _, path := range []string{"link/b/file", "a/../a/b/file", "a//b/file", "link"} {
		if fd, err := openByFolders(tree.fd(), path, fileFlags|unix.O_NOFOLLOW); err == nil {
			unix.Close(fd)
			t.Errorf("%q was opened", path)
		}
	}
}

func TestChangedWhileRead(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/file", "before")
	tree := mustOpen(t, root, Options{})
	e := find(t, collect(t, tree), "file")
	f, err := tree.OpenFile(e)
	must(t, err)
	defer f.Close()
	if f.Changed() {
		t.Error("changed before anything happened")
	}
	write(t, root+"/file", "after that")
	if !f.Changed() {
		t.Error("the change was not noticed")
	}
}

func TestHolesReadAsZeros(t *testing.T) {
	root := t.TempDir()
	rows := []struct {
		name string
		size int64
		data map[int64]string
	}{
		{"only hole", 5 << 20, nil},
		{"hole first", 2<<20 + 3, map[int64]string{2 << 20: "end"}},
		{"hole last", 3 << 20, map[int64]string{0: "begin"}},
		{"between", 9 << 20, map[int64]string{1: "a", 4 << 20: "b", 8<<20 + 77: "c"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			path := root + "/" + row.name
			f, err := os.Create(path)
			must(t, err)
			must(t, f.Truncate(row.size))
			for off, s := range row.data {
				_, err := f.WriteAt([]byte(s), off)
				must(t, err)
			}
			must(t, f.Close())
			want, err := os.ReadFile(path)
			must(t, err)
			tree := mustOpen(t, root, Options{})
			if got := read(t, tree, find(t, collect(t, tree), row.name)); got != string(want) {
				t.Errorf("content differs: got %d bytes, want %d", len(got), len(want))
			}
		})
	}
}

// A hole can be passed without reading it.
func TestHolesAreSkipped(t *testing.T) {
	root := t.TempDir()
	f, err := os.Create(root + "/sparse")
	must(t, err)
	must(t, f.Truncate(8<<20))
	_, err = f.WriteAt([]byte("data"), 4<<20)
	must(t, errors.Join(err, f.Close()))
	write(t, root+"/plain", "content")
	tree := mustOpen(t, root, Options{})
	all := collect(t, tree)
	if e := find(t, all, "sparse"); e.Blocks < e.Size {
		in, err := tree.OpenFile(e)
		must(t, err)
		defer in.Close()
		if hole := in.Hole(); hole != 4<<20 {
			t.Errorf("got a hole of %d bytes, want %d", hole, 4<<20)
		}
		in.Skip(4<<20 - 2)
		if hole := in.Hole(); hole != 2 {
			t.Errorf("got a hole of %d bytes, want 2", hole)
		}
		var b [6]byte
		if _, err := io.ReadFull(in, b[:]); err != nil || string(b[:]) != "\x00\x00data" {
			t.Errorf("got %q, %v", b, err)
		}
		if hole := in.Hole(); hole != 0 {
			t.Errorf("got a hole of %d bytes within a block of data", hole)
		}
		rest, err := io.ReadAll(in)
		if err != nil || len(rest) != 4<<20-4 || in.Hole() != 0 {
			t.Errorf("got %d more bytes, %v, and a hole of %d behind the end", len(rest), err, in.Hole())
		}
	}
	in, err := tree.OpenFile(find(t, all, "plain"))
	must(t, err)
	defer in.Close()
	if in.Hole() != 0 {
		t.Error("a hole in a file without any")
	}
}
