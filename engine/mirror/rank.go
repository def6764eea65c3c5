package mirror

import (
	"path"
	"strings"
)

// The ranks of files. What is of a higher rank names what is of a lower one, so
// it is copied later and removed earlier. Files of no backup are all of the
// lowest.
const (
	lowest = iota // restic's packs and keys, duplicity's signatures, Duplicati's data
	middle        // restic's indexes, duplicity's volumes, Duplicati's indexes
	highest
)

// rank recognises the files of the formats by their names.
func rank(name string) int {
	base := path.Base(name)
	switch {
	case strings.HasPrefix(name, "snapshots/"), strings.Contains(base, ".manifest"), strings.Contains(base, ".dlist."):
		return highest
	case strings.HasPrefix(name, "index/"), strings.Contains(base, ".difftar"), strings.Contains(base, ".dindex."):
		return middle
	}
	return lowest
}

// ownPrefix begins the names of files that stores keep for themselves: the
// marker of a drive, or what is on its way into a folder.
const ownPrefix = ".varve-"

// lockName is how long the name of a lock of restic's format is, in hexadecimal
// digits.
const lockName = 64

// isOutside tells of files that belong to the place they are at: a copy of a
// lock would lock the mirror.
func isOutside(name string) bool {
	folder, base := split(name)
	return strings.HasPrefix(base, ownPrefix) ||
		folder == "locks/" && len(base) == lockName && strings.Trim(base, "0123456789abcdef") == ""
}
