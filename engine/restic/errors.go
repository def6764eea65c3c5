package restic

import "errors"

// The errors of this package. Decide with errors.Is.
var (
	// ErrNoRepository: nothing of a restic repository is at the destination.
	ErrNoRepository = errors.New("there is no repository at the destination")
	// ErrExists: a repository, or a part of one, is at the destination.
	ErrExists = errors.New("there is a repository already")
	// ErrVersion: the repository is of a version that this program does not know.
	ErrVersion = errors.New("the repository is of a version that is not known")
	// ErrPassphrase: no key file opens with this passphrase.
	ErrPassphrase = errors.New("the passphrase does not open the repository")
	// ErrDamaged: something stored was altered, cut or is missing.
	ErrDamaged = errors.New("the repository is damaged")
	// ErrMissing: a blob is in no index.
	ErrMissing = errors.New("it is not in the repository")
	// ErrLocked: another program works on the repository in a way that bars
	// this one.
	ErrLocked = errors.New("another program has locked the repository")
	// ErrLockLost: our lock was not renewed in time, so nothing more may be
	// written.
	ErrLockLost = errors.New("the lock on the repository was lost")
	// ErrNotFound: no such snapshot, or no such path in one.
	ErrNotFound = errors.New("not found in the repository")
)
