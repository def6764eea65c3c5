package librsync

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// headSize is the length of a signature's head: magic, block length, length
// of the strong sums, four bytes each, the first first.
const headSize = 12

// SignatureWriter makes the signature of what is written to it.
type SignatureWriter struct {
	w         io.Writer
	kind      Kind
	strongLen int
	weak      weakSum
	block     []byte
	out       []byte
	err       error
}

// NewSignatureWriter writes to w the signature, in blocks of blockLen bytes
// whose strong sums are cut to strongLen bytes. Close writes the last block.
func NewSignatureWriter(w io.Writer, kind Kind, blockLen, strongLen int) *SignatureWriter {
	s := &SignatureWriter{w: w, kind: kind, strongLen: strongLen, weak: kind.newWeak(), block: make([]byte, 0, blockLen)}
	s.out = binary.BigEndian.AppendUint32(s.out, uint32(kind))
	s.out = binary.BigEndian.AppendUint32(s.out, uint32(blockLen))
	s.out = binary.BigEndian.AppendUint32(s.out, uint32(strongLen))
	return s
}

// Write takes the next bytes of the file.
func (s *SignatureWriter) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		if len(s.block) == 0 && len(p) >= 2*cap(s.block) && s.kind.strongSize() == md4Size {
			s.pair(p[:cap(s.block)], p[cap(s.block):2*cap(s.block)])
			p = p[2*cap(s.block):]
			continue
		}
		if len(s.block) == 0 && len(p) >= cap(s.block) {
			s.sum(p[:cap(s.block)])
			p = p[cap(s.block):]
			continue
		}
		n := copy(s.block[len(s.block):cap(s.block)], p)
		s.block, p = s.block[:len(s.block)+n], p[n:]
		if len(s.block) == cap(s.block) {
			s.sum(s.block)
			s.block = s.block[:0]
		}
	}
	if len(s.out) >= 4096 {
		s.flush()
	}
	return total, s.err
}

// sum adds a block's sums.
func (s *SignatureWriter) sum(block []byte) {
	s.weak.set(block)
	s.out = binary.BigEndian.AppendUint32(s.out, s.weak.value())
	start := len(s.out)
	s.out = s.kind.strong(s.out, block)[:start+s.strongLen]
}

// pair adds the sums of two blocks, made side by side.
func (s *SignatureWriter) pair(first, second []byte) {
	x, y := md4Pair(first, second)
	s.weak.set(first)
	s.out = binary.BigEndian.AppendUint32(s.out, s.weak.value())
	s.out = append(s.out, x[:s.strongLen]...)
	s.weak.set(second)
	s.out = binary.BigEndian.AppendUint32(s.out, s.weak.value())
	s.out = append(s.out, y[:s.strongLen]...)
}

func (s *SignatureWriter) flush() {
	if s.err == nil {
		_, s.err = s.w.Write(s.out)
	}
	s.out = s.out[:0]
}

// Close ends the signature.
func (s *SignatureWriter) Close() error {
	if len(s.block) > 0 {
		s.sum(s.block)
		s.block = s.block[:0]
	}
	s.flush()
	return s.err
}

// Signature describes a file, to make deltas against it.
type Signature struct {
	Kind      Kind
	BlockLen  int
	StrongLen int
	weak      []uint32
	strong    []byte
	index     table
}

// Blocks is the number of blocks.
func (s *Signature) Blocks() int { return len(s.weak) }

// maxBlockLen bounds the memory that a signature from outside can claim.
const maxBlockLen = 64 << 20

// ReadSignature reads a whole signature of any kind.
func ReadSignature(r io.Reader) (*Signature, error) {
	br := bufio.NewReader(r)
	var head [headSize]byte
	if _, err := io.ReadFull(br, head[:]); err != nil {
		return nil, fmt.Errorf("reading a signature: %w", short(err))
	}
	s := &Signature{
		Kind:      Kind(binary.BigEndian.Uint32(head[0:])),
		BlockLen:  int(binary.BigEndian.Uint32(head[4:])),
		StrongLen: int(binary.BigEndian.Uint32(head[8:])),
	}
	switch s.Kind {
	case MD4, BLAKE2, RabinMD4, RabinBLAKE2:
	default:
		return nil, fmt.Errorf("reading a signature: %w: it begins with %08x", ErrDamaged, uint32(s.Kind))
	}
	if s.BlockLen < 1 || s.BlockLen > maxBlockLen || s.StrongLen < 1 || s.StrongLen > s.Kind.strongSize() {
		return nil, fmt.Errorf("reading a signature: %w: blocks of %d bytes with sums of %d", ErrDamaged, s.BlockLen, s.StrongLen)
	}
	if err := s.readBlocks(br); err != nil {
		return nil, fmt.Errorf("reading a signature: %w", err)
	}
	s.index.build(s)
	return s, nil
}

func (s *Signature) readBlocks(r *bufio.Reader) error {
	entry := make([]byte, 4+s.StrongLen)
	for {
		_, err := io.ReadFull(r, entry)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return short(err)
		}
		s.weak = append(s.weak, binary.BigEndian.Uint32(entry))
		s.strong = append(s.strong, entry[4:]...)
	}
}

// short calls the early end of the input damage.
func short(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is cut short", ErrDamaged)
	}
	return err
}

// strongOf is the strong sum of block i.
func (s *Signature) strongOf(i int) []byte { return s.strong[i*s.StrongLen : (i+1)*s.StrongLen] }
