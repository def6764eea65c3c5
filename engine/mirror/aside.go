package mirror

import (
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
)

// stampLayout is the time in the names of what was set aside, in UTC.
const stampLayout = "20060102150405"

// What stands between the time and the name of a file that was set aside, and
// of one that waits to take the place of another.
const (
	asideMark = ".old."
	newMark   = ".new."
)

// Aside is the name that a file gets instead of being replaced or removed, as
// SyncTool gives it: 20260630120000.old.NAME, in the same folder.
func Aside(name string, at time.Time) string { return marked(name, at, asideMark) }

func marked(name string, at time.Time, mark string) string {
	folder, base := split(name)
	return folder + at.UTC().Format(stampLayout) + mark + base
}

// ParseAside reads a name that Aside made.
func ParseAside(name string) (original string, at time.Time, ok bool) {
	return parseMarked(name, asideMark)
}

func parseMarked(name, mark string) (original string, at time.Time, ok bool) {
	folder, base := split(name)
	if len(base) <= len(stampLayout)+len(mark) || !strings.HasPrefix(base[len(stampLayout):], mark) {
		return "", time.Time{}, false
	}
	stamp := base[:len(stampLayout)]
	at, err := time.Parse(stampLayout, stamp)
	if err != nil || at.Format(stampLayout) != stamp {
		return "", time.Time{}, false
	}
	return folder + base[len(stampLayout)+len(mark):], at, true
}

// isStaged tells of what a run left that was cut off while it replaced a file.
func isStaged(name string) bool {
	_, _, ok := parseMarked(name, newMark)
	return ok
}

// split cuts a name behind its last slash.
func split(name string) (folder, base string) {
	i := strings.LastIndexByte(name, '/')
	return name[:i+1], name[i+1:]
}

// freeStamp is now, or the first second after it that no name there has: what
// was set aside would be replaced by what is set aside under the same name.
func freeStamp(now time.Time, there []backends.Object) time.Time {
	taken := map[time.Time]bool{}
	for i := range there {
		for _, mark := range [...]string{asideMark, newMark} {
			if _, at, ok := parseMarked(there[i].Name, mark); ok {
				taken[at] = true
			}
		}
	}
	stamp := now.UTC().Truncate(time.Second)
	for taken[stamp] {
		stamp = stamp.Add(time.Second)
	}
	return stamp
}
