package source

import (
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// Flags returns the file flags, zero where the file system has none.
func (f *File) Flags() repository.Flags { return flagsOf(f.fd) }

// Flags returns the flags of a file or folder that Walk described, for those
// who do not open it anyway. They are zero where there are none, and where
// they cannot be told.
func (t *Tree) Flags(e *repository.Entry) repository.Flags {
	switch e.Type {
	case repository.File:
		f, err := t.OpenFile(e)
		if err != nil {
			return 0
		}
		defer f.Close()
		return f.Flags()
	case repository.Dir:
		return t.folderFlags(e)
	}
	return 0 // asking a device asks its driver
}

func (t *Tree) folderFlags(e *repository.Entry) repository.Flags {
	path := e.Path
	if path == "" {
		path = "."
	}
	fd, err := t.openFolder(path)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || fileID(&st) != e.ID {
		return 0
	}
	return flagsOf(fd)
}

func (t *Tree) openFolder(path string) (int, error) {
	if t.options.FollowLinks || path == "." {
		return openat(t.fd(), path, dirFlags)
	}
	if fd, ok := openBeneath(t.fd(), path, dirFlags); ok {
		return fd, nil
	}
	return openByFolders(t.fd(), path, dirFlags|unix.O_NOFOLLOW)
}
