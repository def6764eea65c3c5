package rsync

import (
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
)

// parseLine reads a line of rsync's list. A line that is about something else
// than a file is none: folders, links, messages.
//
//	-rw-r--r--     1,234 2026/11/21 14:42:19 name
func parseLine(line string) (backends.Object, bool) {
	if len(line) < 2 || line[0] != '-' {
		return backends.Object{}, false
	}
	_, rest := word(line)
	digits, rest := word(rest)
	date, rest := word(rest)
	clock, name, found := strings.Cut(rest, " ")
	size, err := strconv.ParseInt(strings.NewReplacer(",", "", ".", "").Replace(digits), 10, 64)
	if !found || err != nil || size < 0 {
		return backends.Object{}, false
	}
	at, err := time.Parse("2006/01/02 15:04:05", date+" "+clock)
	if name = unescape(name); err != nil || name == "" {
		return backends.Object{}, false
	}
	return backends.Object{Name: name, Size: size, ModTime: at}, true
}

// word cuts off the first word and the spaces behind it.
func word(s string) (first, rest string) {
	first, rest, _ = strings.Cut(s, " ")
	return first, strings.TrimLeft(rest, " ")
}

// unescape reads what rsync writes for control characters: \#, and three
// octal digits.
func unescape(s string) string {
	if !strings.Contains(s, `\#`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], `\#`) && i+5 <= len(s) {
			if v, err := strconv.ParseUint(s[i+2:i+5], 8, 8); err == nil {
				b.WriteByte(byte(v))
				i += 4
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
