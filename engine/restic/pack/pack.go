// Package pack reads and writes pack files, which hold the blobs of a restic
// repository (formats/restic.md section 6):
//
//	sealed blob … sealed blob | sealed header | length of the header, 4 bytes
//
// Writer collects one in memory; ReadHeader tells what is in one.
package pack

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restic/id"
)

// Kind tells what a blob holds.
type Kind uint8

// The kinds: content of files, and folders.
const (
	Data Kind = iota
	Tree
)

// String returns the word that indexes use.
func (k Kind) String() string {
	if k == Tree {
		return "tree"
	}
	return "data"
}

// Blob is a blob as a pack holds it.
type Blob struct {
	ID   id.ID
	Kind Kind
	// Offset and Length are where its sealed bytes lie in the pack.
	Offset, Length uint32
	// Plain is its length before it was compressed, 0 when it was not.
	Plain uint32
}

// PlainLength is the length of a blob's content in bytes.
func (b *Blob) PlainLength() uint32 {
	if b.Plain > 0 {
		return b.Plain
	}
	return b.Length - crypto.Overhead
}

const (
	lengthSize = 4
	// The sizes of a blob's line in the header, without and with the length
	// before compression.
	lineSize       = 1 + 4 + id.Size
	compressedSize = lineSize + 4
	maxHeader      = 16 << 20
	// maxBlobs keeps the header below its limit.
	maxBlobs = (maxHeader - crypto.Overhead) / compressedSize
	// firstRead is what is read at once at the end of a pack: most headers.
	firstRead = lengthSize + crypto.Overhead + 15*compressedSize
)

// ErrDamaged: the bytes are no pack, or not all of one.
var ErrDamaged = errors.New("the pack is damaged")

// Size is the length of a pack that holds blobs, in bytes.
func Size(blobs []Blob) int64 {
	n := int64(crypto.Overhead + lengthSize)
	for i := range blobs {
		n += int64(blobs[i].Length) + lineSize
		if blobs[i].Plain > 0 {
			n += compressedSize - lineSize
		}
	}
	return n
}

// Writer is a pack that is being filled. Its memory is used again after Reset.
type Writer struct {
	key   *crypto.Key
	buf   []byte
	sum   hash.Hash
	blobs []Blob
}

// NewWriter makes an empty pack.
func NewWriter(key *crypto.Key) *Writer { return &Writer{key: key, sum: sha256.New()} }

// Add seals content, which was compressed when plain is not 0, and appends it.
// It returns where that lies; the sealed bytes are valid until Reset.
func (w *Writer) Add(blob id.ID, kind Kind, content []byte, plain uint32) (sealed []byte, err error) {
	start := len(w.buf)
	if w.buf, err = w.key.Seal(w.buf, content); err != nil {
		return nil, err
	}
	w.note(blob, kind, start, plain)
	return w.buf[start:], nil
}

// AddSealed appends a blob that was sealed with the key of this repository.
func (w *Writer) AddSealed(b *Blob, sealed []byte) {
	start := len(w.buf)
	w.grow(len(sealed))
	w.buf = append(w.buf, sealed...)
	w.note(b.ID, b.Kind, start, b.Plain)
}

// usualSize is that of most packs with their headers, in bytes: growing stops
// there once, where doubling would pass it by far.
const usualSize = 16<<20 + 256<<10

func (w *Writer) grow(n int) {
	need := len(w.buf) + n
	if need <= cap(w.buf) {
		return
	}
	size := max(2*cap(w.buf), need, 256<<10)
	if need <= usualSize {
		size = min(size, usualSize)
	}
	buf := make([]byte, len(w.buf), size)
	copy(buf, w.buf)
	w.buf = buf
}

// Append appends all blobs of another pack.
func (w *Writer) Append(o *Writer) {
	for i := range o.blobs {
		b := &o.blobs[i]
		w.AddSealed(b, o.buf[b.Offset:b.Offset+b.Length])
	}
}

func (w *Writer) note(blob id.ID, kind Kind, start int, plain uint32) {
	w.sum.Write(w.buf[start:])
	w.blobs = append(w.blobs, Blob{blob, kind, uint32(start), uint32(len(w.buf) - start), plain})
}

// Len is how many bytes of blobs the pack holds.
func (w *Writer) Len() int { return len(w.buf) }

// Blobs are what the pack holds, valid until Reset.
func (w *Writer) Blobs() []Blob { return w.blobs }

