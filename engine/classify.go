package engine

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"syscall"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/catalog"
	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/duplicity/openpgp"
	"github.com/varve-backup/varve/engine/mirror"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/source"
	"github.com/varve-backup/varve/engine/undo"
)

// kinds says which sentinel means which kind, the most telling first: an
// error may wrap several.
var kinds = []struct {
	err  error
	kind ErrorKind
}{
	{context.Canceled, Cancelled},
	{errNoPassphrase, NoPassphrase},
	{openpgp.ErrWrongPassphrase, WrongPassphrase},
	{openpgp.ErrNoSecretKey, NoKey},
	{openpgp.ErrNoPublicKey, NoKey},
	{openpgp.ErrNoGnuPG, NoKey},
	{openpgp.ErrSigner, WrongSigner},
	{restic.ErrPassphrase, WrongPassphrase},
	{restic.ErrLocked, Locked},
	{restic.ErrLockLost, Locked},
	{restic.ErrNoRepository, NoArchive},
	{restic.ErrVersion, Invalid},
	{restic.ErrExists, Invalid},
	{restic.ErrOwnKey, Invalid},
	{restic.ErrManyKeys, Invalid},
	{restic.ErrDamaged, Damaged},
	{restic.ErrNotFound, NotFound},
	{duplicity.ErrLocked, Locked},
	{duplicity.ErrNoArchive, NoArchive},
	{duplicity.ErrManifestMismatch, ManifestMismatch},
	{duplicity.ErrManifest, BadManifest},
	{duplicity.ErrDamaged, Damaged},
	{duplicity.ErrNoSignatures, NoSignatures},
	{duplicity.ErrHostMismatch, HostMismatch},
	{duplicity.ErrSourceMismatch, SourceMismatch},
	{duplicity.ErrNotFound, NotFound},
	{duplicity.ErrEarlier, Invalid},
	{duplicity.ErrPinned, Invalid},
	{restic.ErrAppendOnly, NoPermission},
	{retention.ErrLongReason, Invalid},
	{retention.ErrReason, Invalid},
	{selection.ErrOutside, Invalid},
	{source.ErrMissing, SourceMissing},
	{source.ErrNotMounted, SourceNotMounted},
	{restore.ErrTargetExists, TargetExists},
	{undo.ErrNone, NotFound},
	{undo.ErrBusy, Locked},
	{undo.ErrNoRoot, NotFound},
	{backends.ErrFull, NoSpace},
	{syscall.ENOSPC, NoSpace},
	{syscall.EDQUOT, NoSpace},
	{syscall.EFBIG, NoSpace}, // of this computer's own files; stores tell it as ErrTooLarge or ErrFull
	{backends.ErrAuth, LoginRefused},
	{backends.ErrHostKey, NotTheServer},
	{backends.ErrCertificate, NotTheServer},
	{backends.ErrCorrupt, Unreliable},
	{backends.ErrTooLarge, TooLarge},
	{backends.ErrCold, InArchive},
	{backends.ErrInvalidName, Invalid},
	{backends.ErrConfig, NoSuchDestination},
	{backends.ErrUnsupported, NoSuchDestination},
	{backends.ErrServiceGone, NoSuchDestination},
	{backends.ErrPermission, NoPermission},
	{backends.ErrOffline, Offline},
	{backends.ErrTemporary, Offline},
	{backends.ErrNotExist, Offline},
	{syscall.EROFS, NoPermission},
	{fs.ErrPermission, NoPermission},
	{exec.ErrNotFound, NoKey},
	{errNoVersion, NotFound},
	{catalog.ErrNotFound, NotFound},
	{mirror.ErrEmptySource, Invalid},
	{mirror.ErrTooMany, Invalid},
	{mirror.ErrTwice, Invalid},
	{ErrCopyOfNothing, Invalid},
	{ErrNoCopy, Invalid},
	{errInvalid, Invalid},
}

// classify makes the one error that callers see of what ended a call.
func classify(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if _, done := errors.AsType[*Error](err); done {
		return err
	}
	if ctx.Err() != nil {
		return &Error{Op: op, Kind: Cancelled, Err: context.Cause(ctx)}
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return &Error{Op: op, Kind: k.kind, Err: err}
		}
	}
	return &Error{Op: op, Kind: Other, Err: err}
}
