package tree

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// plain marks the bytes that are the same in a name, in Go's quoting and in
// encoding/json's: printable ASCII without quotes, backslash, and what JSON
// escapes for the sake of web pages.
var plain = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = true
	}
	for _, c := range `"\<>&` {
		t[c] = false
	}
	return t
}()

// isPlain tells whether s is its own encoding, which nearly all names are.
func isPlain[T string | []byte](s T) bool {
	for i := range len(s) {
		if !plain[s[i]] {
			return false
		}
	}
	return true
}

// isPrintable tells whether a name with letters beyond ASCII is its own
// encoding. What JSON escapes there is not printable.
func isPrintable(s string) bool {
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf && plain[r]:
		case r < utf8.RuneSelf || !strconv.IsPrint(r):
			return false
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			return false
		}
	}
	return true
}

// isText tells whether JSON can hold s.
func isText(s string) bool { return isPlain(s) || utf8.ValidString(s) }

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	if isPlain(s) {
		b = append(b, s...)
	} else {
		b = appendText(b, s)
	}
	return append(b, '"')
}

// appendText appends the inside of a JSON string. What is not UTF-8 becomes the
// replacement character, written as an escape and so unlike a real one.
func appendText[T string | []byte](b []byte, s T) []byte {
	for len(s) > 0 {
		if c := s[0]; c < utf8.RuneSelf {
			b = appendASCII(b, c)
			s = s[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(b, `\ufffd`...)
		case r == '\u2028':
			b = append(b, `\u2028`...)
		case r == '\u2029':
			b = append(b, `\u2029`...)
		default:
			b = append(b, s[:size]...)
		}
		s = s[size:]
	}
	return b
}

// appendASCII appends one ASCII character of a JSON string.
func appendASCII(b []byte, c byte) []byte {
	switch {
	case plain[c] || c == 0x7f:
		return append(b, c)
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c == '\b':
		return append(b, `\b`...)
	case c == '\t':
		return append(b, `\t`...)
	case c == '\n':
		return append(b, `\n`...)
	case c == '\f':
		return append(b, `\f`...)
	case c == '\r':
		return append(b, `\r`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendUnescaped appends the value of a string whose escapes were checked.
// What is not UTF-8, or half of a pair, becomes the replacement character.
func appendUnescaped(b, s []byte) []byte {
	for len(s) > 0 {
		if s[0] != '\\' {
			r, size := utf8.DecodeRune(s)
			b = utf8.AppendRune(b, r)
			s = s[size:]
			continue
		}
		if s[1] != 'u' {
			b = append(b, unescaped(s[1]))
			s = s[2:]
			continue
		}
		r := unit(s[2:])
		s = s[6:]
		if utf16.IsSurrogate(r) {
			r, s = pair(r, s)
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}

// pair joins r with the other half, if that is next in s.
func pair(r rune, s []byte) (joined rune, rest []byte) {
	if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
		if joined = utf16.DecodeRune(r, unit(s[2:])); joined != utf8.RuneError {
			return joined, s[6:]
		}
	}
	return utf8.RuneError, s
}

// unescaped returns what the letter behind a backslash stands for, 0 for none.
func unescaped(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// unit reads the four hex digits of an escape, -1 if they are none.
func unit(s []byte) rune {
	var r rune
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
