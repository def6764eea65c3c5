package duplicity

import (
	"errors"
	"fmt"
	"io"

	"github.com/varve-backup/varve/engine/duplicity/librsync"
	"github.com/varve-backup/varve/engine/duplicity/openpgp"
	"github.com/varve-backup/varve/engine/duplicity/tarstream"
)

// The errors of this package. Decide with errors.Is.
var (
	// ErrLocked: another run writes this archive.
	ErrLocked = errors.New("another run is using this archive")
	// ErrNoArchive: there is no complete version at the destination.
	ErrNoArchive = errors.New("no backup was found at the destination")
	// ErrDamaged: a stored file is missing, cut short, altered or foreign.
	ErrDamaged = errors.New("a stored file is damaged")
	// ErrManifest: a manifest cannot be read or is missing.
	ErrManifest = errors.New("a manifest cannot be read")
	// ErrManifestMismatch: archive directory and destination disagree.
	ErrManifestMismatch = errors.New("the archive directory does not match the destination")
	// ErrHash: a volume's bytes are not those that were stored.
	ErrHash = fmt.Errorf("%w: its hash does not match the manifest", ErrDamaged)
	// ErrMissingVolume: a volume is not at the destination.
	ErrMissingVolume = fmt.Errorf("%w: a volume is missing", ErrDamaged)
	// ErrNoSignatures: an incremental backup was demanded and cannot be made.
	ErrNoSignatures = errors.New("there is nothing to build an incremental backup on")
	// ErrHostMismatch and ErrSourceMismatch: the archive is another's.
	ErrHostMismatch   = errors.New("the archive belongs to another machine")
	ErrSourceMismatch = errors.New("the archive belongs to another folder")
	// ErrNotFound: no such path in the version.
	ErrNotFound = errors.New("no such file or folder in this version")
	// ErrResumeMismatch: the encryption changed since the interrupted run.
	ErrResumeMismatch = errors.New("the encryption settings changed since the interrupted run")
	// ErrEarlier: the clock, or the time that was asked for, lies before the
	// newest version.
	ErrEarlier = errors.New("a version cannot be older than the one before it")
)

// isDamage tells a stored file that is bad from a reason to stop.
func isDamage(err error) bool { return errors.Is(err, ErrDamaged) }

// damage calls what the readers of single formats find wrong with stored
// bytes ErrDamaged, and leaves every other error as it is.
func damage(err error) error {
	for _, bad := range []error{librsync.ErrDamaged, openpgp.ErrDamaged, tarstream.ErrDamaged, io.ErrUnexpectedEOF} {
		if errors.Is(err, bad) && !errors.Is(err, ErrDamaged) {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
}