// IsFull reports that no blob fits into the header any more.
func (w *Writer) IsFull() bool { return len(w.blobs) >= maxBlobs }

// Finish appends the header. The bytes are valid until Reset.
func (w *Writer) Finish() (name id.ID, file []byte, err error) {
	start := len(w.buf)
	if w.buf, err = w.key.Seal(w.buf, header(w.blobs)); err != nil {
		return name, nil, err
	}
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(len(w.buf)-start))
	w.sum.Write(w.buf[start:])
	return id.ID(w.sum.Sum(nil)), w.buf, nil
}

// Reset empties the pack.
func (w *Writer) Reset() {
	w.buf, w.blobs = w.buf[:0], w.blobs[:0]
	w.sum.Reset()
}

// The first byte of a line in the header.
const (
	lineData = iota
	lineTree
	lineDataCompressed
	lineTreeCompressed
)

func header(blobs []Blob) []byte {
	b := make([]byte, 0, len(blobs)*compressedSize)
	for i := range blobs {
		blob := &blobs[i]
		line := byte(lineData)
		if blob.Kind == Tree {
			line = lineTree
		}
		if blob.Plain > 0 {
			line += lineDataCompressed
		}
		b = append(b, line)
		b = binary.LittleEndian.AppendUint32(b, blob.Length)
		if blob.Plain > 0 {
			b = binary.LittleEndian.AppendUint32(b, blob.Plain)
		}
		b = append(b, blob.ID[:]...)
	}
	return b
}

// ReadHeader tells what a pack of that size holds.
func ReadHeader(key *crypto.Key, r io.ReaderAt, size int64) ([]Blob, error) {
	sealed, err := readSealedHeader(r, size)
	if err != nil {
		return nil, err
	}
	plain, err := key.Open(nil, sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: its header: %w", ErrDamaged, err)
	}
	blobs, err := parseHeader(plain)
	if err != nil {
		return nil, err
	}
	if Size(blobs) != size {
		return nil, fmt.Errorf("%w: it has %d bytes, and its header speaks of %d", ErrDamaged, size, Size(blobs))
	}
	return blobs, nil
}

func readSealedHeader(r io.ReaderAt, size int64) ([]byte, error) {
	end := make([]byte, min(size, firstRead))
	if len(end) < lengthSize+crypto.Overhead {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrDamaged, size)
	}
	if err := readAt(r, end, size-int64(len(end))); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(end[len(end)-lengthSize:]))
	if n < crypto.Overhead || n > size-lengthSize || n > maxHeader {
		return nil, fmt.Errorf("%w: its header has %d bytes", ErrDamaged, n)
	}
	end = end[:len(end)-lengthSize]
	if n <= int64(len(end)) {
		return end[int64(len(end))-n:], nil
	}
	sealed := make([]byte, n)
	return sealed, readAt(r, sealed, size-lengthSize-n)
}

func readAt(r io.ReaderAt, b []byte, off int64) error {
	if n, err := r.ReadAt(b, off); n < len(b) {
		return fmt.Errorf("reading its header: %w", err)
	}
	return nil
}

// parseHeader reads the lines of an opened header.
func parseHeader(b []byte) ([]Blob, error) {
	var blobs []Blob
	offset := int64(0)
	for len(b) > 0 {
		blob, rest, ok := parseLine(b)
		if !ok || offset+int64(blob.Length) > 1<<32-1 || blob.Length < crypto.Overhead {
			return nil, fmt.Errorf("%w: line %d of its header makes no sense", ErrDamaged, len(blobs)+1)
		}
		blob.Offset = uint32(offset)
		offset += int64(blob.Length)
		blobs, b = append(blobs, blob), rest
	}
	return blobs, nil
}

func parseLine(b []byte) (blob Blob, rest []byte, ok bool) {
	kind := b[0]
	if kind > lineTreeCompressed || len(b) < lineSize || kind >= lineDataCompressed && len(b) < compressedSize {
		return blob, nil, false
	}
	blob.Kind = Kind(kind & 1)
	blob.Length = binary.LittleEndian.Uint32(b[1:])
	b = b[5:]
	if kind >= lineDataCompressed {
		if blob.Plain = binary.LittleEndian.Uint32(b); blob.Plain == 0 {
			return blob, nil, false
		}
		b = b[4:]
	}
	return blob, b[copy(blob.ID[:], b):], true
}
