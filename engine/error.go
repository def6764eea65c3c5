package engine

import "fmt"

// ErrorKind is the short closed list of what ends a job. The window and the
// command line each hold one sentence and one action for every kind.
type ErrorKind uint8

// The kinds.
const (
	Other             ErrorKind = iota // unexpected; the text is all there is
	Cancelled                          // the person stopped it
	WrongPassphrase                    // the archive does not open with this passphrase
	NoPassphrase                       // none was given and nobody could be asked
	NoKey                              // an OpenPGP key is missing or locked
	WrongSigner                        // a signature is missing or by another key
	NoSpace                            // destination, target or temporary folder is full
	NoPermission                       // read-only or forbidden destination or target
	Offline                            // the destination is not there
	NoArchive                          // the destination holds no archive
	Damaged                            // a stored file is missing, cut or altered
	Locked                             // another run uses the archive
	SourceMissing                      // the folder is gone
	SourceNotMounted                   // the folder's drive is not plugged in
	SourceMismatch                     // the archive belongs to another folder
	HostMismatch                       // the archive belongs to another machine
	NoSignatures                       // an incremental was demanded and cannot be made
	NotFound                           // no such path in the version
	TargetExists                       // the restore target is not empty
	Invalid                            // the plan itself is wrong
	BadManifest                        // a version's table of contents is missing or unreadable
	ManifestMismatch                   // archive directory and destination disagree
	LoginRefused                       // the destination's password, key or token
	NotTheServer                       // a key or certificate that is not the known one
	Unreliable                         // the destination does not hold what it said it does
	TooLarge                           // larger than the destination takes
	InArchive                          // must be fetched from cold storage first
	NoSuchDestination                  // the address, an option, or a kind that is gone
)

// Error is what every call of the engine returns: what was being done, to
// what, and which kind of ending it was.
type Error struct {
	Op   string // what was being done: "backing up"
	Path string // the item, object or folder it was done to, if one
	Kind ErrorKind
	Err  error
}

// Error returns one line.
func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
