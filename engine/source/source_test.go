package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
	"golang.org/x/sys/unix"
)

// report is what an observer heard.
type report struct {
	mu       sync.Mutex
	problems map[string]repository.Problem
	sockets  []string
	unlisted []string
}

func (r *report) options() Options {
	r.problems = map[string]repository.Problem{}
	watch := repository.Ignore()
	watch.Problem = func(path string, kind repository.Problem, _ error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.problems[path] = kind
	}
	watch.Socket = func(path string) { r.sockets = append(r.sockets, path) }
	return Options{Watch: watch, Hooks: Hooks{Unlisted: func(path string) { r.unlisted = append(r.unlisted, path) }}, mounts: fakeMounts{}}
}

type fakeMounts struct {
	table []wantedMount
	now   []string
}

func (f fakeMounts) wanted() []wantedMount { return f.table }
func (f fakeMounts) mounted() []string     { return f.now }

func mustOpen(t testing.TB, root string, o Options) *Tree {
	t.Helper()
	tree, err := Open(root, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

// collect walks a tree to its end.
func collect(t testing.TB, tree *Tree) []*repository.Entry {
	t.Helper()
	var all []*repository.Entry
	for e, err := range tree.Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func paths(all []*repository.Entry) []string {
	names := make([]string, 0, len(all))
	for _, e := range all {
		names = append(names, e.Path)
	}
	return names
}

func find(t testing.TB, all []*repository.Entry, path string) *repository.Entry {
	t.Helper()
	i := slices.IndexFunc(all, func(e *repository.Entry) bool { return e.Path == path })
	if i < 0 {
		t.Fatalf("no entry %q in %q", path, paths(all))
	}
	return all[i]
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// isRoot says whether the test can make devices.
func isRoot() bool { return os.Geteuid() == 0 }

func TestWalkDescribesEveryType(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/file", "content")
	when := time.Unix(1234567890, 123456789)
	must(t, os.Chtimes(root+"/file", when, when))
	must(t, unix.Chmod(root+"/file", 0o6751))
	must(t, os.Mkdir(root+"/dir", 0o755))
	must(t, unix.Chmod(root+"/dir", 0o1777))
	must(t, os.Symlink("no\xffwhere", root+"/link"))
	must(t, unix.Mkfifo(root+"/pipe", 0o640))
	device := unix.Mknod(root+"/zero", unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5)))
	if isRoot() {
		must(t, device)
	} else if !errors.Is(device, unix.EPERM) {
		t.Fatalf("making a device as a user: got %v, want EPERM", device)
	}
	all := collect(t, mustOpen(t, root, Options{}))

	file := find(t, all, "file")
	if file.Type != repository.File || file.Mode != 0o6751 || file.Size != 7 || file.Links != 1 || file.HardLink != "" {
		t.Errorf("file: got %+v", file)
	}
	if !file.ModTime.Equal(when) || !file.HasNanoseconds || file.ChangeTime.IsZero() || file.ID == (repository.FileID{}) || file.Blocks == 0 {
		t.Errorf("file: got times %v %v, id %v, blocks %d", file.ModTime, file.ChangeTime, file.ID, file.Blocks)
	}
	// A user without a name is one that a container made up.
	var name string
	if me, err := user.Current(); err == nil {
		name = me.Username
	}
	if file.UID != uint32(os.Geteuid()) || file.User != name {
		t.Errorf("file: got owner %d %q, want %d %q", file.UID, file.User, os.Geteuid(), name)
	}
	if dir := find(t, all, "dir"); dir.Type != repository.Dir || dir.Mode != 0o1777 || dir.Size != 0 {
		t.Errorf("dir: got %+v", dir)
	}
	if link := find(t, all, "link"); link.Type != repository.Symlink || link.Target != "no\xffwhere" || link.Size != 0 {
		t.Errorf("link: got %+v", link)
	}
	if pipe := find(t, all, "pipe"); pipe.Type != repository.FIFO {
		t.Errorf("pipe: got %+v", pipe)
	}
	if isRoot() {
		if zero := find(t, all, "zero"); zero.Type != repository.CharDevice || zero.Major != 1 || zero.Minor != 5 {
			t.Errorf("device: got %+v", zero)
		}
	}
	if all[0].Path != "" || all[0].Type != repository.Dir {
		t.Errorf("first entry: got %+v, want the root", all[0])
	}
}

func TestNumericOwnerHasNoNames(t *testing.T) {
	for _, e := range collect(t, mustOpen(t, t.TempDir(), Options{NumericOwner: true})) {
		if e.User != "" || e.Group != "" {
			t.Errorf("got %q %q, want no names", e.User, e.Group)
		}
	}
}

func TestWalkOrderIsCompare(t *testing.T) {
	root := t.TempDir()
	letters := []string{"a", "b", " ", "-", ".", "0", "\x01", "é", "\xff", "A"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		path := root
		for range 1 + random.IntN(4) {
			path += "/"
			for range 1 + random.IntN(3) {
				path += letters[random.IntN(len(letters))]
			}
		}
		if strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../") {
			continue
		}
		// A file in the way of a folder only makes the tree smaller.
		_ = os.MkdirAll(filepath.Dir(path), 0o755)
		_ = os.WriteFile(path, nil, 0o644)
	}
	got := paths(collect(t, mustOpen(t, root, Options{})))
	want := slices.Clone(got)
	slices.SortFunc(want, repository.Compare)
	if !slices.Equal(got, want) || len(slices.Compact(want)) != len(got) {
		t.Errorf("got %q, want %q", got, want)
	}
	count := 0
	must(t, filepath.WalkDir(root, func(string, fs.DirEntry, error) error { count++; return nil }))
	if count != len(got) {
		t.Errorf("got %d entries, want %d", len(got), count)
	}
}

func TestSingleFileRoot(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/one", "single")
	must(t, os.Symlink("one", root+"/link"))
	for _, name := range []string{"one", "link"} {
		tree := mustOpen(t, root+"/"+name, Options{})
		all := collect(t, tree)
		if len(all) != 1 || all[0].Path != "" || all[0].Type != repository.File {
			t.Fatalf("%s: got %+v", name, all)
		}
		if got := read(t, tree, all[0]); got != "single" {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func read(t testing.TB, tree *Tree, e *repository.Entry) string {
	t.Helper()
	f, err := tree.OpenFile(e)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil || f.Changed() {
		t.Fatalf("reading %s: %v, changed %v", e.Path, err, f.Changed())
	}
	return string(data)
}

func TestSelect(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/deep/down/wanted", "x")
	write(t, root+"/deep/other/unwanted", "x")
	write(t, root+"/in/all", "x")
	write(t, root+"/in/no/hidden", "x")
	write(t, root+"/marked/.nobackup", "x")
	var asked []string
	o := Options{Select: func(item selection.Item) (selection.Verdict, error) {
		asked = append(asked, item.Path)
		switch {
		case item.Path == "in/no", item.Has != nil && item.Has(".nobackup"):
			return selection.Exclude, nil
		case item.Path == "in", strings.HasPrefix(item.Path, "in/"), item.Path == "deep/down/wanted":
			return selection.Include, nil
		case item.Type == repository.Dir:
			return selection.Scan, nil
		}
		return selection.Exclude, nil
	}}
	got := paths(collect(t, mustOpen(t, root, o)))
	want := []string{"", "deep", "deep/down", "deep/down/wanted", "in", "in/all"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, never := range []string{"", "in/no/hidden", "marked/.nobackup"} {
		if slices.Contains(asked, never) {
			t.Errorf("the rules were asked about %q", never)
		}
	}
}

func TestSelectErrorEndsTheWalk(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/a", "x")
	boom := errors.New("boom")
	tree := mustOpen(t, root, Options{Select: func(selection.Item) (selection.Verdict, error) { return 0, boom }})
	var got error
	for _, err := range tree.Walk(t.Context()) {
		got = err
	}
	if !errors.Is(got, boom) {
		t.Errorf("got %v, want %v", got, boom)
	}
}

func TestOtherFileSystems(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/dir/file", "x")
	for _, one := range []bool{false, true} {
		asked, other := 0, 0
		tree := mustOpen(t, root, Options{OneFileSystem: one, Select: func(item selection.Item) (selection.Verdict, error) {
			asked++
			if item.OtherFileSystem {
				other++
			}
			return selection.Include, nil
		}})
		tree.device++ // as if the root were on a file system of its own
		got := len(collect(t, tree))
		if !one && (got != 3 || other != 2) || one && (got != 1 || asked != 0) {
			t.Errorf("one file system %v: got %d entries, %d of %d on another", one, got, other, asked)
		}
	}
}

func TestSocketIsCountedAndSkipped(t *testing.T) {
	root := t.TempDir()
	// The name of a socket must be short; the folder's is not.
	t.Chdir(root)
	l, err := new(net.ListenConfig).Listen(t.Context(), "unix", "sock")
	must(t, err)
	defer l.Close()
	var r report
	got := paths(collect(t, mustOpen(t, root, r.options())))
	if !slices.Equal(got, []string{""}) || !slices.Equal(r.sockets, []string{"sock"}) || len(r.problems) > 0 {
		t.Errorf("got entries %q, sockets %q, problems %v", got, r.sockets, r.problems)
	}
}

func TestVanishedBetweenListingAndLooking(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/a", "x")
	write(t, root+"/b", "x")
	var r report
	o := r.options()
	o.Select = func(item selection.Item) (selection.Verdict, error) {
		if item.Path == "a" {
			must(t, os.Remove(root+"/b"))
		}
		return selection.Include, nil
	}
	got := paths(collect(t, mustOpen(t, root, o)))
	if !slices.Equal(got, []string{"", "a"}) || r.problems["b"] != repository.Vanished || len(r.unlisted) > 0 {
		t.Errorf("got %q, %v, unlisted %q", got, r.problems, r.unlisted)
	}
}

func TestHardLinksNameTheirFirstMember(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/b/one", "x")
	write(t, root+"/alone", "x")
	must(t, os.Link(root+"/b/one", root+"/a"))
	must(t, os.Link(root+"/b/one", root+"/c"))
	all := collect(t, mustOpen(t, root, Options{}))
	for path, want := range map[string]string{"a": "a", "b/one": "a", "c": "a", "alone": ""} {
		if got := find(t, all, path).HardLink; got != want {
			t.Errorf("%s: got group %q, want %q", path, got, want)
		}
	}
}

func TestLinkGroupsForgetWhatIsComplete(t *testing.T) {
	g := linkGroups{}
	e := &repository.Entry{Path: "a", Links: 2}
	g.first(e)
	g.first(&repository.Entry{Path: "b", Links: 2})
	if len(g) != 0 {
		t.Errorf("got %d groups kept, want 0", len(g))
	}
}

func TestExtendedAttributes(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/file", "x")
	value := strings.Repeat("v", 3000)
	err := unix.Setxattr(root+"/file", "user.b", []byte(value), 0)
	unsupported := errors.Is(err, unix.ENOTSUP)
	if !unsupported {
		must(t, err)
		must(t, unix.Setxattr(root+"/file", "user.a", nil, 0))
	}
	e := find(t, collect(t, mustOpen(t, root, Options{})), "file")
	if unsupported {
		if len(e.Xattrs) > 0 {
			t.Errorf("got %v on a file system without attributes", e.Xattrs)
		}
		return
	}
	checkAttributes(t, e, value)
	// The same on kernels that list attributes by path only.
	w := newWalker(mustOpen(t, root, Options{}))
	defer w.closeAll()
	w.attributes.byPath = true
	var older *repository.Entry
	w.run(t.Context(), func(e *repository.Entry, err error) bool {
		must(t, err)
		older = e // the file comes last
		return true
	})
	checkAttributes(t, older, value)
	// The same without /proc, as in a bare chroot.
	tree := mustOpen(t, root, Options{})
	tree.descriptors = false
	checkAttributes(t, find(t, collect(t, tree), "file"), value)
	tree = mustOpen(t, root+"/file", Options{})
	tree.descriptors = false
	checkAttributes(t, collect(t, tree)[0], value)
	if !slices.IsSortedFunc(e.Xattrs, func(a, b repository.Xattr) int { return cmp.Compare(a.Name, b.Name) }) {
		t.Errorf("attributes are not sorted: %v", e.Xattrs)
	}
}

func checkAttributes(t *testing.T, e *repository.Entry, value string) {
	t.Helper()
	var got []string
	for _, x := range e.Xattrs {
		if strings.HasPrefix(x.Name, "user.") {
			got = append(got, x.Name+"="+string(x.Value))
		}
	}
	if want := []string{"user.a=", "user.b=" + value}; !e.HasXattrs || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFollowLinks(t *testing.T) {
	outside, root := t.TempDir(), t.TempDir()
	write(t, outside+"/folder/file", "through")
	must(t, os.Symlink(outside+"/folder", root+"/folder"))
	must(t, os.Symlink(outside+"/folder/file", root+"/file"))
	must(t, os.Symlink("nowhere", root+"/dangling"))
	must(t, os.Symlink(".", root+"/loop"))
	var r report
	o := r.options()
	o.FollowLinks = true
	tree := mustOpen(t, root, o)
	all := collect(t, tree)
	want := []string{"", "dangling", "file", "folder", "folder/file", "loop"}
	if got := paths(all); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if find(t, all, "dangling").Type != repository.Symlink || find(t, all, "loop").Type != repository.Symlink {
		t.Errorf("dangling and circular links must stay links")
	}
	if r.problems["loop"] != repository.NotStorable || len(r.problems) != 1 {
		t.Errorf("got problems %v, want the loop alone", r.problems)
	}
	for _, path := range []string{"file", "folder/file"} {
		if got := read(t, tree, find(t, all, path)); got != "through" {
			t.Errorf("%s: got %q", path, got)
		}
	}
}

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

func TestHugeFolderTakesLittleMemory(t *testing.T) {
	root := t.TempDir()
	const count = 100_000
	dir, err := os.OpenRoot(root)
	must(t, err)
	defer dir.Close()
	for i := range count {
		// Hard links, because making so many files takes a while.
		name := fmt.Sprintf("a file with an ordinary name %06d", i)
		if first := i - i%10_000; first < i {
			must(t, dir.Link(fmt.Sprintf("a file with an ordinary name %06d", first), name))
			continue
		}
		must(t, dir.WriteFile(name, nil, 0o600))
	}
	tree := mustOpen(t, root, Options{})
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	seen, most := 0, uint64(0)
	for _, err := range tree.Walk(t.Context()) {
		must(t, err)
		if seen++; seen%20_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	if seen != count+1 {
		t.Errorf("got %d entries, want %d", seen, count+1)
	}
	if used := int64(most) - int64(before.HeapAlloc); used > 10<<20 {
		t.Errorf("the walk holds %d MiB", used>>20)
	}
}

func TestLeavingTheWalkClosesItsFolders(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/a/b/c/file", "x")
	tree := mustOpen(t, root, Options{})
	lowest := func() int {
		fd, err := unix.Open(root, unix.O_RDONLY, 0)
		must(t, err)
		unix.Close(fd)
		return fd
	}
	before := lowest()
	for e, err := range tree.Walk(t.Context()) {
		must(t, err)
		if e.Path == "a/b/c/file" {
			break
		}
	}
	if after := lowest(); after != before {
		t.Errorf("the lowest free descriptor is %d, was %d", after, before)
	}
}

func TestCancelledWalkEnds(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/a", "x")
	tree := mustOpen(t, root, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got error
	for _, err := range tree.Walk(ctx) {
		got = err
	}
	if !errors.Is(got, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", got)
	}
}

func TestEstimateCountsTheSelection(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/a", "1234")
	write(t, root+"/dir/b", "123")
	write(t, root+"/no", "123456789")
	var r report
	o := r.options()
	o.Select = func(item selection.Item) (selection.Verdict, error) {
		if item.Path == "no" {
			return selection.Exclude, nil
		}
		return selection.Include, nil
	}
	var files, bytes int64
	must(t, mustOpen(t, root, o).Estimate(t.Context(), func(f, b int64) { files, bytes = f, b }))
	if files != 2 || bytes != 7 {
		t.Errorf("got %d files, %d bytes, want 2, 7", files, bytes)
	}
}

func TestRootThatWentAwayIsNotEmpty(t *testing.T) {
	root := t.TempDir() + "/root"
	write(t, root+"/a", "x")
	var r report
	tree := mustOpen(t, root, r.options())
	var got error
	for e, err := range tree.Walk(t.Context()) {
		if err != nil {
			got = err
			break
		}
		if e.Path == "" {
			must(t, os.RemoveAll(root))
		}
	}
	if !errors.Is(got, ErrMissing) {
		t.Errorf("got %v, want ErrMissing", got)
	}
}

func BenchmarkWalk(b *testing.B) {
	for _, root := range []string{runtime.GOROOT(), "/usr/share"} {
		b.Run(filepath.Base(root), func(b *testing.B) {
			b.ReportAllocs()
			tree := mustOpen(b, root, Options{})
			items := 0
			for b.Loop() {
				items = 0
				for _, err := range tree.Walk(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
					items++
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*items), "ns/item")
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
