package index

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// A table is a local file, little endian:
//
//	magic                 8 bytes
//	files, packs, records 3 × 8 bytes
//	index files           32 bytes each, sorted
//	packs                 32 bytes each
//	records               48 bytes each, sorted by blob, then pack:
//	                      blob 32, pack 4 (its place in packs, top bit: a tree),
//	                      offset 4, length 4, length before compression 4
//
// It is a cache: one that cannot be read is made anew.
const (
	tableMagic = "varveix1"
	headSize   = 8 + 3*8
	recordSize = id.Size + 4*4
	treeBit    = 1 << 31
)

// Table is a sorted list of blobs in a file that is mapped into memory. It
// does not change. A nil Table is empty.
type Table struct {
	mapped  []byte
	files   []byte // the index files that it was made of
	packs   []byte
	records []byte
	n       int
}

var errTable = errors.New("the local index cannot be used")

// OpenTable maps a file that Merge made.
func OpenTable(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < headSize {
		return nil, errTable
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping the local index: %w", err)
	}
	t := &Table{mapped: mapped}
	if err := t.cut(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// cut finds the parts of the file.
func (t *Table) cut() error {
	b := t.mapped
	if string(b[:8]) != tableMagic {
		return errTable
	}
	files, packs, records := binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])
	const most = 1 << 40
	if files > most || packs >= treeBit || records > most || headSize+(files+packs)*id.Size+records*recordSize != uint64(len(b)) {
		return errTable
	}
	b = b[headSize:]
	t.files, b = b[:files*id.Size], b[files*id.Size:]
	t.packs, t.records = b[:packs*id.Size], b[packs*id.Size:]
	t.n = int(records)
	return nil
}

// Close unmaps the file.
func (t *Table) Close() error {
	if t == nil || t.mapped == nil {
		return nil
	}
	mapped := t.mapped
	*t = Table{}
	return unix.Munmap(mapped)
}

// Len is the number of records.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return t.n
}

// Packs is the number of packs.
func (t *Table) Packs() int {
	if t == nil {
		return 0
	}
	return len(t.packs) / id.Size
}

// Pack is the name of a pack; a number that a damaged file made up has none.
func (t *Table) Pack(i int) id.ID {
	if i >= t.Packs() {
		return id.ID{}
	}
	return id.ID(t.packs[i*id.Size : (i+1)*id.Size])
}

// Files are the index files that the table was made of.
func (t *Table) Files() []id.ID {
	if t == nil {
		return nil
	}
	var files []id.ID
	for b := range slices.Chunk(t.files, id.Size) {
		files = append(files, id.ID(b))
	}
	return files
}

// Record returns a record, and the number of its pack.
func (t *Table) Record(i int) (blob pack.Blob, packNumber int) {
	b := t.records[i*recordSize : (i+1)*recordSize]
	copy(blob.ID[:], b)
	n := binary.LittleEndian.Uint32(b[32:])
	if n&treeBit != 0 {
		blob.Kind = pack.Tree
	}
	blob.Offset, blob.Length = binary.LittleEndian.Uint32(b[36:]), binary.LittleEndian.Uint32(b[40:])
	blob.Plain = binary.LittleEndian.Uint32(b[44:])
	return blob, int(n &^ treeBit)
}

// All yields every location, in the order of blobs.
func (t *Table) All() iter.Seq2[int, Location] {
	return func(yield func(int, Location) bool) {
		for i := range t.Len() {
			blob, n := t.Record(i)
			if !yield(i, Location{t.Pack(n), blob}) {
				return
			}
		}
	}
}

// First returns the first record of a blob, or -1. The sums are spread evenly,
// so that it lies near where its first bytes say.
func (t *Table) First(blob id.ID) int {
	if t.Len() == 0 {
		return -1
	}
	low, high := t.near(blob)
	for low < high {
		if m := (low + high) / 2; t.below(m, blob) {
			low = m + 1
		} else {
			high = m
		}
	}
	if low < t.n && bytes.Equal(t.records[low*recordSize:low*recordSize+id.Size], blob[:]) {
		return low
	}
	return -1
}

