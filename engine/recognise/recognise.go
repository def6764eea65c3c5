// Package recognise tells which program made the backup that lies in a folder,
// by the names of the files there, and looks through a drive for such folders.
// It opens nothing: Of says what the names promise, and whether a backup can be
// read is for the engine to find out.
package recognise

import (
	"regexp"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// Program made a backup.
type Program uint8

// The programs. Varve reads and writes what the first two make.
const (
	Unknown Program = iota
	Restic
	Duplicity
	Borg
	Duplicati
	Kopia
	RdiffBackup
)

// String is the program's name.
func (p Program) String() string {
	return [...]string{"", "restic", "duplicity", "Borg", "Duplicati", "Kopia", "rdiff-backup"}[p]
}

// Readable tells that Varve can browse, restore and continue it.
func (p Program) Readable() bool { return p == Restic || p == Duplicity }

// marks are the names that the repositories of a program have at their top
// level, whatever is in them. A folder's name ends in a slash.
var marks = []struct {
	program Program
	names   []string
}{
	{Restic, []string{"config", "data/", "index/", "keys/", "snapshots/"}},
	{Borg, []string{"README", "config", "data/"}},
	{RdiffBackup, []string{"rdiff-backup-data/"}},
}

// duplicatis are Duplicati's names of lists and of volumes: a prefix that the
// person may choose, then a time or a number.
var duplicatis = regexp.MustCompile(`^.+-([0-9]{8}T[0-9]{6}Z\.dlist|[bi][0-9a-f]{32}\.d(block|index))\.(zip|7z)(\.(aes|gpg))?$`)

// Of tells which program made a folder with these names, folders with a slash
// at their end.
func Of(names []string) Program {
	for _, m := range marks {
		if !slices.ContainsFunc(m.names, func(n string) bool { return !slices.Contains(names, n) }) {
			return m.program
		}
	}
	for _, n := range names {
		switch parsed, ok := (filename.Naming{}).Parse(n); {
		case ok && !parsed.Partial && (parsed.Kind == filename.Volume || parsed.Kind == filename.Manifest):
			return Duplicity
		case duplicatis.MatchString(n):
			return Duplicati
		case strings.HasPrefix(n, "kopia.repository"):
			return Kopia
		}
	}
	return Unknown
}
