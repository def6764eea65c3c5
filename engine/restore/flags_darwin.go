package restore

import (
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// setFlags is a call of Linux.
func setFlags(int, repository.Flags, repository.Flags) error { return unix.ENOTSUP }
