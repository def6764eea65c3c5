package cli

import (
	"errors"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
)

// explanations hold one sentence for every kind of ending: what is safe, and
// what to do now. What happened stands in front of it.
var explanations = map[engine.ErrorKind]struct {
	hint string
	code int
}{
	engine.Other:             {"Earlier versions are as they were.", duplicityargs.ExitUnexpected},
	engine.Cancelled:         {"What was stored is kept, and the next run goes on from there.", duplicityargs.ExitInterrupted},
	engine.WrongPassphrase:   {"Nothing was changed. Try again with the passphrase of this archive.", duplicityargs.ExitGnuPG},
	engine.NoPassphrase:      {"Set PASSPHRASE (NEW_PASSPHRASE for a new one), use --passphrase-file or --passphrase-command, or run varve in a terminal, where it can ask.", duplicityargs.ExitGnuPG},
	engine.NoKey:             {"Nothing was changed. Make the key known to gpg on this machine.", duplicityargs.ExitGnuPG},
	engine.WrongSigner:       {"Do not trust this archive before you know who wrote it.", duplicityargs.ExitSigner},
	engine.NoSpace:           {"Earlier versions are as they were. Make room and run it again: it goes on where it stopped.", duplicityargs.ExitNoSpace},
	engine.NoPermission:      {"Earlier versions are as they were. Allow writing there, or choose another place.", duplicityargs.ExitNoPermission},
	engine.Offline:           {"Earlier versions are as they were. Connect the drive or mend the path, and run it again.", duplicityargs.ExitNoDestination},
	engine.NoArchive:         {"Check the URL and the file prefixes.", duplicityargs.ExitUnexpected},
	engine.Damaged:           {"Everything that could be proved was handled; nothing damaged was passed off as good. Try an older version with --time.", duplicityargs.ExitDamaged},
	engine.Locked:            {"Wait until the other run has ended. varve unlock removes the locks of runs that are dead.", duplicityargs.ExitUser},
	engine.SourceMissing:     {"Nothing was backed up, and earlier versions are as they were.", duplicityargs.ExitSourceMissing},
	engine.SourceNotMounted:  {"Nothing was backed up: plug the drive in and run it again.", duplicityargs.ExitSourceMissing},
	engine.SourceMismatch:    {"Use another destination, or --allow-source-mismatch if this is meant.", duplicityargs.ExitSourceMismatch},
	engine.HostMismatch:      {"Use another destination, or --allow-source-mismatch if this is meant.", duplicityargs.ExitHostMismatch},
	engine.NoSignatures:      {"Make a full version instead: varve full.", duplicityargs.ExitNoSignatures},
	engine.NotFound:          {"varve snapshots, varve ls and varve key list show what there is.", duplicityargs.ExitNotFound},
	engine.TargetExists:      {"Nothing was touched. Choose an empty folder, or --force to replace what is there.", duplicityargs.ExitTargetExists},
	engine.Invalid:           {"Nothing was done.", duplicityargs.ExitSelection},
	engine.BadManifest:       {"Other versions may be whole: try an older one with --time.", duplicityargs.ExitNoManifest},
	engine.LoginRefused:      {"Earlier versions are as they were. Check user, password, key or token, and run it again.", duplicityargs.ExitBackend},
	engine.NotTheServer:      {"Nothing was sent, not even a password. Find out why before you trust it.", duplicityargs.ExitBackend},
	engine.Unreliable:        {"Earlier versions are as they were; do not rely on this destination before you know why. varve verify and varve check prove what is there.", duplicityargs.ExitBackend},
	engine.TooLarge:          {"Earlier versions are as they were. Use a smaller --volsize.", duplicityargs.ExitBackend},
	engine.InArchive:         {"Run it again in some hours: what was asked for is readable then.", duplicityargs.ExitBackend},
	engine.NoSuchDestination: {"Nothing was sent. varve destinations lists what there is, and varve destinations KIND its options.", duplicityargs.ExitURL},
	engine.ManifestMismatch:  {"Somebody else may have written to the destination. Delete the archive directory to trust the destination.", duplicityargs.ExitManifestMismatch},
}

// explain words an error and chooses the exit code.
func explain(err error) (string, int) {
	kind := engine.Other
	if e, ok := errors.AsType[*engine.Error](err); ok {
		kind = e.Kind
	}
	x := explanations[kind]
	return oneLine(err.Error()) + ". " + x.hint, x.code
}

// oneLine joins the lines of several errors.
func oneLine(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == '\n' {
			b[i] = ';'
		}
	}
	return string(b)
}
