package index

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
)

// Pack is a pack file and what it holds.
type Pack struct {
	ID    id.ID
	Blobs []pack.Blob
}

// ErrDamaged: the bytes are no index.
var ErrDamaged = errors.New("the index is damaged")

// The structures of an index file, in restic's field order
// (formats/restic.md section 7). What they do not name is passed over.
type (
	fileText struct {
		Packs []packText `json:"packs"`
	}
	packText struct {
		ID    id.ID      `json:"id"`
		Blobs []blobText `json:"blobs"`
	}
	blobText struct {
		ID     id.ID  `json:"id"`
		Type   string `json:"type"`
		Offset uint32 `json:"offset"`
		Length uint32 `json:"length"`
		Plain  uint32 `json:"uncompressed_length,omitempty"`
	}
)

// Parse reads an index file that was opened.
func Parse(b []byte) ([]Pack, error) {
	if packs, ok := parseFast(b); ok {
		return packs, nil
	}
	return parseSlow(b)
}

func parseSlow(b []byte) ([]Pack, error) {
	var f fileText
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	packs := make([]Pack, 0, len(f.Packs))
	for _, t := range f.Packs {
		p := Pack{ID: t.ID, Blobs: make([]pack.Blob, 0, len(t.Blobs))}
		for i := range t.Blobs {
			blob, err := t.Blobs[i].blob()
			if err != nil {
				return nil, fmt.Errorf("%w: pack %s: %w", ErrDamaged, t.ID, err)
			}
			p.Blobs = append(p.Blobs, blob)
		}
		packs = append(packs, p)
	}
	return packs, nil
}

func (t *blobText) blob() (pack.Blob, error) {
	b := pack.Blob{ID: t.ID, Offset: t.Offset, Length: t.Length, Plain: t.Plain}
	switch t.Type {
	case "data":
	case "tree":
		b.Kind = pack.Tree
	default:
		return b, fmt.Errorf("a blob is of type %q", t.Type)
	}
	if t.Length < crypto.Overhead || uint64(t.Offset)+uint64(t.Length) > 1<<32-1 {
		return b, fmt.Errorf("blob %s of %d bytes cannot be", t.ID, t.Length)
	}
	return b, nil
}

// Encode makes an index file, to be sealed.
func Encode(packs []Pack) []byte {
	n := len(`{"packs":[]}`) + 1
	for i := range packs {
		n += packLetters + len(packs[i].Blobs)*blobLetters
	}
	b := append(make([]byte, 0, n), `{"packs":[`...)
	for i := range packs {
		b = appendPack(separate(b, i), &packs[i])
	}
	return append(b, "]}\n"...)
}

// How many letters a pack and a blob take at most: all numbers have 10 digits.
const (
	packLetters = len(`{"id":"","blobs":[]},`) + 2*id.Size
	blobLetters = len(`{"id":"","type":"data","offset":,"length":,"uncompressed_length":},`) + 2*id.Size + 3*10
)

// separate puts a comma before every element but the first.
func separate(b []byte, i int) []byte {
	if i == 0 {
		return b
	}
	return append(b, ',')
}

func appendPack(b []byte, p *Pack) []byte {
	b = append(b, `{"id":"`...)
	b = hex.AppendEncode(b, p.ID[:])
	b = append(b, `","blobs":[`...)
	for i := range p.Blobs {
		b = appendBlob(separate(b, i), &p.Blobs[i])
	}
	return append(b, `]}`...)
}

func appendBlob(b []byte, blob *pack.Blob) []byte {
	b = append(b, `{"id":"`...)
	b = hex.AppendEncode(b, blob.ID[:])
	b = append(b, `","type":"`...)
	b = append(b, blob.Kind.String()...)
	b = append(b, `","offset":`...)
	b = strconv.AppendUint(b, uint64(blob.Offset), 10)
	b = append(b, `,"length":`...)
	b = strconv.AppendUint(b, uint64(blob.Length), 10)
	if blob.Plain > 0 {
		b = append(b, `,"uncompressed_length":`...)
		b = strconv.AppendUint(b, uint64(blob.Plain), 10)
	}
	return append(b, '}')
}

// sortBlobs puts the blobs of a pack in the order in which they lie.
func sortBlobs(blobs []pack.Blob) {
	slices.SortFunc(blobs, func(a, b pack.Blob) int { return int(int64(a.Offset) - int64(b.Offset)) })
}
