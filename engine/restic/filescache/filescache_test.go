package filescache

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/engine/restic/id"
)

var indexes = []id.ID{id.Of([]byte("index 1")), id.Of([]byte("index 2"))}

func treeOf(name string) id.ID { return id.Of([]byte("tree " + name)) }

// fill writes a file a, a folder b with the files c and d in it and the empty
// folder e, and a file f.
func fill(w *Writer) {
	w.Item("a", []byte("about a"))
	b := w.Enter("b", []byte("about b"), 22)
	w.Item("c", []byte("about c"))
	w.Item("d", nil)
	e := w.Enter("e", []byte("about e"), 33)
	w.Leave()
	w.Leave()
	w.Item("f", []byte("about f"))
	w.SetTree(e, treeOf("e"))
	w.SetTree(b, treeOf("b"))
	w.Leave()
	w.SetTree(0, treeOf("root"))
}

func cacheWith(t testing.TB, change func(*Writer)) *Cache {
	t.Helper()
	path := filepath.Join(t.TempDir(), "files")
	w, err := Create(path, 11)
	if err != nil {
		t.Fatal(err)
	}
	fill(w)
	change(w)
	if err := w.Commit(indexes); err != nil {
		t.Fatal(err)
	}
	return reopen(t, path)
}

func reopen(t testing.TB, path string) *Cache {
	t.Helper()
	c, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func unchanged(*Writer) {}

func TestWalkInStep(t *testing.T) {
	root, ok := cacheWith(t, unchanged).Root()
	if !ok || root.Tree() != treeOf("root") || root.AtEnd() {
		t.Fatalf("%+v, %v", root, ok)
	}
	if !root.Next("a", []byte("about a")) || root.Next("a", []byte("other")) {
		t.Error("Next is wrong")
	}
	if _, same := root.Match("a", []byte("other")); same {
		t.Error("a matches other attributes")
	}
	if _, same := root.Match("b", []byte("about b")); same {
		t.Error("b came before a")
	}
	if _, same := root.Match("a", []byte("about a")); !same {
		t.Error("a does not match")
	}
	b, same := root.Match("b", []byte("about b"))
	if !same || b.Tree() != treeOf("b") || b.Number() != 1 {
		t.Fatalf("b is %+v, %v", b, same)
	}
	if _, same := b.Match("c", []byte("about c")); !same {
		t.Error("c does not match")
	}
	if _, same := b.Match("d", nil); same {
		t.Error("what is not to be trusted matches")
	}
	e, known := b.Seek("e")
	if !known || e.Tree() != treeOf("e") || !e.AtEnd() || !b.AtEnd() {
		t.Errorf("e is %+v, %v", e, known)
	}
	if _, same := root.Match("f", []byte("about f")); !same || !root.AtEnd() {
		t.Error("f is not the last")
	}
}

func TestSeek(t *testing.T) {
	c := cacheWith(t, unchanged)
	root, _ := c.Root()
	if _, known := root.Seek("aa"); known {
		t.Error("aa is known")
	}
	if b, known := root.Seek("b"); !known || b.Tree() != treeOf("b") {
		t.Error("b is not found behind what is not there")
	}
	if _, known := root.Seek("f"); known {
		t.Error("a file is a folder")
	}
	if e, known := c.ByInode(33); !known || e.Tree() != treeOf("e") {
		t.Error("e is not found by its inode")
	}
	if _, known := c.ByInode(44); known {
		t.Error("an inode is known that is not there")
	}
}

func TestCovered(t *testing.T) {
	c := cacheWith(t, unchanged)
	if !c.Covered(append([]id.ID{id.Of([]byte("new"))}, indexes...)) || c.Covered(indexes[:1]) || c.Covered(nil) {
		t.Error("Covered is wrong")
	}
}

func TestDistrust(t *testing.T) {
	root, ok := cacheWith(t, func(w *Writer) { w.Distrust(1) }).Root()
	if !ok {
		t.Fatal("the root is not known")
	}
	if _, same := root.Match("a", []byte("about a")); !same {
		t.Error("a does not match")
	}
	if _, same := root.Match("b", []byte("about b")); same {
		t.Error("b matches though it is not to be trusted")
	}
	if _, known := root.Seek("b"); known {
		t.Error("b is known though it is not to be trusted")
	}
	if _, same := root.Match("f", []byte("about f")); !same {
		t.Error("f does not match")
	}
}

// A cache that is resumed anywhere and filled on is the same.
func TestResume(t *testing.T) {
	c := cacheWith(t, unchanged)
	root, _ := c.Root()
	root.Match("a", []byte("about a"))
	b, _ := root.Match("b", []byte("about b"))
	b.Match("c", []byte("about c"))
	path := filepath.Join(t.TempDir(), "files")
	w, err := c.Resume(path, []Folder{root, b})
	if err != nil {
		t.Fatal(err)
	}
	w.Item("d", nil)
	e := w.Enter("e", []byte("about e"), 33)
	w.Leave()
	w.Leave()
	w.Item("f", []byte("about f"))
	w.Leave()
	w.SetTree(e, treeOf("e"))
	w.SetTree(b.Number(), treeOf("b"))
	w.SetTree(0, treeOf("root"))
	if err := w.Commit(indexes); err != nil {
		t.Fatal(err)
	}
	if again := reopen(t, path); string(again.mapped) != string(c.mapped) {
		t.Errorf("%d bytes became %d others", len(c.mapped), len(again.mapped))
	}
}

func TestAbort(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(filepath.Join(dir, "files"), 1)
	if err != nil {
		t.Fatal(err)
	}
	fill(w)
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// follow reads everything that a cache says.
func follow(f Folder, depth int) {
	for !f.AtEnd() {
		i, ok := f.peek()
		if !ok || depth > 100 {
			return
		}
		before := f.at
		inside, known := f.Match(string(i.name), i.about)
		if !known {
			inside, known = f.Seek(string(i.name))
		}
		if known && i.kind == kindFolder {
			follow(inside, depth+1)
		}
		if f.at <= before {
			return
		}
	}
}

// Whatever a file holds, even with the right sum, nothing panics or hangs.
func FuzzOpen(f *testing.F) {
	c := cacheWith(f, unchanged)
	f.Add([]byte(string(c.mapped)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 4 {
			return
		}
		b = append([]byte(nil), b...)
		binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b[:len(b)-4], castagnoli))
		path := filepath.Join(t.TempDir(), "files")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(path)
		if err != nil {
			return
		}
		defer c.Close()
		if root, ok := c.Root(); ok {
			follow(root, 0)
		}
		c.ByInode(22)
		c.Covered(indexes)
	})
}

func BenchmarkMatch(b *testing.B) {
	const items = 1000
	path := filepath.Join(b.TempDir(), "files")
	w, err := Create(path, 1)
	if err != nil {
		b.Fatal(err)
	}
	for i := range items {
		w.Item(fmt.Sprintf("IMG_%07d.jpg", i), []byte("thirty bytes of what is known of it"))
	}
	w.Leave()
	w.SetTree(0, treeOf("root"))
	if err := w.Commit(nil); err != nil {
		b.Fatal(err)
	}
	root, _ := reopen(b, path).Root()
	names := make([]string, items)
	for i := range names {
		names[i] = fmt.Sprintf("IMG_%07d.jpg", i)
	}
	about := []byte("thirty bytes of what is known of it")
	for b.Loop() {
		f := root
		for _, n := range names {
			if _, same := f.Match(n, about); !same {
				b.Fatal("no match")
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/items, "ns/item")
}
