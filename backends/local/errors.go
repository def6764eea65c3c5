package local

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends"
)

// meaning is what an error of the system is for every store.
type meaning struct{ system, ours error }

// meanings lists what is known; the first that fits counts.
func meanings() []meaning {
	return []meaning{
		{unix.ENOSPC, backends.ErrFull},
		{unix.EDQUOT, backends.ErrFull},
		// A file too large for the file system, as 4 GiB are for FAT.
		{unix.EFBIG, backends.ErrFull},
		{unix.EROFS, backends.ErrPermission},
		{fs.ErrPermission, backends.ErrPermission},
		{unix.ENODEV, backends.ErrOffline},
		{unix.ENXIO, backends.ErrOffline},
		{unix.ENOTCONN, backends.ErrOffline},
		{unix.ESTALE, backends.ErrOffline},
		{unix.EHOSTDOWN, backends.ErrOffline},
		{unix.EHOSTUNREACH, backends.ErrOffline},
		{fs.ErrNotExist, backends.ErrNotExist},
		{unix.ENOTDIR, backends.ErrNotExist},
		// EINVAL and EILSEQ are what FAT and NTFS say to characters they lack.
		{unix.ENAMETOOLONG, backends.ErrInvalidName},
		{unix.EINVAL, backends.ErrInvalidName},
		{unix.EILSEQ, backends.ErrInvalidName},
		{unix.EISDIR, backends.ErrInvalidName},
		{unix.EEXIST, backends.ErrInvalidName},
		{unix.ELOOP, backends.ErrInvalidName},
	}
}

// translate turns the system's errors into those of all stores. What came from
// a Source is not about the destination and stays as it is.
func translate(err error) error {
	if _, ours := errors.AsType[*sourceError](err); ours {
		return err
	}
	for _, m := range meanings() {
		if errors.Is(err, m.ours) {
			return err
		}
		if errors.Is(err, m.system) {
			return fmt.Errorf("%w: %w", m.ours, err)
		}
	}
	return err
}

// sourceError is an error of what was to be stored.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return "reading what is to be stored: " + e.err.Error() }

func (e *sourceError) Unwrap() error { return e.err }
