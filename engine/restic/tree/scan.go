package tree

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a value that is skipped or kept as it is.
const maxDepth = 1000

// scanner reads JSON from memory. The first error stays and moves the scanner
// to the end, so that callers need to look at it only once.
type scanner struct {
	b   []byte
	i   int
	err error

	scratch []byte // a string whose bytes are not its value
}

func (s *scanner) reset(b []byte) {
	s.b, s.i, s.err = b, 0, nil
}

// fail records the first error.
func (s *scanner) fail(what string) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: byte %d: %s", ErrMalformed, s.i, what)
	}
	s.i = len(s.b)
}

// peek returns the next byte that is not space, and 0 at the end.
func (s *scanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// found takes c if it is next.
func (s *scanner) found(c byte) bool {
	return s.foundHere(c) || s.peek() == c && s.foundHere(c)
}

// foundHere is found without space before it.
func (s *scanner) foundHere(c byte) bool {
	if s.i == len(s.b) || s.b[s.i] != c {
		return false
	}
	s.i++
	return true
}

// want takes c, which must be next.
func (s *scanner) want(c byte) {
	if !s.foundHere(c) {
		s.wantSlow(c)
	}
}

func (s *scanner) wantSlow(c byte) {
	if !s.found(c) {
		s.fail("want " + string(rune(c)))
	}
}

// more is asked after each element of a list or an object, and tells whether
// another follows; it takes the comma or the end.
func (s *scanner) more(end byte) bool {
	if s.found(',') {
		return true
	}
	s.want(end)
	return false
}

// key takes a name and the colon behind it.
func (s *scanner) key() []byte {
	k := s.text()
	s.want(':')
	return k
}

// null takes null if it is next.
func (s *scanner) null() bool {
	if s.peek() != 'n' {
		return false
	}
	s.word("null")
	return true
}

// word takes a literal.
func (s *scanner) word(w string) {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		s.fail("want " + w)
		return
	}
	s.i += len(w)
}

// uint takes a whole number up to limit.
func (s *scanner) uint(limit uint64) (v uint64) {
	s.peek()
	start := s.i
	s.digits()
	text := s.b[start:s.i]
	if len(text) > 1 && text[0] == '0' {
		s.fail("number starts with zero")
	}
	if len(text) > len("9999999999999999999") { // it may not fit into v
		v, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil || v > limit {
			s.fail("number is too large")
		}
		return v
	}
	for _, c := range text {
		v = v*10 + uint64(c-'0')
	}
	if v > limit {
		s.fail("number is too large")
	}
	return v
}

// text takes a string and returns its value, which is good until the next call.
func (s *scanner) text() []byte {
	s.want('"')
	for i := s.i; i < len(s.b); i++ {
		if plain[s.b[i]] {
			continue
		}
		if s.b[i] == '"' {
			v := s.b[s.i:i]
			s.i = i + 1
			return v
		}
		return s.textSlow()
	}
	s.fail("string does not end")
	return nil
}

// textOf takes a string of n bytes in which nothing is escaped, if that is next;
// its bytes are not looked at.
func (s *scanner) textOf(n int) []byte {
	start, end := s.i+1, s.i+1+n
	if end >= len(s.b) || s.b[s.i] != '"' || s.b[end] != '"' {
		return nil
	}
	s.i = end + 1
	return s.b[start:end]
}

// textSlow is text for a string that is not plain.
func (s *scanner) textSlow() []byte {
	start, escaped := s.i, false
	end := s.closing(&escaped)
	if s.err != nil {
		return nil
	}
	v := s.b[start:end]
	if !escaped && utf8.Valid(v) {
		return v
	}
	s.scratch = appendUnescaped(s.scratch[:0], v)
	return s.scratch
}

// closing takes the rest of a string and returns where its quote is.
func (s *scanner) closing(escaped *bool) int {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.i - 1
		case c < ' ':
			s.fail("control character in a string")
		case c == '\\':
			*escaped = true
			s.escape()
		}
	}
	s.fail("string does not end")
	return 0
}

// escape checks an escape and moves to its last byte.
func (s *scanner) escape() {
	rest := s.b[s.i+1:]
	switch {
	case len(rest) > 0 && unescaped(rest[0]) != 0:
		s.i++
	case len(rest) > 4 && rest[0] == 'u' && unit(rest[1:]) >= 0:
		s.i += 5
	default:
		s.fail("bad escape")
	}
}

// skip takes any value and returns its bytes.
func (s *scanner) skip() []byte {
	s.peek()
	start := s.i
	s.skipNested(maxDepth)
	if s.err != nil {
		return nil
	}
	return s.b[start:s.i]
}

func (s *scanner) skipNested(depth int) {
	switch c := s.peek(); {
	case depth == 0:
		s.fail("nested too deeply")
	case c == '{':
		s.skipElements('}', depth)
	case c == '[':
		s.skipElements(']', depth)
	case c == '"':
		s.skipString()
	case c == 't':
		s.word("true")
	case c == 'f':
		s.word("false")
	case c == 'n':
		s.word("null")
	default:
		s.skipNumber()
	}
}

// skipElements takes an object or a list, whose first byte is next.
func (s *scanner) skipElements(end byte, depth int) {
	s.i++
	if s.found(end) {
		return
	}
	for more := true; more; more = s.more(end) {
		if end == '}' {
			s.skipString()
			s.want(':')
		}
		s.skipNested(depth - 1)
	}
}

func (s *scanner) skipString() {
	var escaped bool
	s.want('"')
	s.closing(&escaped)
}

// skipNumber takes a number of any kind.
func (s *scanner) skipNumber() {
	s.foundHere('-')
	if !s.foundHere('0') {
		s.digits()
	}
	if s.foundHere('.') {
		s.digits()
	}
	if s.foundHere('e') || s.foundHere('E') {
		_ = s.foundHere('+') || s.foundHere('-')
		s.digits()
	}
}

// digits takes at least one digit.
func (s *scanner) digits() {
	start := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		s.i++
	}
	if s.i == start {
		s.fail("want a value")
	}
}

// end wants nothing but space to the end.
func (s *scanner) end() {
	if s.peek() != 0 || s.i < len(s.b) {
		s.fail("more behind the end")
	}
}
