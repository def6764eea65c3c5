package selection

import (
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Verdict is what the rules say of one item.
type Verdict uint8

const (
	// Exclude: the item is left out, and nothing below it is looked at.
	Exclude Verdict = iota
	// Include: the item is backed up.
	Include
	// Scan: the directory itself is not selected, but a rule may select
	// something below it. It is walked, and backed up only when something is.
	Scan
)

// Item is what the rules may ask about one thing in the source.
type Item struct {
	// Path is relative to the root, "" for the root itself.
	Path    string
	Type    repository.Type
	ModTime time.Time
	// OtherFileSystem tells that the item lies on another file system than
	// the root.
	OtherFileSystem bool
	// Has reports whether a directory holds a child of that name; nil for
	// everything else.
	Has func(name string) bool
}
