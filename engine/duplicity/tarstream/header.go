// Package tarstream reads and writes the tar dialect of duplicity's volumes
// and signature archives (formats/duplicity.md sections 4 and 5): members whose
// names begin with what they mean, PAX when written, PAX and GNU when read.
// What duplicity has no place for travels in PAX records that it passes over.
package tarstream

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
)

// ErrDamaged: the bytes are no tar stream of duplicity's.
var ErrDamaged = errors.New("the tar stream is damaged")

// Kind is what a member means, told by the beginning of its name.
type Kind uint8

// The kinds.
const (
	Snapshot         Kind = iota + 1 // a complete item
	Diff                             // a delta of a regular file
	MultivolSnapshot                 // a numbered chunk of a regular file
	MultivolDiff                     // a numbered chunk of a delta
	Deleted                          // the item is gone
	Signature                        // the librsync signature of a regular file
)

// IsChunk reports that the member is one of several of its item.
func (k Kind) IsChunk() bool { return k == MultivolSnapshot || k == MultivolDiff }

// IsDelta reports that the member changes what an older set holds.
func (k Kind) IsDelta() bool { return k == Diff || k == MultivolDiff }

// prefixes are the beginnings of names, by kind.
var prefixes = [...]string{
	Snapshot: "snapshot/", Diff: "diff/", MultivolSnapshot: "multivol_snapshot/",
	MultivolDiff: "multivol_diff/", Deleted: "deleted/", Signature: "signature/",
}

// Header describes a member.
type Header struct {
	Kind Kind
	// Chunk is the number of a chunk, from 1; 0 for other kinds.
	Chunk int64
	// Entry is the item. Its size is that of the whole file where that is
	// known, -1 otherwise; never that of the member.
	Entry repository.Entry
	// Length is the length of the member's data in bytes; the Reader sets it.
	Length int64
}

// name is the member's name in the stream.
func (h *Header) name(b []byte) []byte {
	b = append(b, prefixes[h.Kind]...)
	b = append(b, h.Entry.Path...)
	switch {
	case h.Kind.IsChunk():
		b = append(b, '/')
		b = strconv.AppendInt(b, h.Chunk, 10)
	case h.Entry.Type == repository.Dir && h.Entry.Path != "":
		b = append(b, '/')
	}
	return b
}

// parseName reads kind, path and chunk from a member's name.
func (h *Header) parseName(name string) error {
	rest := ""
	for k, p := range prefixes {
		if p == "" {
			continue
		}
		if after, ok := strings.CutPrefix(name, p); ok || name == p[:len(p)-1] {
			h.Kind, rest = Kind(k), after
			if !ok {
				rest = ""
			}
			break
		}
	}
	if h.Kind == 0 {
		return fmt.Errorf("%w: a member is called %q", ErrDamaged, name)
	}
	rest = strings.TrimSuffix(rest, "/")
	if h.Kind.IsChunk() {
		slash := strings.LastIndexByte(rest, '/')
		n, err := strconv.ParseInt(rest[slash+1:], 10, 64)
		if slash < 0 || err != nil || n < 1 {
			return fmt.Errorf("%w: a chunk is called %q", ErrDamaged, name)
		}
		h.Chunk, rest = n, rest[:slash]
	}
	path, err := cleanPath(rest)
	h.Entry.Path = path
	return err
}

// cleanPath takes "." and empty components out of a path, and refuses what
// could lead outside.
func cleanPath(path string) (string, error) {
	if isClean(path) {
		return path, nil
	}
	if strings.IndexByte(path, 0) >= 0 {
		return "", fmt.Errorf("%w: the path %q holds a zero byte", ErrDamaged, path)
	}
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "", ".":
		case "..":
			return "", fmt.Errorf("%w: the path %q leads out of the backup", ErrDamaged, path)
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/"), nil
}

// isClean is the common case, without garbage.
func isClean(path string) bool {
	start := 0
	for i := 0; i <= len(path); i++ {
		if i < len(path) && path[i] == 0 {
			return false
		}
		if i < len(path) && path[i] != '/' {
			continue
		}
		switch path[start:i] {
		case "", ".", "..":
			return path == ""
		}
		start = i + 1
	}
	return true
}
