package engine

import (
	"time"

	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/engine/selection"
)

// Destination says where an archive is and how it is opened. The zero values
// of all but URL are right for an archive that Varve made.
type Destination struct {
	// URL is a duplicity URL or a local path.
	URL string
	// Options are those of the kind of destination, by name: see
	// backends.Kind. Secrets are not among them.
	Options map[string]string
	// Environment is read before the program's own, as a member of several
	// destinations has it.
	Environment map[string]string
	// Name names the archive directory; empty means the hash of URL, as
	// duplicity does.
	Name string
	// ArchiveDir holds the archive directories; empty means the engine's own.
	ArchiveDir string
	// Format is what an empty destination is given; what is there says its own.
	// A backup refuses to go on with volumes where Deduplicated was asked for,
	// unless AnyFormat is set.
	Format    Format
	AnyFormat bool

	Prefixes   Prefixes
	Encryption Encryption
}

// Format is how an archive is laid out.
type Format uint8

// The formats: duplicity's volumes, and restic's deduplicated repository.
const (
	Volumes Format = iota
	Deduplicated
)

// Prefixes stand in front of file names at the destination (duplicity's
// --file-prefix options).
type Prefixes struct {
	All, Archive, Manifest, Signature string
	// TimeSeparator reads names of duplicity before 0.6 that were not
	// written with ":".
	TimeSeparator string
}

// EncryptionMode is how new files are protected.
type EncryptionMode uint8

// The modes. EncryptPassphrase is the zero value: nothing leaves the machine
// in the clear unless that was asked for.
const (
	EncryptPassphrase EncryptionMode = iota
	EncryptKeys
	EncryptNone
)

// Encryption says how an archive is written and read.
type Encryption struct {
	Mode EncryptionMode
	// Passphrase and SignPassphrase answer before Questions is asked.
	Passphrase, SignPassphrase secret.Text
	// Recipients and HiddenRecipients are OpenPGP keys that can read the
	// archive: ids, fingerprints or user ids, as gpg takes them.
	Recipients, HiddenRecipients []string
	// SignKey signs what is written, and must have signed what is read.
	SignKey string
	// NoCompression stores bytes as they are.
	NoCompression bool
}

// Kind says what a backup run makes.
type Kind uint8

// The kinds. Auto continues the last chain, or begins one.
const (
	Auto Kind = iota
	Full
	Incremental
)

// BackupPlan is one backup run as plain data.
type BackupPlan struct {
	Destination Destination
	// Root is the folder that is backed up; Rules choose inside it. Use
	// FoldersPlan to express several folders.
	Root  string
	Rules []selection.Condition
	Kind  Kind
	// FullIfOlderThan begins a new chain when the last full version is older;
	// zero means never.
	FullIfOlderThan time.Duration
	// VolumeSize is the size at which a volume ends, in bytes; zero means 200 MiB.
	VolumeSize int64
	// MaxBlockSize bounds the signature blocks, in bytes; zero means 2048.
	MaxBlockSize int
	// AllowSourceMismatch accepts that the archive was made from another
	// folder or on another machine.
	AllowSourceMismatch bool
	// FollowLinks stores what symlinks point to instead of the links.
	FollowLinks bool
	// NumericOwner compares owners by number only.
	NumericOwner bool
	// SkipIfNoChange writes nothing when nothing changed.
	SkipIfNoChange bool
	// DryRun reads and compares, and writes nothing anywhere.
	DryRun bool
	// Estimate counts the source beside the run, so that Progress has totals.
	Estimate bool
	// Time is when the version counts as made; zero means now.
	Time time.Time
	// SourceName overrides the folder written into the archive; empty means Root.
	SourceName string
}

// RestorePlan brings items back.
type RestorePlan struct {
	Destination Destination
	// At chooses the newest version that is not younger; zero means the newest.
	At time.Time
	// Version names the version instead, as Moment.ID does.
	Version string
	// Paths are what to bring back, relative to the root; none means everything.
	Paths []string
	// AsTarget makes the single path become Target itself, as duplicity's
	// --path-to-restore does; otherwise paths keep their place below Target.
	AsTarget bool
	Target   string
	Clash    restore.Clash
	Owner    restore.Owner
	DryRun   bool
	// Dated are those of Paths that plans of other versions bring back to the
	// same target too: they get the time of their version in their name. A file
	// among them that has the content of another version's, or of what has its
	// plain name there, is left out and counts as Same. Beside are the times of
	// all these versions.
	Dated  []string
	Beside []time.Time
	// Undo is a name of NewUndo under which what is replaced at the target is
	// kept; plans of one name are undone together. Empty keeps nothing.
	Undo string

	names *datedNames // nil without Dated
}

// UndoPlan undoes a restore.
type UndoPlan struct {
	// ID is that of one of Undos, or its beginning; empty means the newest.
	ID     string
	DryRun bool
}

// VerifyPlan proves that a version can be read and, with CompareData, that it
// equals the folder.
type VerifyPlan struct {
	Destination Destination
	At          time.Time
	// Version names the version instead of At, as Moment.ID does.
	Version string
	// Path limits the comparison to one item; empty means everything.
	Path         string
	Root         string
	Rules        []selection.Condition
	CompareData  bool
	FollowLinks  bool
	NumericOwner bool
}
