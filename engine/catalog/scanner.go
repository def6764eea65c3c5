package catalog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// errDamaged: a file holds what nobody wrote there. It is made anew, and nobody
// hears of it who was not halfway through an answer.
var errDamaged = errors.New("the catalog is damaged")

// scanner reads stored bytes. The first thing that is wrong is kept, and
// everything after it is zero.
type scanner struct {
	b   []byte
	bad bool
}

func (s *scanner) byte() byte {
	if b := s.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (s *scanner) uvarint() uint64 {
	n, size := binary.Uvarint(s.b)
	if size <= 0 {
		s.fail()
		return 0
	}
	s.b = s.b[size:]
	return n
}

func (s *scanner) varint() int64 {
	n, size := binary.Varint(s.b)
	if size <= 0 {
		s.fail()
		return 0
	}
	s.b = s.b[size:]
	return n
}

func (s *scanner) uint32() uint32 {
	n := s.uvarint()
	if n > math.MaxUint32 {
		s.fail()
		return 0
	}
	return uint32(n)
}

// number is a name of a row: not negative.
func (s *scanner) number() int64 {
	n := s.uvarint()
	if n > math.MaxInt64 {
		s.fail()
		return 0
	}
	return int64(n)
}

// take returns the next n bytes, which it shares.
func (s *scanner) take(n uint64) []byte {
	if n > uint64(len(s.b)) {
		s.fail()
		return nil
	}
	b := s.b[:n:n]
	s.b = s.b[n:]
	return b
}

// bytes returns a string as bytes.
func (s *scanner) bytes() []byte { return s.take(s.uvarint()) }

func (s *scanner) fail() { s.bad, s.b = true, nil }

// more tells that there is something left to read.
func (s *scanner) more() bool { return len(s.b) > 0 }

// end tells whether everything was right and is read.
func (s *scanner) end() error {
	if s.bad || len(s.b) > 0 {
		return fmt.Errorf("%w: bytes that mean nothing", errDamaged)
	}
	return nil
}

var polynomial = crc32.MakeTable(crc32.Castagnoli)

const sealLength = 4

// sealed puts the checksum of what follows into the first bytes of b.
func sealed(b []byte) []byte {
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[sealLength:], polynomial))
	return b
}

// unsealed takes a checksum off that is right.
func unsealed(b []byte) ([]byte, error) {
	if len(b) < sealLength || binary.LittleEndian.Uint32(b) != crc32.Checksum(b[sealLength:], polynomial) {
		return nil, fmt.Errorf("%w: a checksum is wrong", errDamaged)
	}
	return b[sealLength:], nil
}
