package tree

// appendValue appends one JSON value as encoding/json does: without space, and
// with the escapes that it makes for the sake of web pages.
func appendValue(b, raw []byte) ([]byte, error) {
	s := scanner{b: raw}
	s.skip()
	s.end()
	if s.err != nil {
		return b, s.err
	}
	return appendCompact(b, raw), nil
}

// appendCompact is appendValue for a value that was checked.
func appendCompact(b, raw []byte) []byte {
	quoted := false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case plain[c] && (quoted || c != ' '):
			b = append(b, c)
		case c == '"':
			quoted = !quoted
			b = append(b, c)
		case c == '\\':
			i++ // what is escaped never ends the string
			b = append(b, c, raw[i])
		case c <= ' ': // outside of strings only, or it would not be JSON
		case c == '<' || c == '>' || c == '&':
			b = appendASCII(b, c)
		case isSeparator(raw[i:]):
			b = append(b, `\u202`...)
			b = append(b, raw[i+2]-0xa0+'0')
			i += 2
		default:
			b = append(b, c)
		}
	}
	return b
}

// isSeparator tells whether s starts with U+2028 or U+2029, which JavaScript
// takes for the end of a line.
func isSeparator(s []byte) bool {
	return len(s) > 2 && s[0] == 0xe2 && s[1] == 0x80 && s[2]|1 == 0xa9
}
