package duplicityargs

// The exit codes: duplicity's (formats/duplicity.md section 20), so that
// scripts go on working, and one of our own.
const (
	ExitOK               = 0
	ExitGeneric          = 1 // also: verify found differences
	ExitUsage            = 2
	ExitHostMismatch     = 3
	ExitInterrupted      = 4
	ExitManifestMismatch = 5
	ExitNoManifest       = 6
	ExitFilelist         = 7
	ExitURL              = 8
	ExitArchiveDir       = 9
	ExitTargetExists     = 11
	ExitSourceMissing    = 13
	ExitSelection        = 15
	ExitNoSignatures     = 17
	ExitNotFound         = 19
	ExitDamaged          = 21
	ExitSigner           = 22
	ExitUser             = 23 // also: another run uses the archive
	ExitUnexpected       = 30
	ExitGnuPG            = 31 // also: wrong passphrase
	ExitSourceMismatch   = 42
	ExitBackend          = 50
	ExitNoPermission     = 51
	ExitNoDestination    = 52
	ExitNoSpace          = 53
	// ExitWarnings: the run came to its end, and some items need attention.
	// duplicity ends with 0 then; we do not lose files in silence.
	ExitWarnings = 10
)

// The exit codes of sync: SyncTool's. Any other is the number of files that are
// not as they should be, and ExitSyncMost stands for more too.
const (
	ExitSyncFailed   = 1
	ExitSyncMost     = 254
	ExitSyncDeclined = 255
)