// near bounds where the first record lies that is not below blob: in [low,
// high].
func (t *Table) near(blob id.ID) (low, high int) {
	guess := int(float64(binary.BigEndian.Uint64(blob[:])) / (1 << 64) * float64(t.n))
	guess = min(guess, t.n-1)
	step := 16
	if t.below(guess, blob) {
		for low = guess + 1; low+step < t.n && t.below(low+step, blob); step *= 4 {
			low += step + 1
		}
		return low, min(low+step, t.n)
	}
	for high = guess; high-step > 0 && !t.below(high-step, blob); step *= 4 {
		high -= step
	}
	return max(0, high-step), high
}

// below reports that record i comes before blob.
func (t *Table) below(i int, blob id.ID) bool {
	return bytes.Compare(t.records[i*recordSize:i*recordSize+id.Size], blob[:]) < 0
}

func (t *Table) has(blob id.ID, kind pack.Kind) bool {
	return t.Find(blob, kind) >= 0
}

// Find returns the first record of a blob of that kind, or -1.
func (t *Table) Find(blob id.ID, kind pack.Kind) int {
	for i := t.First(blob); i >= 0 && i < t.n; i++ {
		b, _ := t.Record(i)
		if b.ID != blob {
			break
		}
		if b.Kind == kind {
			return i
		}
	}
	return -1
}

func (t *Table) find(blob id.ID, kind pack.Kind) (found []Location) {
	for i := t.First(blob); i >= 0 && i < t.n; i++ {
		b, n := t.Record(i)
		if b.ID != blob {
			break
		}
		if b.Kind == kind {
			found = append(found, Location{t.Pack(n), b})
		}
	}
	return found
}

// numbered is a record that is being sorted.
type numbered struct {
	pack.Blob
	pack uint32
}

func (r *numbered) compare(o *numbered) int {
	return cmp.Or(bytes.Compare(r.ID[:], o.ID[:]), cmp.Compare(r.pack, o.pack), cmp.Compare(r.Offset, o.Offset))
}

func (r *numbered) append(b []byte) []byte {
	b = append(b, r.ID[:]...)
	n := r.pack
	if r.Kind == pack.Tree {
		n |= treeBit
	}
	b = binary.LittleEndian.AppendUint32(b, n)
	b = binary.LittleEndian.AppendUint32(b, r.Offset)
	b = binary.LittleEndian.AppendUint32(b, r.Length)
	return binary.LittleEndian.AppendUint32(b, r.Plain)
}

// Merge makes a table of an older one, which may be nil, and of packs that
// the index files named files tell of, at path. What is there is replaced.
func Merge(path string, old *Table, files []id.ID, packs []Pack) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("making the local index: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("making the local index: %w", err), os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<18)
	err = errors.Join(writeTable(w, old, files, packs), w.Flush(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writeTable(w io.Writer, old *Table, files []id.ID, packs []Pack) error {
	files = append(old.Files(), files...)
	slices.SortFunc(files, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	base := old.Packs()
	var fresh []numbered
	for i, p := range packs {
		for _, b := range p.Blobs {
			fresh = append(fresh, numbered{b, uint32(base + i)})
		}
	}
	slices.SortFunc(fresh, func(a, b numbered) int { return a.compare(&b) })
	head := []byte(tableMagic)
	for _, n := range []int{len(files), base + len(packs), old.Len() + len(fresh)} {
		head = binary.LittleEndian.AppendUint64(head, uint64(n))
	}
	for _, f := range files {
		head = append(head, f[:]...)
	}
	if old != nil {
		head = append(head, old.packs...)
	}
	for _, p := range packs {
		head = append(head, p.ID[:]...)
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	return mergeRecords(w, old, fresh)
}

// mergeRecords writes the records of both in one order.
func mergeRecords(w io.Writer, old *Table, fresh []numbered) error {
	buf := make([]byte, 0, recordSize)
	i := 0
	for len(fresh) > 0 || i < old.Len() {
		var next numbered
		var fromOld bool
		if i < old.Len() {
			blob, n := old.Record(i)
			next, fromOld = numbered{blob, uint32(n)}, true
		}
		if len(fresh) > 0 && (!fromOld || fresh[0].compare(&next) < 0) {
			next, fromOld = fresh[0], false
			fresh = fresh[1:]
		}
		if fromOld {
			i++
		}
		if _, err := w.Write(next.append(buf[:0])); err != nil {
			return err
		}
	}
	return nil
}
