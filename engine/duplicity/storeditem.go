package duplicity

import (
	"bufio"
	"encoding/binary"

	"github.com/varve-backup/varve/engine/repository"
)

// signatureHead is the length of a signature before its first block.
const signatureHead = 12

// storedItem is one item as the signature archives describe it. It is valid
// until the next one is asked for.
type storedItem struct {
	repository.Entry
	// recorded tells that the entry carries Varve's records, so that an
	// empty field means "none" and not "unknown".
	recorded bool
	// signature reads the librsync signature of a regular file.
	signature *bufio.Reader
	length    int64 // of the signature, in bytes
}

// sizeFits reports that a file of that size could be the stored one. Without
// a recorded size only the number of signature blocks bounds it: n blocks of
// length b are a size in ((n-1)*b, n*b].
func (s *storedItem) sizeFits(size int64) bool {
	if s.Size >= 0 {
		return s.Size == size
	}
	head, err := s.signature.Peek(signatureHead)
	if err != nil {
		return true
	}
	block := int64(binary.BigEndian.Uint32(head[4:]))
	each := int64(binary.BigEndian.Uint32(head[8:])) + 4
	if block == 0 || (s.length-signatureHead)%each != 0 {
		return true
	}
	blocks := (s.length - signatureHead) / each
	return size <= blocks*block && size > (blocks-1)*block
}

// isRecorded tells whether Varve wrote the entry's records.
func isRecorded(e *repository.Entry) bool {
	return e.HasNanoseconds || len(e.SHA256) > 0
}
