package restore

import (
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// Standing is how what lies where an item goes compares with the item.
type Standing uint8

// The standings, by what Clash does: Replace keeps what is Same, and
// ReplaceOlder overwrites what is Older and nothing else.
const (
	// Same: a file with the content of the item, or the same link or device.
	Same Standing = iota
	// Older and Newer: it is something else, of another time.
	Older
	Newer
	// AsOld: it is something else, of the same time.
	AsOld
	// FolderThere: a folder, where something else goes.
	FolderThere
)

var standingWords = [...]string{"same", "older", "newer", "as-old", "folder"}

// String returns a word for it.
func (s Standing) String() string { return word(standingWords[:], int(s)) }

// met tells that something lies where an item goes. same says that it is the
// item; e is nil for a folder of which only content is known.
func (w *Writer) met(path string, st *unix.Stat_t, e *repository.Entry, same bool) {
	if w.options.Met == nil || st == nil {
		return
	}
	standing := AsOld
	switch {
	case same:
		standing = Same
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		standing = FolderThere
	case e == nil:
		standing = Newer // of a folder without a time nothing can be older
	case isOlder(st, e):
		standing = Older
	case !hasTime(st, e):
		standing = Newer
	}
	size := int64(0)
	if st.Mode&unix.S_IFMT == unix.S_IFREG {
		size = st.Size
	}
	w.options.Met(path, standing, size)
}
