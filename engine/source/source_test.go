package source

import (
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

func (f fakeMounts) mounted() []string { return f.now }

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
	for _, root := range []string{"/usr/lib", "/usr/share"} {
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
