package session

import (
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/settings"
)

// Cause is why an item needed attention in a run.
type Cause uint8

// The causes, in the order in which they are shown.
const (
	NoPermission Cause = iota // this person may not read it
	NotReadable               // the disk did not give it
	NotStorable               // its name or kind has no place in a backup
	ReadChanging              // it changed while it was read
	Gone                      // it vanished meanwhile
	Otherwise
)

// CauseOf tells the cause of an event of a run.
func CauseOf(e settings.RunEvent) Cause {
	begins := func(text string) bool { return strings.HasPrefix(e.Text, text+": ") }
	switch {
	case begins(problemWords(repository.ChangedInRead)):
		return ReadChanging
	case begins(problemWords(repository.Vanished)):
		return Gone
	case begins(problemWords(repository.Unreadable)):
		if strings.HasSuffix(e.Text, "permission denied") || strings.HasSuffix(e.Text, "operation not permitted") {
			return NoPermission
		}
		return NotReadable
	case begins(problemWords(0)):
		return NotStorable
	}
	return Otherwise
}
