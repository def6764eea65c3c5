// Package undo keeps what a restore into a folder in use replaces, and puts it
// back.
//
// A restore begins a Recording and tells it of everything before it changes it.
// What was there is kept as it is, the very inode, in a folder on the same file
// system, and a journal says where it belongs. The journal is on the disk before
// anything is replaced, so that a restore that was cut short is undone as one
// that came to its end. Undo puts everything back but what was changed since;
// List tells what can be undone, and Purge forgets what is too old.
//
// On disk, one folder for each restore below the folder for all of them:
//
//	20261121-235901-ABCDEF/journal  what was done: see record.go
//	20261121-235901-ABCDEF/kept/17  what change 17 replaced
//
// What lies on another file system is kept there, in a folder with the name
// .varve-undo- and the same name behind it.
package undo

import (
	"crypto/rand"
	"errors"
	"time"
)

// Errors that say why an item stays as it is, or why nothing is undone. Decide
// with errors.Is.
var (
	// ErrChanged: the item is not as the restore left it.
	ErrChanged = errors.New("it was changed after the restore")
	// ErrNotEmpty: a folder that the restore made holds something else now.
	ErrNotEmpty = errors.New("it holds something that came after the restore")
	// ErrNoFolder: the folder that an item was in is gone.
	ErrNoFolder = errors.New("the folder that it was in is gone")
	// ErrNotKept: what was there could not be kept.
	ErrNotKept = errors.New("what was there could not be kept")
	// ErrNone: there is no such restore to undo.
	ErrNone = errors.New("there is no such restore that can be undone")
	// ErrBusy: the restore runs still, or is being undone.
	ErrBusy = errors.New("the restore is still running or being undone")
	// ErrNoRoot: the folder that was restored to is not there.
	ErrNoRoot = errors.New("the folder that was restored to is not there")
)

const (
	journalName  = "journal"
	keptName     = "kept"
	hiddenPrefix = ".varve-undo-"
	copySuffix   = ".copy"
	partSuffix   = ".part"
)

// NewID names a recording. Names sort by their time.
func NewID(now time.Time) string { return now.UTC().Format("20060102-150405-") + rand.Text()[:6] }

// KeptFor is how long a restore can be undone.
const KeptFor = 30 * 24 * time.Hour

// Kept is a restore that can be undone.
type Kept struct {
	ID string
	// Root is the folder that was restored to.
	Root string
	// Began and Ended are when it was restored; Ended is zero of a restore that
	// was cut short.
	Began, Ended time.Time
	// Until is when it is forgotten.
	Until time.Time
	// Busy: it runs now, or is being undone.
	Busy bool
	// Begun: it was undone in part.
	Begun bool
	Tally
}

// Tally counts what a restore changed, and what of it can be undone.
type Tally struct {
	// Replaced items are put back, Created ones removed, and Described ones
	// get their attributes back.
	Replaced  int64 `json:"replaced,omitempty"`
	Created   int64 `json:"created,omitempty"`
	Described int64 `json:"described,omitempty"`
	// Lost could not be kept, and are not among Replaced.
	Lost int64 `json:"lost,omitempty"`
	// Room is what is kept, in bytes on the disk.
	Room int64 `json:"room,omitempty"`
}

// Changes counts what undoing would do.
func (t *Tally) Changes() int64 { return t.Replaced + t.Created + t.Described }
