package librsync

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Describes tells whether src has the content that was signed, block by block
// and in that order. It reads no further than the first block that differs.
func (s *Signature) Describes(src io.Reader) (bool, error) {
	block := make([]byte, s.BlockLen)
	strong := make([]byte, 0, 64)
	for i := 0; ; i++ {
		n, err := io.ReadFull(src, block)
		switch {
		case errors.Is(err, io.EOF):
			return i == s.Blocks(), nil
		case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
			return false, fmt.Errorf("comparing with a signature: %w", err)
		case i == s.Blocks() || err != nil && i != s.Blocks()-1:
			return false, nil
		}
		strong = s.Kind.strong(strong[:0], block[:n])
		if !bytes.Equal(strong[:s.StrongLen], s.strongOf(i)) {
			return false, nil
		}
	}
}
