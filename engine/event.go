package engine

import (
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/undo"
)

// Event is a fact that a job reports. The set is closed: this file lists it.
// Events arrive in order, from one goroutine, and the last is Finished.
type Event interface{ event() }

// Phase is what a job is busy with.
type Phase uint8

// The phases, in the order in which they occur.
const (
	Preparing Phase = iota // opening the destination, syncing the archive directory
	Working                // reading, writing, comparing
	Finishing              // signatures and manifest, folder times
)

// PhaseChanged: the job does something else now.
type PhaseChanged struct{ Phase Phase }

// Problem classifies why an item needs a person's attention; each makes a run
// end with warnings.
type Problem = repository.Problem

// FileProblem: one item needs attention, and the run goes on.
type FileProblem struct {
	Path    string
	Problem Problem
	Err     error
}

// SocketSkipped: a socket is never stored. It is no problem.
type SocketSkipped struct{ Path string }

// Resumed: an interrupted run is continued after the volumes that it stored.
type Resumed struct{ Volumes int }

// FullInstead: a full version is made although the plan left it open or asked
// for less. Reason is a sentence.
type FullInstead struct{ Reason string }

// Notice: something the person should know about the archive, which changes
// nothing about this run's success. Text is a sentence.
type Notice struct{ Text string }

// VersionSaved: a version is durable and complete.
type VersionSaved struct{ Version Version }

// ItemRestored: one item was brought back (also in a dry run).
type ItemRestored struct{ Path string }

// ItemChanged: a backup found an item new, changed or deleted.
type ItemChanged struct {
	Path   string
	Change Change
}

// Change is what happened to an item since the version before.
type Change = repository.Change

// Finished: the job is over. Err is what Run returns.
type Finished struct {
	Summary Summary
	Err     error
}

// ItemMet: something lies where an item goes.
type ItemMet struct {
	// Path is the place below the target.
	Path string
	Here restore.Standing
	// Size is that of the file that is there, in bytes, 0 for all else.
	Size int64
}

func (PhaseChanged) event()  {}
func (ItemMet) event()       {}
func (FileProblem) event()   {}
func (SocketSkipped) event() {}
func (Resumed) event()       {}
func (FullInstead) event()   {}
func (Notice) event()        {}
func (VersionSaved) event()  {}
func (ItemRestored) event()  {}
func (ItemChanged) event()   {}
func (Finished) event()      {}

// Summary counts what a job did.
type Summary struct {
	Started, Ended time.Time
	// Version is what was written, restored or verified.
	Version Version
	// Files and Bytes count the regular files of the source (backup) or of
	// what was brought back or compared.
	Files, Bytes int64
	// Items counts everything, folders and links too.
	Items int64
	// Added, Changed and Deleted count items of a backup.
	Added, Changed, Deleted int64
	// Stored is what went to the destination, in bytes.
	Stored int64
	// Volumes is how many volumes were written or read.
	Volumes int
	// Problems counts FileProblem events; Sockets counts SocketSkipped.
	Problems, Sockets int64
	// Differences counts what verify found.
	Differences int64
	// Same counts regular files that were already as they should be, and were
	// not restored again; they are not among Items.
	Same int64
	// Skipped counts items that were not restored because something of their
	// name was there; Kept those that were restored beside it.
	Skipped, Kept int64
	// Undo is the name under which a restore can be undone, "" when it cannot;
	// Unkept counts what was replaced and cannot be put back.
	Undo   string
	Unkept int64
	// Undone is what an undo did.
	Undone undo.Result
	// Unchanged: nothing was written because nothing had changed.
	Unchanged bool
}

// Version is one point in time of an archive.
type Version struct {
	Time time.Time
	// ID names it: in a deduplicated archive by its hash, otherwise by its time
	// as stored files are named.
	ID string
	// Only a deduplicated archive knows the machine, the folders and the tags;
	// Partial tells that its run did not come to its end.
	Host        string
	Paths, Tags []string
	Partial     bool
	// Full tells that it stands alone; otherwise it needs those before it.
	Full bool
	// Chain is the time of the full version that it builds on.
	Chain time.Time
	// Volumes and Stored (bytes at the destination) are its own share.
	Volumes int
	Stored  int64
	// Encrypted tells that its files are OpenPGP messages.
	Encrypted bool
	// Damaged says in a sentence why it cannot be restored whole, "" when
	// nothing is known to be missing.
	Damaged string
	// Pin keeps it whatever a policy says, nil does not. It may have ended by the
	// time that it is looked at.
	Pin *retention.Pin `json:",omitempty"`
	// Original is the ID that a deduplicated version had before it was pinned or
	// copied, "" when it is the first one, and Tree is equal where all that they
	// hold is.
	Original, Tree string `json:",omitempty"`
}
