package restic

import (
	"strings"

	"github.com/varve-backup/varve/engine/repository"
)

// flagsOf returns the file flags of an item that the walk met. A folder that
// was listed has its own. Changing them moves the time of change, so that what
// is as it was has those that were stored, if it was this program that did:
// others do not know them. The flags of a file that is read are known only
// then.
func (b *run) flagsOf(e *repository.Entry) repository.Flags {
	if b.parent == nil || e.Flags != 0 || e.Type != repository.File && e.Type != repository.Dir {
		return e.Flags
	}
	old := b.top().peekOld(b.nameOf(e))
	switch {
	case old == nil || !b.isSame(e, old):
		return 0
	case programOf(b.parent.Program) == programOf(b.program):
		return old.Flags()
	}
	return b.tree.Flags(e)
}

// programOf is the name of a program without its version.
func programOf(s string) string {
	name, _, _ := strings.Cut(s, " ")
	return name
}
