// Package filescache remembers what the last backup of a folder met: every
// item with its attributes, and the tree of every folder, in a local file in
// the order of the walk. A folder whose items are all as remembered has the
// tree that it had, which needs to be neither read nor made again.
//
// Open reads a cache, which a Folder then follows in step with a walk; a
// Writer makes the next one. A cache may be deleted at any time. One that was
// damaged does not open.
package filescache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine/restic/id"
)

// The file, little endian:
//
//	magic    8 bytes
//	items    of the root folder, each:
//	           kind 1 (item, folder, or either one that is not to be trusted)
//	           length of the name, the name
//	           length of the attributes, the attributes
//	         that of a folder is followed by the items in it
//	folders  60 bytes each, in the order of the walk, the root first:
//	           tree 32, begin 8, end 8 (its items in the file), after 4 (the
//	           number of the first folder behind those in it), inode 8
//	indexes  32 bytes each: the index files that told where the blobs are
//	tail     items 8, folders 8, indexes 8 (their number), CRC-32C 4
//
// Lengths are uvarints.
const (
	magic      = "varvefc1"
	folderSize = id.Size + 8 + 8 + 4 + 8
	tailSize   = 8 + 8 + 8 + 4
)

// The kinds of items.
const (
	kindItem byte = iota + 1
	kindFolder
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli) //nolint:gochecknoglobals // a constant of the algorithm

// errDamaged: the file is no cache.
var errDamaged = errors.New("the files cache cannot be used")

// Cache is what the last backup met. A nil Cache knows nothing.
type Cache struct {
	mapped  []byte
	items   []byte // magic included, so that offsets are those of the file
	folders []byte
	indexes []byte
	inodes  map[uint64]int // made when it is asked for first
}

