package manifest

import (
	"encoding/hex"
	"errors"
	"strings"
)

// special are the bytes that make a path be quoted.
const special = " \t\n\r\v\f\\\"'"

// quotePath writes a path below the root, which itself is ".".
func quotePath(path string) string {
	if path == "" {
		return "."
	}
	return quote(path)
}

// unquotePath reads what quotePath wrote.
func unquotePath(s string) (string, error) {
	if s == "." {
		return "", nil
	}
	return unquote(s)
}

// quote writes text as manifests hold it.
func quote(path string) string {
	if !strings.ContainsAny(path, special) {
		return path
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(path) {
		if strings.IndexByte(special, path[i]) < 0 {
			b.WriteByte(path[i])
			continue
		}
		b.WriteString(`\x`)
		b.WriteString(hex.EncodeToString([]byte{path[i]}))
	}
	b.WriteByte('"')
	return b.String()
}

var errQuote = errors.New("a quoted path does not parse")

// unquote reads what quote wrote.
func unquote(s string) (string, error) {
	if s == "" || s[0] != '"' {
		return s, nil
	}
	if len(s) < 2 || s[len(s)-1] != '"' {
		return "", errQuote
	}
	s = s[1 : len(s)-1]
	var b strings.Builder
	for s != "" {
		before, after, escaped := strings.Cut(s, `\`)
		b.WriteString(before)
		if !escaped {
			break
		}
		if len(after) < 3 || after[0] != 'x' {
			return "", errQuote
		}
		code, err := hex.DecodeString(after[1:3])
		if err != nil {
			return "", errQuote
		}
		b.Write(code)
		s = after[3:]
	}
	return b.String(), nil
}
