package catalog

import (
	"encoding/binary"
	"fmt"
)

// state is one state of a name, and where it holds: from the version since to
// the last one before until. 0 stands for the oldest version of the line as
// since, and for no end as until, so that most states of a folder stay as they
// are when the line grows or shrinks.
type state struct {
	since, until int64
	item         []byte // as appendItem writes it
}

// record is one name in a folder with all its states, oldest first. No two of
// them hold in one version, and two that follow each other without a gap
// differ.
type record struct {
	name   []byte
	child  int64 // the folder of that name, 0 when it never was one
	states []state
	raw    []byte // all of it, as it is stored
}

// append writes a record:
//
//	string   name
//	uvarint  child
//	uvarint  how many states follow
//	         of each: uvarint since, uvarint until, string item
//
// The records of a folder are in the order of the names.
func (r *record) append(b []byte) []byte {
	b = appendHead(b, r.name, r.child, len(r.states))
	for i := range r.states {
		b = r.states[i].append(b)
	}
	return b
}

func appendHead[S []byte | string](b []byte, name S, child int64, states int) []byte {
	b = binary.AppendUvarint(b, uint64(len(name)))
	b = append(b, name...)
	b = binary.AppendUvarint(b, uint64(child))
	return binary.AppendUvarint(b, uint64(states))
}

func (s *state) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(s.since))
	b = binary.AppendUvarint(b, uint64(s.until))
	b = binary.AppendUvarint(b, uint64(len(s.item)))
	return append(b, s.item...)
}

// read reads the next record into r, which shares the scanner's bytes and uses
// its own memory again.
func (r *record) read(s *scanner) error {
	before := s.b
	r.name, r.child, r.states = s.bytes(), s.number(), r.states[:0]
	n := s.uvarint()
	if n == 0 || n > uint64(len(s.b)) {
		s.fail()
	}
	for i := uint64(0); i < n && !s.bad; i++ {
		r.states = append(r.states, state{s.number(), s.number(), s.bytes()})
	}
	if s.bad {
		return fmt.Errorf("%w: a record is cut short", errDamaged)
	}
	r.raw = before[:len(before)-len(s.b)]
	return nil
}
