package hsi

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// entry is one thing in a folder.
type entry struct {
	name   string
	folder bool
	size   int64
	at     time.Time
}

// months begin the date in a line; what stands in front of it differs between
// versions of the program.
var months = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

// parseLine reads a line of hsi's long list. Headers and messages are none.
//
//	-rw-------   1 alice     users          4096 Nov 21 14:42 name
//	drwx------   2 alice     users           512 Nov  4  2014 name
func parseLine(line string, now time.Time) (entry, bool) {
	fields := strings.Fields(line)
	last := len(fields) - 1
	if last < 5 || len(fields[0]) < 10 || !slices.Contains(months, fields[last-3]) || strings.IndexByte("-d", fields[0][0]) < 0 {
		return entry{}, false
	}
	size, err := strconv.ParseInt(fields[last-4], 10, 64)
	if err != nil || size < 0 {
		return entry{}, false
	}
	at, ok := date(fields[last-3], fields[last-2], fields[last-1], now)
	name := unescape(path.Base(fields[last]))
	if !ok || name == "." || name == ".." || name == "/" {
		return entry{}, false
	}
	return entry{name: name, folder: fields[0][0] == 'd', size: size, at: at}, true
}

// date reads a date with a year, or one of the last twelve months with a time.
func date(month, day, rest string, now time.Time) (time.Time, bool) {
	if at, err := time.ParseInLocation("Jan 2 2006", month+" "+day+" "+rest, now.Location()); err == nil {
		return at, true
	}
	at, err := time.ParseInLocation("2006 Jan 2 15:04", strconv.Itoa(now.Year())+" "+month+" "+day+" "+rest, now.Location())
	if err != nil {
		return time.Time{}, false
	}
	if at.After(now.Add(24 * time.Hour)) {
		at = at.AddDate(-1, 0, 0)
	}
	return at, true
}

// plain are the letters, besides those of the alphabet, that mean nothing to
// hsi. duplicity's names have no others.
const plain = "._+:@,=/"

// escape writes other letters with a percent sign, as in addresses. A minus is
// one of them where an option could begin.
func escape(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		first := i == 0 || name[i-1] == '/'
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(plain, c) >= 0, c == '-' && !first:
			b.WriteByte(c)
		default:
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// unescape undoes escape, and leaves alone what escape did not make.
func unescape(name string) string {
	if made, err := url.PathUnescape(name); err == nil && escape(made) == name && !strings.Contains(made, "/") {
		return made
	}
	return name
}
