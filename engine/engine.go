// Package engine is the facade: every use case of Varve is one call here, so
// that a command line, a test or a window can do all that the others can.
// Start with New; Backup, Restore and Verify make a Job, and Versions, Browse,
// Status and Inspect answer at once.
//
// The engine never reads settings: it is handed plain structs, and tells what
// happens as events. It never modifies a source, and an archive that it was
// stopped in the middle of writing opens and restores as before.
package engine

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/secret"
)

// Config is what an Engine needs from its surroundings.
type Config struct {
	// ArchiveDir holds the archive directories (caches) of all destinations.
	ArchiveDir string
	// CacheDir holds what can be made anew and no other program reads; empty
	// means ArchiveDir.
	CacheDir string
	// UndoDir holds what restores replaced, so that they can be undone; empty
	// keeps nothing.
	UndoDir string
	// Program is what versions say they were made by: "varve 1.0".
	Program string
	// TempDir holds volumes while they are built; empty means the system's.
	TempDir string
	// Host is the name of this machine in archives; empty means the system's.
	Host   string
	Logger *slog.Logger
	// Now is the clock; nil means the system's.
	Now       func() time.Time
	Questions Questions
	// Tokens keeps what services give out anew from time to time; nil means
	// for the length of a call.
	Tokens backends.Tokens
	// RememberKeys is how long the key of a deduplicating repository stays in
	// the memory of the kernel, so that the next process need not stretch the
	// passphrase; 0 means no longer than this Engine.
	RememberKeys time.Duration
}

// Questions are asked while a call waits. A nil function means that nobody
// can be asked, which ends the call with an Error of the matching kind.
type Questions struct {
	Passphrase func(ctx context.Context, q PassphraseQuestion) (secret.Text, error)
	// Secret gets what a destination wants before it lets anybody in.
	Secret func(ctx context.Context, r backends.SecretRequest) (secret.Text, error)
	// Trust is asked once for each server that shows a key.
	Trust func(ctx context.Context, k backends.HostKey) (bool, error)
}

// PassphraseQuestion says which passphrase is wanted.
type PassphraseQuestion struct {
	// URL is the destination.
	URL string
	// Signing tells that the signing key's passphrase is meant.
	Signing bool
	// New tells that the archive is about to be created, so that the answer
	// should be asked twice.
	New bool
}

// Found is what Inspect learnt of a destination without opening it.
type Found struct {
	// Exists: the folder is there. Writable: a backup could be put there.
	Exists, Writable bool
	// Format is that of what is there.
	Format Format
	// Versions counts complete versions; Latest is the newest one's time.
	Versions int
	Latest   time.Time
	// Encrypted: the newest version needs a passphrase or a key.
	Encrypted bool
	// Foreign counts other files in the folder.
	Foreign int
	// Free and Total are the room in bytes, -1 when unknown.
	Free, Total int64
	// Interrupted: an unfinished run can be continued from this machine.
	Interrupted bool
}

// Tree is one version opened for browsing.
type Tree interface {
	// Version is the version that was opened.
	Version() Version
	// ReadDir yields the direct children of a folder, "" for the root.
	ReadDir(ctx context.Context, path string) iter.Seq2[repository.Entry, error]
	// Walk yields a folder and everything below it.
	Walk(ctx context.Context, path string) iter.Seq2[repository.Entry, error]
	Close() error
}

// The use cases. Each is implemented in the file of its name:
//
//	func New(c Config) *Engine
//	func (e *Engine) Backup(p BackupPlan) *Job
//	func (e *Engine) Restore(p RestorePlan) *Job
//	func (e *Engine) Meet(p RestorePlan) *Job                          // what a restore would meet
//	func (e *Engine) Undo(p UndoPlan) *Job                             // undo a restore
//	func (e *Engine) Undos(ctx) ([]undo.Kept, error)                   // which can be undone
//	func (e *Engine) PurgeUndos(ctx, now) (int, error)                 // forget those that are too old
//	func (e *Engine) Verify(p VerifyPlan) *Job
//	func (e *Engine) Versions(ctx, d Destination) ([]Version, error)   // newest first
//	func (e *Engine) Browse(ctx, d Destination, m Moment) (Tree, error)
//	func (e *Engine) Open(ctx, d Destination, m Moment) (Opened, error) // to read files in place
//	func (e *Engine) Folder(ctx, d Destination, m Moment, p FolderPlan) (*Folder, error) // for file managers
//	func (e *Engine) Catalog(ctx, d Destination) (*Catalog, error)     // what was ever seen
//	func (e *Engine) Explore(d Destination) *Explorer                  // its folders, before it is one
//	func (e *Engine) Inspect(ctx, d Destination) (Found, error)
//	func (e *Engine) Origin(ctx, d Destination) (Origin, error)         // of the newest version
//	func (e *Engine) Status(ctx, d Destination) (Status, error)        // collection-status
//	func (e *Engine) Stats(ctx, d Destination) (Stats, error)
//	func (e *Engine) List(ctx, p ListPlan) (*List, error)              // a folder of a version
//	func (e *Engine) Find(ctx, d Destination, pattern string) (Findings, error)
//	func (e *Engine) Diff(ctx, d Destination, from, to Moment) (*Diff, error)
//	func (e *Engine) Cat(ctx, d Destination, m Moment, path string, out io.Writer) (Version, error)
//	func (e *Engine) Remove(p RemovalPlan, done func(Removed)) *Job     // of archives of volumes
//	func (e *Engine) Replicate(p ReplicatePlan) *Job                   // to another archive
//	func (e *Engine) Keys, AddKey, RemoveKey, ChangePassphrase, Unlock // of deduplicated archives
//	func (e *Engine) Sync(p SyncPlan, done func(Mirrored)) *Job        // one destination like another
//	func (e *Engine) Preview(ctx, p PreviewPlan, tell func(Counted)) (*Preview, error) // what a backup would take
//	func (e *Engine) Limit(l Limits) error                             // how fast all of it may go
//	func FoldersPlan(folders []string, rules []selection.Condition) (root string, conditions []selection.Condition, err error)