// Open maps a cache into memory.
func Open(path string) (*Cache, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < int64(len(magic)+tailSize) {
		return nil, errDamaged
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping the files cache: %w", err)
	}
	c := &Cache{mapped: mapped}
	if err := c.cut(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// cut finds the parts of the file and proves it.
func (c *Cache) cut() error {
	b := c.mapped
	tail := b[len(b)-tailSize:]
	items, folders, indexes := binary.LittleEndian.Uint64(tail), binary.LittleEndian.Uint64(tail[8:]), binary.LittleEndian.Uint64(tail[16:])
	const most = 1 << 48
	if string(b[:len(magic)]) != magic || items > most || folders > most || indexes > most || folders == 0 ||
		items < uint64(len(magic)) || items+folders*folderSize+indexes*id.Size+tailSize != uint64(len(b)) {
		return errDamaged
	}
	if crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(tail[24:]) {
		return errDamaged
	}
	c.items, b = b[:items], b[items:]
	c.folders, b = b[:folders*folderSize], b[folders*folderSize:]
	c.indexes = b[:indexes*id.Size]
	return nil
}

// Close gives the file back. Folders of the cache are not used after it.
func (c *Cache) Close() error {
	if c == nil || c.mapped == nil {
		return nil
	}
	mapped := c.mapped
	*c = Cache{}
	return unix.Munmap(mapped)
}

// Covered reports that every index file that told of what is in the cache is
// among names: no blob went away since.
func (c *Cache) Covered(names []id.ID) bool {
	there := make(map[id.ID]bool, len(names))
	for _, n := range names {
		there[n] = true
	}
	for at := 0; at < len(c.indexes); at += id.Size {
		if !there[id.ID(c.indexes[at:at+id.Size])] {
			return false
		}
	}
	return true
}

// Root is the folder that was backed up. A nil Cache has none.
func (c *Cache) Root() (Folder, bool) {
	if c == nil {
		return Folder{}, false
	}
	return c.folder(0)
}

// ByInode finds a folder by the number of its inode: one that was moved.
func (c *Cache) ByInode(inode uint64) (Folder, bool) {
	if c == nil || inode == 0 {
		return Folder{}, false
	}
	if c.inodes == nil {
		c.inodes = make(map[uint64]int, len(c.folders)/folderSize)
		for i := 0; i < len(c.folders)/folderSize; i++ {
			c.inodes[c.inode(i)] = i
		}
	}
	n, ok := c.inodes[inode]
	if !ok {
		return Folder{}, false
	}
	return c.folder(n)
}

// inode is the number of a folder's inode.
func (c *Cache) inode(n int) uint64 { return binary.LittleEndian.Uint64(c.folders[n*folderSize+52:]) }

// folder starts reading a folder.
func (c *Cache) folder(n int) (Folder, bool) {
	if n < 0 || (n+1)*folderSize > len(c.folders) {
		return Folder{}, false
	}
	b := c.folders[n*folderSize : (n+1)*folderSize]
	begin, end := binary.LittleEndian.Uint64(b[32:]), binary.LittleEndian.Uint64(b[40:])
	if begin > end || end > uint64(len(c.items)) {
		return Folder{}, false
	}
	f := Folder{cache: c, number: n, at: int(begin), end: int(end), next: n + 1, after: int(binary.LittleEndian.Uint32(b[48:]))}
	copy(f.tree[:], b)
	return f, !f.tree.IsZero()
}

// Folder is a place among the items of a folder.
type Folder struct {
	cache   *Cache
	tree    id.ID
	number  int // of the folder
	at, end int
	// next is the number of the next folder in it, after that of the first
	// one behind it.
	next, after int
}

// Tree is the tree of the whole folder.
func (f *Folder) Tree() id.ID { return f.tree }

// Number is that of the folder in the order of the walk, 0 for the root.
func (f *Folder) Number() int { return f.number }

// AtEnd reports that every item was passed.
func (f *Folder) AtEnd() bool { return f.at >= f.end }

// item is one of a folder.
type item struct {
	kind        byte
	name, about []byte
	size        int // of the item in the file, without what is in it
}

// peek reads the item that comes next.
func (f *Folder) peek() (i item, ok bool) {
	b := f.cache.items[f.at:f.end]
	if len(b) < 3 {
		return i, false
	}
	i.kind = b[0]
	at := 1
	if i.name, at = cutBytes(b, at); at < 0 {
		return i, false
	}
	if i.about, at = cutBytes(b, at); at < 0 {
		return i, false
	}
	i.size = at
	return i, true
}

// cutBytes reads a length and so many bytes; after is negative when they are
// not there.
func cutBytes(b []byte, at int) (part []byte, after int) {
	if at >= len(b) {
		return nil, -1
	}
	n, size := uint64(b[at]), 1
	if n >= 0x80 {
		n, size = binary.Uvarint(b[at:])
	}
	if size <= 0 || n > uint64(len(b)-at-size) {
		return nil, -1
	}
	at += size
	return b[at : at+int(n)], at + int(n)
}

// pass goes behind an item and all that is in it.
func (f *Folder) pass(i *item) (inside Folder, known bool) {
	f.at += i.size
	if i.kind != kindFolder {
		return inside, false
	}
	inside, known = f.cache.folder(f.next)
	if inside.end < f.at || inside.after <= f.next {
		// It cannot be, in a file whose sum is right.
		f.at = f.end
		return inside, false
	}
	f.at, f.next = inside.end, inside.after
	return inside, known
}

// Match reports that the next item has this name and these attributes, and
// goes behind it. Of a folder it returns what is in it.
func (f *Folder) Match(name string, about []byte) (inside Folder, same bool) {
	i, ok := f.peek()
	if !ok || string(i.name) != name || len(about) == 0 || !bytes.Equal(i.about, about) {
		return inside, false
	}
	if i.kind != kindFolder {
		f.at += i.size
		return inside, true
	}
	before := *f
	if inside, same = f.pass(&i); !same {
		*f = before
	}
	return inside, same
}

// Next reports that the next item has this name and these attributes, and
// stays before it.
func (f *Folder) Next(name string, about []byte) bool {
	i, ok := f.peek()
	return ok && string(i.name) == name && len(about) > 0 && bytes.Equal(i.about, about)
}

// Seek goes behind the item of that name, or to where it would be. Of a folder
// it returns what is in it.
func (f *Folder) Seek(name string) (inside Folder, known bool) {
	for {
		i, ok := f.peek()
		if !ok || string(i.name) > name {
			return inside, false
		}
		found := string(i.name) == name
		inside, known = f.pass(&i)
		if found {
			return inside, known
		}
	}
}
