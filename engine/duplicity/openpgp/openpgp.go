// Package openpgp seals and opens the files of a duplicity archive: OpenPGP
// messages as gpg makes them (formats/duplicity.md section 9). Make one
// Encrypter and one Decrypter for a run; both may be used from several
// goroutines.
//
// Messages for a passphrase or for public keys are made here, on several
// cores; what needs a secret key, a signature, or a cipher of the past is left
// to the installed gpg, whose keys never leave it.
package openpgp

import "errors"

// The errors of this package. Decide with errors.Is.
var (
	// ErrWrongPassphrase: no passphrase that was given opens the message.
	ErrWrongPassphrase = errors.New("the passphrase is wrong")
	// ErrDamaged: the message is cut short or altered.
	ErrDamaged = errors.New("the encrypted file is damaged")
	// ErrNoSecretKey: the message is for a key that is not on this machine.
	ErrNoSecretKey = errors.New("the secret key is not on this machine")
	// ErrNoPublicKey: a recipient is unknown, ambiguous, or cannot encrypt.
	ErrNoPublicKey = errors.New("there is no usable key of that name")
	// ErrSigner: the message is not signed by the key that was asked for.
	ErrSigner = errors.New("the signature is missing or by another key")
	// ErrNoGnuPG: gpg is needed and is not installed.
	ErrNoGnuPG = errors.New("gpg is needed for this and is not installed")
)
