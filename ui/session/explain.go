package session

import (
	"cmp"
	"errors"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/retell"
)

// Explanation is what a person is told of an error, in the person's language:
// what happened and what is safe, and the technical text for whoever wants it.
type Explanation struct {
	Sentence  string
	Technical string
	// Kind is what the page offers a way out of.
	Kind engine.ErrorKind
}

// sentences hold one for every kind.
var sentences = map[engine.ErrorKind]string{
	engine.Cancelled:         lang.Mark("Stopped. What was stored is kept, and the next run goes on from there."),
	engine.WrongPassphrase:   lang.Mark("This passphrase does not open the backup. Nothing was changed."),
	engine.NoPassphrase:      lang.Mark("The passphrase is needed. Nothing was changed."),
	engine.NoKey:             lang.Mark("The key for this backup is not on this computer. Nothing was changed."),
	engine.WrongSigner:       lang.Mark("The backup is not signed by the expected key. Do not trust it before you know why."),
	engine.NoSpace:           lang.Mark("Stopped: the place is full. Nothing already saved is affected. Make room, and start it again: it goes on where it stopped."),
	engine.NoPermission:      lang.Mark("The destination does not allow writing. Nothing already saved is affected."),
	engine.Offline:           lang.Mark("The destination is not there. Connect the drive or check the network, and try again."),
	engine.NoArchive:         lang.Mark("There is no backup in this folder."),
	engine.Damaged:           lang.Mark("Part of what is stored is damaged. Nothing damaged was passed off as good; an older version may be whole."),
	engine.Locked:            lang.Mark("Another program is using this backup. Try again when it is done."),
	engine.SourceMissing:     lang.Mark("A folder to back up is not there. Nothing was changed, and earlier versions are as they were."),
	engine.SourceNotMounted:  lang.Mark("The drive with the folder is not plugged in. Nothing was changed."),
	engine.SourceMismatch:    lang.Mark("The destination holds the backup of another folder. Choose another destination."),
	engine.HostMismatch:      lang.Mark("The destination holds the backup of another computer. Choose another destination."),
	engine.NoSignatures:      lang.Mark("There is nothing to build on."),
	engine.NotFound:          lang.Mark("This version does not hold it."),
	engine.TargetExists:      lang.Mark("The folder is not empty. Nothing in it was touched."),
	engine.Invalid:           lang.Mark("This does not fit together, so nothing was changed. Change what was chosen, and try again."),
	engine.BadManifest:       lang.Mark("The table of contents of this version cannot be read. Other versions may be whole."),
	engine.ManifestMismatch:  lang.Mark("Somebody else has written to the destination since the last backup."),
	engine.LoginRefused:      lang.Mark("The destination did not accept the login. Nothing already saved is affected. Check user and password."),
	engine.NotTheServer:      lang.Mark("The server could not prove that it is the right one. Nothing was sent to it."),
	engine.Unreliable:        lang.Mark("The destination does not hold what it said it had stored. Earlier versions are as they were."),
	engine.TooLarge:          lang.Mark("The destination does not take files of that size. Nothing already saved is affected."),
	engine.InArchive:         lang.Mark("What is needed lies in the destination's archive and must be fetched from there first, which takes hours."),
	engine.NoSuchDestination: lang.Mark("The address, or something that was set for it, is not right. Nothing was sent."),
	engine.Other:             lang.Mark("Something unexpected happened. Earlier versions are as they were."),
}

// Explain words an error.
func Explain(err error) Explanation {
	return Explanation{retell.Text(sentenceOf(err)), err.Error(), kindOf(err)}
}

func kindOf(err error) engine.ErrorKind {
	if e, ok := errors.AsType[*engine.Error](err); ok {
		return e.Kind
	}
	return engine.Other
}

