// Package pack reads and writes pack files, which hold the blobs of a restic
// repository (formats/restic.md section 6):
//
//	sealed blob … sealed blob | sealed header | length of the header, 4 bytes
//
// Writer collects one in memory; ReadHeader tells what is in one.
package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
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
