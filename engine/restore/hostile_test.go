package restore

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
)

func TestHostileArchive(t *testing.T) {
	rows := []struct {
		name  string
		items []item
		want  error
	}{
		{"parent", []item{file("../evil", "x")}, ErrUnsafePath},
		{"parent inside", []item{file("a/../../evil", "x")}, ErrUnsafePath},
		{"parent folder", []item{dir("..")}, ErrUnsafePath},
		{"absolute", []item{file("/evil", "x")}, ErrUnsafePath},
		{"empty component", []item{file("a//evil", "x")}, ErrUnsafePath},
		{"dot", []item{file("./evil", "x")}, ErrUnsafePath},
		{"zero byte", []item{file("evil\x00", "x")}, ErrUnsafePath},
		{"too deep", []item{file(strings.Repeat("a/", 5000)+"evil", "x")}, ErrUnsafePath},
		{"root as a link", []item{link("", "../outside")}, ErrUnsafePath},
		{"unknown type", []item{{entry: repository.Entry{Path: "evil", Type: 99}}}, ErrUnsafePath},
		{"file through a link", []item{link("a", "../outside"), file("a/evil", "x")}, ErrTargetExists},
		{"folder through a link", []item{link("a", "../outside"), dir("a/evil")}, ErrTargetExists},
		{"folder onto a link", []item{link("evil", "../outside"), dir("evil")}, ErrTargetExists},
		{"file onto a link", []item{link("evil", "../outside/evil"), file("evil", "x")}, ErrTargetExists},
		{"file twice", []item{file("evil", "x"), file("evil", "y")}, ErrTargetExists},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			root := t.TempDir()
			must(t, os.Mkdir(root+"/outside", 0o755))
			last := row.items[len(row.items)-1].entry.Path
			var r report
			_, failed := restoreAll(t, root+"/target", Options{Watch: r.watch()}, row.items...)
			if row.name == "file twice" || row.name == "file onto a link" {
				// Small files are written later, and refused there.
				if failed[last] == nil && r.problems[last] != repository.NotRestored {
					t.Error("the second file was not refused")
				}
			} else if !errors.Is(failed[last], row.want) {
				t.Errorf("got %v, want %v", failed[last], row.want)
			}
			nothingOutside(t, root)
		})
		t.Run(row.name+", replacing", func(t *testing.T) {
			root := t.TempDir()
			must(t, os.Mkdir(root+"/outside", 0o755))
			restoreAll(t, root+"/target", Options{Clash: Replace}, row.items...)
			nothingOutside(t, root)
		})
	}
}

func nothingOutside(t *testing.T, root string) {
	t.Helper()
	for path := range content(t, root) {
		if path != "outside" && path != "target" && !strings.HasPrefix(path, "target/") {
			t.Errorf("%q was written outside the target", path)
		}
		if strings.Contains(path, ".varve-restore-") {
			t.Errorf("%q was left over", path)
		}
	}
}

// FuzzPath looks for a path that is taken and leads out of the target, or
// leaves something behind that is not the item.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"a", "a/b", "../a", "/a", "a/./b", "a//b", "\xff", "a\x00", "", ".", strings.Repeat("x", 300)} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		root := t.TempDir()
		w, err := Open(root+"/target", Options{})
		must(t, err)
		putErr := file(path, "x").put(t.Context(), w)
		counts, err := w.Close(t.Context())
		must(t, err)
		nothingOutside(t, root)
		data, err := os.ReadFile(root + "/target/" + path)
		if putErr == nil && counts.Failed == 0 && (err != nil || string(data) != "x") {
			t.Errorf("%q: got %q, %v", path, data, err)
		}
	})
}

// FuzzArchive restores archives made of few names, so that items meet: links,
// folders and files of the same name, in any order, with every clash.
func FuzzArchive(f *testing.F) {
	f.Add([]byte{0, 2, 1, 0, 1, 9})
	f.Add([]byte{1, 0, 1, 2, 1, 1, 1, 10, 0, 25})
	f.Add([]byte{2, 1, 5, 2, 5, 0, 17})
	names := []string{"a", "b", "..", "a/b", "a/b/a", "", "b/../../outside/x", "b/a", "/outside/x"}
	targets := []string{"../outside", "a", "../outside/x", "/", "."}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < 1 || len(script) > 60 {
			return
		}
		root := t.TempDir()
		must(t, os.Mkdir(root+"/outside", 0o755))
		w, err := Open(root+"/target", Options{Clash: Clash(script[0] % 5)})
		must(t, err)
		for i := 1; i+1 < len(script); i += 2 {
			name, kind := names[int(script[i])%len(names)], script[i+1]
			thing := dir(name)
			switch kind % 4 {
			case 0:
				thing = file(name, "x")
			case 1:
				thing = link(name, targets[int(kind/4)%len(targets)])
			case 2:
				thing = file(name, "linked")
				thing.entry.HardLink = names[int(kind/4)%len(names)]
			}
			if p := w.FindSame(t.Context(), &thing.entry); p != nil {
				_ = w.PutPresent(t.Context(), &thing.entry, p)
				continue
			}
			_ = thing.put(t.Context(), w) // any item may be refused
		}
		if _, err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
		nothingOutside(t, root)
	})
}
