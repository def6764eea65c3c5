package filescache

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"

	"github.com/varve-backup/varve/engine/restic/id"
)

// Writer makes a cache in step with a walk: Item and Enter for what is met,
// Leave at the end of every folder. Its methods are called by the walk alone,
// but for SetTree and Distrust.
type Writer struct {
	path  string
	file  summed
	out   *bufio.Writer
	at    int   // bytes written
	err   error // of the first write that failed
	stack []int // folders that were entered

	mu      sync.Mutex
	folders []folder // guarded by mu
}

// summed keeps the sum of what is written.
type summed struct {
	*os.File
	sum hash.Hash32
}

func (s *summed) Write(b []byte) (int, error) {
	s.sum.Write(b) // it cannot fail
	return s.File.Write(b)
}

// folder is one of the table.
type folder struct {
	tree       id.ID
	begin, end int
	after      int
	inode      uint64
	distrusted bool
}

// Create begins a cache that takes the place of what is at path when it is
// committed. The root folder is entered.
func Create(path string, inode uint64) (*Writer, error) {
	w, err := create(path)
	if err != nil {
		return nil, err
	}
	w.write([]byte(magic))
	w.open(inode)
	return w, nil
}

func create(path string) (*Writer, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("making the files cache: %w", err)
	}
	w := &Writer{path: path, file: summed{f, crc32.New(castagnoli)}}
	w.out = bufio.NewWriterSize(&w.file, 1<<17)
	return w, nil
}

// Resume begins a cache with everything that c holds before a place; path
// becomes the new one's. The folders that the walk is in, the root first, are
// entered.
func (c *Cache) Resume(path string, within []Folder) (*Writer, error) {
	w, err := create(path)
	if err != nil {
		return nil, err
	}
	top := &within[len(within)-1]
	w.write(c.items[:top.at])
	for n := range top.next {
		f, _ := c.folder(n)
		w.folders = append(w.folders, folder{tree: f.tree, begin: f.at, end: f.end, after: f.after, inode: c.inode(n)})
	}
	for i := range within {
		w.stack = append(w.stack, within[i].number)
		w.folders[within[i].number].tree = id.ID{}
	}
	return w, nil
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
	w.at += len(b)
}

func (w *Writer) open(inode uint64) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.folders)
	w.folders = append(w.folders, folder{begin: w.at, inode: inode})
	w.stack = append(w.stack, n)
	return n
}

func (w *Writer) put(kind byte, name string, about []byte) {
	var head [1 + 2*binary.MaxVarintLen64]byte
	head[0] = kind
	n := 1 + binary.PutUvarint(head[1:], uint64(len(name)))
	w.write(head[:n])
	w.write([]byte(name))
	n = binary.PutUvarint(head[:], uint64(len(about)))
	w.write(head[:n])
	w.write(about)
}

// Item adds an item that is no folder. With no attributes nothing will match
// it.
func (w *Writer) Item(name string, about []byte) { w.put(kindItem, name, about) }

// Enter adds a folder and goes into it. Its number is for SetTree.
func (w *Writer) Enter(name string, about []byte, inode uint64) (number int) {
	w.put(kindFolder, name, about)
	return w.open(inode)
}

// Leave ends the folder that was entered last.
func (w *Writer) Leave() {
	n := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	w.mu.Lock()
	defer w.mu.Unlock()
	w.folders[n].end, w.folders[n].after = w.at, len(w.folders)
}

// SetTree tells what a folder became. A folder without a tree is not known.
func (w *Writer) SetTree(number int, tree id.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.folders[number].tree = tree
}

// Distrust makes a folder unknown: something in it is not what was stored.
func (w *Writer) Distrust(number int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.folders[number].distrusted = true
}

// Commit puts the cache in its place. indexes are the index files that tell of
// every blob.
func (w *Writer) Commit(indexes []id.ID) error {
	items := w.at
	var b []byte
	for i := range w.folders {
		f := &w.folders[i]
		if f.distrusted {
			f.tree = id.ID{}
		}
		b = append(b[:0], f.tree[:]...)
		b = binary.LittleEndian.AppendUint64(b, uint64(f.begin))
		b = binary.LittleEndian.AppendUint64(b, uint64(f.end))
		b = binary.LittleEndian.AppendUint32(b, uint32(f.after))
		w.write(binary.LittleEndian.AppendUint64(b, f.inode))
	}
	for i := range indexes {
		w.write(indexes[i][:])
	}
	b = b[:0]
	for _, n := range []int{items, len(w.folders), len(indexes)} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	w.write(b)
	if err := errors.Join(w.err, w.finish(), w.file.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing the files cache: %w", err), os.Remove(w.file.Name()))
	}
	return os.Rename(w.file.Name(), w.path)
}

// finish writes the sum of everything before it.
func (w *Writer) finish() error {
	if err := w.out.Flush(); err != nil {
		return err
	}
	_, err := w.file.Write(binary.LittleEndian.AppendUint32(nil, w.file.sum.Sum32()))
	return err
}

// Abort leaves the cache as it was.
func (w *Writer) Abort() error { return errors.Join(w.file.Close(), os.Remove(w.file.Name())) }
