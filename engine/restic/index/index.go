// Package index knows where the blobs of a restic repository lie. An Index is
// made of the index files of a repository (Parse, Encode); a Table holds many
// of them sorted in a local file that is mapped into memory, so that millions
// of blobs cost no heap.
package index

import (
	"sync"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// Location is where a blob lies.
type Location struct {
	Pack id.ID
	pack.Blob
}

// Index answers where blobs are. Its methods may be called from several
// goroutines.
type Index struct {
	table *Table

	mu sync.RWMutex
	// recent are the blobs of packs that were stored since the table was made,
	// and packs the names of those; guarded by mu.
	recent map[key]place
	packs  []id.ID
	// flying are blobs that are on their way into a pack; guarded by mu.
	flying map[key]struct{}
	// fresh are packs that no index file tells of yet; guarded by mu.
	fresh []Pack
}

type key struct {
	blob id.ID
	kind pack.Kind
}

// place is where a recent blob lies: a million of them shall fit into memory.
type place struct {
	pack                  uint32 // its number
	offset, length, plain uint32
}

// location is the place of a blob in words.
func (x *Index) location(k key, p place) Location {
	return Location{x.packs[p.pack], pack.Blob{ID: k.blob, Kind: k.kind, Offset: p.offset, Length: p.length, Plain: p.plain}}
}

// New makes an index over a table, which may be nil.
func New(t *Table) *Index {
	return &Index{table: t, recent: map[key]place{}, flying: map[key]struct{}{}}
}

// Files are the index files that the table was made of.
func (x *Index) Files() []id.ID { return x.table.Files() }

// Has reports that a blob is stored.
func (x *Index) Has(blob id.ID, kind pack.Kind) bool {
	if x.table.has(blob, kind) {
		return true
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, ok := x.recent[key{blob, kind}]
	return ok
}

// Find returns every place where a blob is stored.
func (x *Index) Find(blob id.ID, kind pack.Kind) []Location {
	found := x.table.find(blob, kind)
	x.mu.RLock()
	defer x.mu.RUnlock()
	k := key{blob, kind}
	if p, ok := x.recent[k]; ok {
		found = append(found, x.location(k, p))
	}
	return found
}

// Length is the length of a stored blob's content in bytes.
func (x *Index) Length(blob id.ID, kind pack.Kind) (int64, bool) {
	found := x.Find(blob, kind)
	if len(found) == 0 {
		return 0, false
	}
	return int64(found[0].PlainLength()), true
}

// Reserve reports whether the caller must store a blob: nobody has, and
// nobody else is about to.
func (x *Index) Reserve(blob id.ID, kind pack.Kind) bool {
	if x.table.has(blob, kind) {
		return false
	}
	k := key{blob, kind}
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, ok := x.flying[k]; ok {
		return false
	}
	if _, ok := x.recent[k]; ok {
		return false
	}
	x.flying[k] = struct{}{}
	return true
}

// Stored notes a pack that is durable at the destination. Of a blob that two
// of them hold the last place counts.
func (x *Index) Stored(name id.ID, blobs []pack.Blob) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p := Pack{ID: name, Blobs: append([]pack.Blob(nil), blobs...)}
	x.fresh = append(x.fresh, p)
	x.packs = append(x.packs, name)
	for _, b := range p.Blobs {
		k := key{b.ID, b.Kind}
		x.recent[k] = place{uint32(len(x.packs) - 1), b.Offset, b.Length, b.Plain}
		delete(x.flying, k)
	}
}

// Fresh returns the packs that were stored since it was asked last, for an
// index file.
func (x *Index) Fresh() []Pack {
	x.mu.Lock()
	defer x.mu.Unlock()
	packs := x.fresh
	x.fresh = nil
	return packs
}

// FreshBlobs counts the blobs that Fresh would return.
func (x *Index) FreshBlobs() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := 0
	for _, p := range x.fresh {
		n += len(p.Blobs)
	}
	return n
}

// Table returns what the index was made over.
func (x *Index) Table() *Table { return x.table }

// Close gives the table's memory back.
func (x *Index) Close() error { return x.table.Close() }
