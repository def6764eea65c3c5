package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Item is an entry as the catalog keeps it: without extended attributes, hard
// links and hashes. Its ContentKey is short, and good for comparing with
// another Item of the catalog only.
type Item struct {
	repository.Entry
	attributes string // stands for the extended attributes
}

// The bits of an item's first byte; the type is below them.
const (
	typeBits       = 0b111
	hasNanoseconds = 1 << 3
	hasSize        = 1 << 4
	hasKey         = 1 << 5
	hasSHA256      = 1 << 6
	hasAttributes  = 1 << 7
)

// keyLength is how much is kept of what names a content. Only states of one
// path are ever compared by it.
const keyLength = 8

// appendItem describes an entry. Two that are described by the same bytes are
// in the same state.
//
//	1 byte   the type, and bits that tell what follows
//	uvarint  mode, user, group
//	strings  names of user and group
//	uvarint  file flags
//	varint   modification time in seconds, uvarint nanoseconds if hasNanoseconds
//	uvarint  size of a file, if hasSize
//	8 bytes  content of a file, if hasKey or hasSHA256
//	string   target of a symlink
//	uvarint  numbers of a device, major and minor
//	string   hash of extended attributes, if hasAttributes; "" means none
//
// A string is its length as a uvarint and its bytes.
func appendItem(b []byte, e *repository.Entry) []byte {
	flags := byte(e.Type)
	for _, f := range []struct {
		set bool
		bit byte
	}{
		{e.HasNanoseconds, hasNanoseconds},
		{e.Type == repository.File && e.Size >= 0, hasSize},
		{e.Type == repository.File && len(e.ContentKey) >= keyLength, hasKey},
		{e.Type == repository.File && len(e.ContentKey) < keyLength && len(e.SHA256) >= keyLength, hasSHA256},
		{e.HasXattrs, hasAttributes},
	} {
		if f.set {
			flags |= f.bit
		}
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(e.Mode))
	b = binary.AppendUvarint(b, uint64(e.UID))
	b = binary.AppendUvarint(b, uint64(e.GID))
	b = appendString(b, e.User)
	b = appendString(b, e.Group)
	b = binary.AppendUvarint(b, uint64(e.Flags))
	b = binary.AppendVarint(b, e.ModTime.Unix())
	if e.HasNanoseconds {
		b = binary.AppendUvarint(b, uint64(e.ModTime.Nanosecond()))
	}
	if flags&hasSize != 0 {
		b = binary.AppendUvarint(b, uint64(e.Size))
	}
	switch {
	case flags&hasKey != 0:
		b = append(b, e.ContentKey[:keyLength]...)
	case flags&hasSHA256 != 0:
		b = append(b, e.SHA256[:keyLength]...)
	}
	switch e.Type {
	case repository.Symlink:
		b = appendString(b, e.Target)
	case repository.CharDevice, repository.BlockDevice:
		b = binary.AppendUvarint(b, uint64(e.Major))
		b = binary.AppendUvarint(b, uint64(e.Minor))
	}
	if e.HasXattrs {
		b = appendString(b, attributesOf(e.Xattrs))
	}
	return b
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// typeOf is the type in a description.
func typeOf(description []byte) repository.Type {
	if len(description) == 0 {
		return 0
	}
	return repository.Type(description[0] & typeBits)
}

// parseItem reads a description. words makes strings that repeat cheap.
func parseItem(b []byte, words words) (Item, error) {
	s := scanner{b: b}
	flags := s.byte()
	it := Item{Entry: repository.Entry{
		Type: repository.Type(flags & typeBits), HasNanoseconds: flags&hasNanoseconds != 0, HasXattrs: flags&hasAttributes != 0,
		Mode: s.uint32(), UID: s.uint32(), GID: s.uint32(), User: words.of(s.bytes()), Group: words.of(s.bytes()),
		Flags: repository.Flags(s.uint32()),
	}}
	seconds, nanoseconds := s.varint(), uint32(0)
	if it.HasNanoseconds {
		nanoseconds = s.uint32()
	}
	it.ModTime = time.Unix(seconds, int64(nanoseconds))
	if it.Type == repository.File {
		it.Size = -1
	}
	if flags&hasSize != 0 {
		it.Size = int64(s.uvarint())
	}
	if flags&(hasKey|hasSHA256) != 0 {
		it.ContentKey = string(s.take(keyLength))
	}
	switch it.Type {
	case repository.Symlink:
		it.Target = string(s.bytes())
	case repository.CharDevice, repository.BlockDevice:
		it.Major, it.Minor = s.uint32(), s.uint32()
	}
	if it.HasXattrs {
		it.attributes = string(s.bytes())
	}
	return it, s.end()
}

// attributesOf is a short text that is equal when attributes are.
func attributesOf(all []repository.Xattr) string {
	if len(all) == 0 {
		return ""
	}
	h := sha256.New()
	for _, x := range all {
		h.Write(binary.AppendUvarint(nil, uint64(len(x.Name))))
		h.Write([]byte(x.Name))
		h.Write(binary.AppendUvarint(nil, uint64(len(x.Value))))
		h.Write(x.Value)
	}
	return string(h.Sum(nil)[:keyLength])
}

// words are strings that repeat.
type words map[string]string

func (w words) of(b []byte) string {
	s, known := w[string(b)]
	if !known {
		s = string(b)
		w[s] = s
	}
	return s
}
