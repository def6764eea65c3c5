package restore

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestTargetsThatAreRefused(t *testing.T) {
	root := t.TempDir()
	must(t, os.Mkdir(root+"/empty", 0o755))
	must(t, os.MkdirAll(root+"/full/a", 0o755))
	must(t, os.WriteFile(root+"/file", nil, 0o644))
	must(t, os.Symlink("full", root+"/link"))
	must(t, os.Symlink("nowhere", root+"/dangling"))
	rows := []struct {
		name   string
		single bool
		clash  Clash
		want   error
	}{
		{"new/deep", false, Refuse, nil},
		{"empty", false, Refuse, nil},
		{"full", false, Refuse, ErrTargetExists},
		{"full", false, Skip, nil},
		{"link", false, Refuse, ErrTargetExists},
		{"dangling", false, Refuse, ErrTargetExists},
		{"file", false, Skip, ErrTargetExists},
		{"file", true, Refuse, ErrTargetExists},
		{"empty", true, Refuse, ErrTargetExists},
		{"file", true, Replace, nil},
		{"file", false, Replace, nil},
	}
	for _, row := range rows {
		w, err := Open(root+"/"+row.name, Options{Clash: row.clash, SingleItem: row.single})
		if !errors.Is(err, row.want) {
			t.Errorf("%s, single %v, %v: got %v, want %v", row.name, row.single, row.clash, err, row.want)
		}
		if err == nil {
			_, err := w.Close(t.Context())
			must(t, err)
		}
	}
}

func TestClashes(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 3, 0, 0, time.UTC)
	const mark = " (restored 2026-11-21 14:03)"
	before := map[string]string{
		"dir": "/", "dir/mine": "mine", "file.jpg": "old", "link": "-> dir", "swap-dir": "/", "swap-dir/mine": "mine", "swap-file": "old",
	}
	items := []item{
		dir(""), dir("dir"), file("dir/new", "new"), file("file.jpg", "new"), file("link", "new"),
		file("swap-dir", "new"), dir("swap-file"), file("swap-file/new", "new"),
	}
	rows := []struct {
		clash  Clash
		age    time.Duration // of what is there, compared with the archive
		change map[string]string
		counts Counts
	}{
		{Replace, 0, map[string]string{
			"dir/new": "new", "file.jpg": "new", "link": "new", "swap-dir": "new", "swap-dir/mine": "", "swap-file": "/", "swap-file/new": "new",
		}, Counts{Items: 8, Files: 5, Bytes: 15}},
		{KeepBoth, 0, map[string]string{
			"dir/new": "new", "file" + mark + ".jpg": "new", "link" + mark: "new", "swap-dir" + mark: "new",
			"swap-file" + mark: "/", "swap-file" + mark + "/new": "new",
		}, Counts{Items: 8, Files: 5, Bytes: 15, Kept: 4}},
		{Skip, 0, map[string]string{"dir/new": "new"}, Counts{Items: 3, Files: 1, Bytes: 3, Skipped: 5}},
		{ReplaceOlder, time.Hour, map[string]string{
			"dir/new": "new", "file.jpg": "new", "link": "new", "swap-file": "/", "swap-file/new": "new",
		}, Counts{Items: 7, Files: 4, Bytes: 12}},
		{ReplaceOlder, -time.Hour, map[string]string{"dir/new": "new"}, Counts{Items: 3, Files: 1, Bytes: 3, Skipped: 4}},
	}
	for _, row := range rows {
		t.Run(fmt.Sprint(row.clash, row.age), func(t *testing.T) {
			target := t.TempDir()
			build(t, target, before, when.Add(-row.age))
			o := Options{Clash: row.clash, Now: func() time.Time { return now }}
			counts, failed := restoreAll(t, target, o, items...)
			want := maps.Clone(before)
			for path, s := range row.change {
				if want[path] = s; s == "" {
					delete(want, path)
				}
			}
			equal(t, content(t, target), want)
			if counts != row.counts {
				t.Errorf("got %+v, want %+v", counts, row.counts)
			}
			if refused := row.clash == ReplaceOlder; errors.Is(failed["swap-dir"], ErrTargetExists) != refused || len(failed) > 1 {
				t.Errorf("got errors %v", failed)
			}
		})
	}
}

// build makes a tree as content describes it.
func build(t *testing.T, root string, tree map[string]string, modified time.Time) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		at, s := filepath.Join(root, path), tree[path]
		target, isLink := strings.CutPrefix(s, "-> ")
		switch {
		case s == "/":
			must(t, os.Mkdir(at, 0o755))
		case isLink:
			must(t, os.Symlink(target, at))
		default:
			must(t, os.WriteFile(at, []byte(s), 0o644))
		}
		ts := unix.NsecToTimespec(modified.UnixNano())
		must(t, unix.UtimesNanoAt(unix.AT_FDCWD, at, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW))
	}
}

func TestNothingIsReplacedThatAppearedMeanwhile(t *testing.T) {
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	e := file("file", strings.Repeat("x", 2*smallFile)).entry
	content2 := io.MultiReader(strings.NewReader(strings.Repeat("x", 2*smallFile)), readerFunc(func([]byte) (int, error) {
		must(t, os.WriteFile(target+"/file", []byte("mine"), 0o644))
		return 0, io.EOF
	}))
	if err := w.Put(t.Context(), &e, content2); !errors.Is(err, ErrTargetExists) {
		t.Errorf("got %v, want ErrTargetExists", err)
	}
	_, err = w.Close(t.Context())
	must(t, err)
	equal(t, content(t, target), map[string]string{"file": "mine"})
}

func TestKeptName(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 3, 0, 0, time.UTC)
	rows := []struct {
		name    string
		attempt int
		want    string
	}{
		{"photo.jpg", 1, "photo (restored 2026-11-21 14:03).jpg"},
		{"photo.jpg", 2, "photo (restored 2026-11-21 14:03, 2).jpg"},
		{".profile", 1, ".profile (restored 2026-11-21 14:03)"},
		{"folder", 1, "folder (restored 2026-11-21 14:03)"},
		{strings.Repeat("x", 255), 1, strings.Repeat("x", 255-28) + " (restored 2026-11-21 14:03)"},
	}
	for _, row := range rows {
		if got := keptName(row.name, now, row.attempt); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
