package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"

	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restic/id"
)

// Writer is a pack that is being filled. When it is finished it can be read.
type Writer struct {
	key    *crypto.Key
	memory *Memory
	pieces [][]byte
	size   int
	sum    hash.Hash
	blobs  []Blob
}

// NewWriter makes an empty pack.
func NewWriter(key *crypto.Key, m *Memory) *Writer {
	return &Writer{key: key, memory: m, sum: sha256.New()}
}

// AddSealed appends a blob that was sealed with the key of this repository.
func (w *Writer) AddSealed(b *Blob, sealed []byte) {
	w.blobs = append(w.blobs, Blob{b.ID, b.Kind, uint32(w.size), uint32(len(sealed)), b.Plain})
	w.write(sealed)
}

func (w *Writer) write(b []byte) {
	w.size += len(b)
	for len(b) > 0 {
		last := len(w.pieces) - 1
		if last < 0 || len(w.pieces[last]) == cap(w.pieces[last]) {
			w.pieces, last = append(w.pieces, w.memory.take()), last+1
		}
		p := w.pieces[last]
		n := min(len(b), cap(p)-len(p))
		p = append(p, b[:n]...)
		w.sum.Write(p[len(p)-n:]) // it cannot fail
		w.pieces[last], b = p, b[n:]
	}
}

// Append appends all blobs of another pack, which is not finished.
func (w *Writer) Append(o *Writer) {
	base := uint32(w.size)
	for _, b := range o.blobs {
		b.Offset += base
		w.blobs = append(w.blobs, b)
	}
	for _, p := range o.pieces {
		w.write(p)
	}
}

// Len is how many bytes the pack holds.
func (w *Writer) Len() int { return w.size }

// Blobs are what the pack holds, valid until Reset.
func (w *Writer) Blobs() []Blob { return w.blobs }

// IsFull reports that no blob fits into the header any more.
func (w *Writer) IsFull() bool { return len(w.blobs) >= maxBlobs }

// Finish appends the header. The pack can be opened until Reset.
func (w *Writer) Finish() (name id.ID, err error) {
	sealed, err := w.key.Seal(nil, header(w.blobs))
	if err != nil {
		return name, err
	}
	w.write(binary.LittleEndian.AppendUint32(sealed, uint32(len(sealed))))
	return id.ID(w.sum.Sum(nil)), nil
}

// Size is the length of the pack in bytes.
func (w *Writer) Size() int64 { return int64(w.size) }

// Open reads the pack from its beginning.
func (w *Writer) Open() (io.ReadCloser, error) {
	readers := make([]io.Reader, len(w.pieces))
	for i, p := range w.pieces {
		readers[i] = bytes.NewReader(p)
	}
	return io.NopCloser(io.MultiReader(readers...)), nil
}

// Reset empties the pack.
func (w *Writer) Reset() {
	w.memory.give(w.pieces)
	w.pieces, w.blobs, w.size = nil, w.blobs[:0], 0
	w.sum.Reset()
}
