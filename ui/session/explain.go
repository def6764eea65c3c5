package session

import (
	"errors"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
)

// Explanation is what a person is told of an error: what happened and what is
// safe, and the technical text for whoever wants it.
type Explanation struct {
	Sentence  string
	Technical string
	// Kind is what the page offers a way out of.
	Kind engine.ErrorKind
}

// sentences hold one for every kind.
var sentences = map[engine.ErrorKind]string{
	engine.Cancelled:         "Stopped. What was stored is kept, and the next run goes on from there.",
	engine.WrongPassphrase:   "This passphrase does not open the backup. Nothing was changed.",
	engine.NoPassphrase:      "The passphrase is needed. Nothing was changed.",
	engine.NoKey:             "The key for this backup is not on this computer. Nothing was changed.",
	engine.WrongSigner:       "The backup is not signed by the expected key. Do not trust it before you know why.",
	engine.NoSpace:           "Stopped: the place is full. Nothing already saved is affected. Make room, and start it again: it goes on where it stopped.",
	engine.NoPermission:      "The destination does not allow writing. Nothing already saved is affected.",
	engine.Offline:           "The destination is not there. Connect the drive or check the network, and try again.",
	engine.NoArchive:         "There is no backup in this folder.",
	engine.Damaged:           "Part of what is stored is damaged. Nothing damaged was passed off as good; an older version may be whole.",
	engine.Locked:            "Another program is using this backup. Try again when it is done.",
	engine.SourceMissing:     "A folder to back up is not there. Nothing was changed, and earlier versions are as they were.",
	engine.SourceNotMounted:  "The drive with the folder is not plugged in. Nothing was changed.",
	engine.SourceMismatch:    "The destination holds the backup of another folder. Choose another destination.",
	engine.HostMismatch:      "The destination holds the backup of another computer. Choose another destination.",
	engine.NoSignatures:      "There is nothing to build on.",
	engine.NotFound:          "This version does not hold it.",
	engine.TargetExists:      "The folder is not empty. Nothing in it was touched.",
	engine.Invalid:           "This cannot be done.",
	engine.BadManifest:       "The table of contents of this version cannot be read. Other versions may be whole.",
	engine.ManifestMismatch:  "Somebody else has written to the destination since the last backup.",
	engine.LoginRefused:      "The destination did not accept the login. Nothing already saved is affected. Check user and password.",
	engine.NotTheServer:      "The server could not prove that it is the right one. Nothing was sent to it.",
	engine.Unreliable:        "The destination does not hold what it said it had stored. Earlier versions are as they were.",
	engine.TooLarge:          "The destination does not take files of that size. Nothing already saved is affected.",
	engine.InArchive:         "What is needed lies in the destination's archive and must be fetched from there first, which takes hours.",
	engine.NoSuchDestination: "The address, or something that was set for it, is not right. Nothing was sent.",
	engine.Other:             "Something unexpected happened. Earlier versions are as they were.",
}

// Explain words an error.
func Explain(err error) Explanation {
	kind := engine.Other
	if e, ok := errors.AsType[*engine.Error](err); ok {
		kind = e.Kind
	}
	x := Explanation{sentences[kind], err.Error(), kind}
	switch {
	case errors.Is(err, errEmptied):
		x.Sentence = "The versions stored so far are not there. Connect the drive, and try again. Nothing was changed."
	case errors.Is(err, errUnasked) && kind == engine.LoginRefused:
		x.Sentence = "The destination wants a password that is not at hand. Nothing already saved is affected."
	case errors.Is(err, errNotTyped):
		x.Sentence = "The destination wants a password. Nothing was stored there."
	case errors.Is(err, ErrNotTrusted):
		x.Sentence = "You did not confirm that this is the right server. Nothing was sent to it, not even a password."
	case errors.Is(err, destination.ErrNeverMet):
		x.Sentence = "This computer does not know the server yet, and nobody was asked whether it is the right one. Nothing was sent to it, not even a password."
	case errors.Is(err, destination.ErrCertificate):
		x.Sentence = "The server's certificate is not trusted, so it may be another server. Nothing was sent to it."
	case errors.Is(err, errMixed):
		x.Sentence = "Another backup keeps versions at the same destination that cannot be told from these. Nothing was removed. Give one of them a destination of its own."
	case errors.Is(err, errNotTheirs):
		x.Sentence = "The destination holds no versions of these folders. Nothing was removed."
	case errors.Is(err, ErrOthers):
		x.Sentence = "Other versions would go by now than those that were shown. Nothing was removed. Look at the list again."
	case errors.Is(err, ErrRuns):
		x.Sentence = "This backup is running already."
	case errors.Is(err, ErrNotForgotten):
		x.Sentence = "The backup was removed from Varve, but the keyring did not let go of its logins. You can delete them with the system's own program for passwords."
	case errors.Is(err, ErrNotKept):
		x.Sentence = "The keyring did not take the passphrase or the password. Nothing was set up yet: go back, and choose not to keep it there."
	}
	return x
}
