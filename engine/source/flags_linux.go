package source

import (
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// flagsOf asks about an open file or folder.
func flagsOf(fd int) repository.Flags {
	flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	if err != nil {
		return 0
	}
	return repository.Flags(flags) & repository.KeptFlags
}