// sentenceOf is what is told of an error in English, as the history keeps it.
func sentenceOf(err error) string {
	kind := kindOf(err)
	if told := cmp.Or(copySentence(err), moveSentence(err)); told != "" {
		return told
	}
	switch {
	case errors.Is(err, errLost):
		return lang.Mark("Some versions of some files cannot be brought back whole: what is stored for them is damaged. The files on this computer are as they were. Check the drive or the server, and keep a second backup at another place.")
	case errors.Is(err, errMendable):
		return lang.Mark("Every version can still be brought back, but something that is stored is damaged. Check the drive or the server, and keep a second backup at another place before more is damaged.")
	case errors.Is(err, errGivenUp):
		return lang.Mark("What could be had again is back. The rest is lost, and was taken out of the versions that held it. All that is stored is whole now.")
	case errors.Is(err, errUnmended):
		return lang.Mark("Not everything could be mended, and what is left is named. Your folders were read again, and the newest version holds them whole.")
	case errors.Is(err, engine.ErrMendCopy):
		return lang.Mark("A second place of this backup is not at hand, and may hold what is damaged here. Nothing was given up. Connect it and repair again, or remove it from the backup if it is gone for good.")
	case errors.Is(err, errDrill):
		return lang.Mark("A restore was tried out, and not everything came back. The files on this computer are as they were. Check the drive or the server, and keep a second backup at another place.")
	case errors.Is(err, errDiffers):
		return lang.Mark("A restore was tried out, and everything came back. But some files in their folders have other content than was stored, with the same size and time: backups do not notice such a change.")
	case errors.Is(err, errEmptied):
		return lang.Mark("The versions stored so far are not there. Connect the drive, and try again. Nothing was changed.")
	case errors.Is(err, errUnasked) && kind == engine.LoginRefused:
		return lang.Mark("The destination wants a password that is not at hand. Nothing already saved is affected.")
	case errors.Is(err, errNotTyped):
		return lang.Mark("The destination wants a password. Nothing was stored there.")
	case errors.Is(err, ErrNotTrusted):
		return lang.Mark("You did not confirm that this is the right server. Nothing was sent to it, not even a password.")
	case errors.Is(err, destination.ErrNeverMet):
		return lang.Mark("This computer does not know the server yet, and nobody was asked whether it is the right one. Nothing was sent to it, not even a password.")
	case errors.Is(err, destination.ErrCertificate):
		return lang.Mark("The server's certificate is not trusted, so it may be another server. Nothing was sent to it.")
	case errors.Is(err, errMixed):
		return lang.Mark("Another backup keeps versions at the same destination that cannot be told from these. Nothing was removed. Give one of them a destination of its own.")
	case errors.Is(err, errNotTheirs):
		return lang.Mark("The destination holds no versions of these folders. Nothing was removed.")
	case errors.Is(err, ErrOthers):
		return lang.Mark("Other versions would go by now than those that were shown. Nothing was removed. Look at the list again.")
	case errors.Is(err, errNoFolders):
		return lang.Mark("No folder is chosen. Choose at least one.")
	case errors.Is(err, errRule):
		return lang.Mark("One of the rules cannot be used. Mend the one that is marked.")
	case errors.Is(err, ErrRuns):
		return lang.Mark("This backup is running already.")
	case errors.Is(err, ErrOldLogin):
		return lang.Mark("The backup goes on at the new place, but the keyring did not let go of the login of the old one. You can delete it with the system's own program for passwords.")
	case errors.Is(err, ErrNotForgotten):
		return lang.Mark("The backup was removed from Varve, but the keyring did not let go of its logins. You can delete them with the system's own program for passwords.")
	case errors.Is(err, ErrOldOpens):
		return lang.Mark("The new passphrase opens the backup, and Varve uses it from now on. But the old one could not be shut out, and still opens it. Change the passphrase once more when the place can be reached.")
	case errors.Is(err, ErrNotKept):
		return lang.Mark("The keyring did not take the passphrase or the password. Nothing was set up yet: go back, and choose not to keep it there.")
	}
	return sentences[kind]
}

// moveSentence says why a backup does not go on at another place, "" for another
// error.
func moveSentence(err error) string {
	switch {
	case errors.Is(err, ErrNothingThere):
		return lang.Mark("The versions that this backup stored are not there. Nothing was changed. Bring them there first, or choose the place where they are.")
	case errors.Is(err, ErrAnotherThere):
		return lang.Mark("Another backup is kept there, or this one with another passphrase. Nothing was changed.")
	case errors.Is(err, ErrOlderThere):
		return lang.Mark("This backup is there, but without its newest version. Nothing was changed. Bring the newer versions there first.")
	case errors.Is(err, errCopyNewer):
		return lang.Mark("A second place of this backup holds newer versions than that place, and would lose them. Nothing was changed. Choose the second place instead, or end the copy first.")
	case errors.Is(err, errCopiedOver):
		return lang.Mark("Something is copied to that place, and would remove what this backup stores. Nothing was changed. Choose another place, or end that copy first.")
	}
	return ""
}
