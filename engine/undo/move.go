package undo

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

// spareRoom is what a copy leaves free, in bytes.
const spareRoom = 64 << 20

// move brings an item from one folder to another, with everything in it. What is
// there of it already, because that was broken off, is gone on with. An error of
// EXDEV says that nothing was moved.
func move(from int, old string, to int, name string) error {
	err := fsat.RenameNew(from, old, to, name)
	if err == nil {
		return nil
	}
	was, serr := wholeStateAt(from, old, false)
	there, terr := stateAt(to, name, false)
	switch {
	case serr != nil || terr != nil || was == nil:
		return errors.Join(err, serr, terr)
	case !was.isFolder() || there != nil && !there.isFolder():
		return err
	case there == nil && !errors.Is(err, unix.EXDEV):
		return err
	}
	return moveFolder(from, old, to, name, was, there != nil)
}

// moveFolder moves what is in a folder, and then the folder.
func moveFolder(from int, old string, to int, name string, was *state, there bool) error {
	if !there {
		if err := unix.Mkdirat(to, name, 0o700); err != nil {
			return err
		}
	}
	err := within(from, old, to, name, func(source *os.File, target int) error {
		names, err := source.Readdirnames(-1)
		for _, child := range names {
			if err == nil {
				err = move(int(source.Fd()), child, target, child)
			}
		}
		return err
	})
	if errors.Is(err, unix.EXDEV) {
		return errors.New("another file system is mounted in it")
	}
	if err != nil {
		return err
	}
	if err := unix.Unlinkat(from, old, unix.AT_REMOVEDIR); err != nil {
		return err
	}
	return errors.Join(was.apply(to, name), was.applyTimes(to, name))
}

// within opens two folders.
func within(from int, old string, to int, name string, do func(source *os.File, target int) error) error {
	fd, err := fsat.Open(from, old, fsat.FolderFlags|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	source := os.NewFile(uintptr(fd), old)
	defer source.Close()
	target, err := fsat.Open(to, name, fsat.FolderFlags|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(target)
	return do(source, target)
}

// carry copies an item to another folder, with everything in it and about it.
func carry(from int, old string, to int, name string) error {
	is, err := wholeStateAt(from, old, false)
	if err != nil || is == nil {
		return errors.Join(unix.ENOENT, err)
	}
	switch is.kind() {
	case unix.S_IFDIR:
		err = carryFolder(from, old, to, name)
	case unix.S_IFREG:
		err = carryFile(from, old, to, name, is.Size)
	case unix.S_IFLNK:
		err = carryLink(from, old, to, name, is.Size)
	default:
		err = fmt.Errorf("a pipe, a socket or a device cannot be copied: %w", unix.ENOTSUP)
	}
	if err != nil {
		return err
	}
	return errors.Join(is.apply(to, name), is.applyTimes(to, name))
}

func carryFolder(from int, old string, to int, name string) error {
	if err := unix.Mkdirat(to, name, 0o700); err != nil {
		return err
	}
	return within(from, old, to, name, func(source *os.File, target int) error {
		names, err := source.Readdirnames(-1)
		for _, child := range names {
			if err == nil {
				err = carry(int(source.Fd()), child, target, child)
			}
		}
		return err
	})
}

func carryFile(from int, old string, to int, name string, size int64) error {
	var st unix.Statfs_t
	if err := unix.Fstatfs(to, &st); err != nil {
		return err
	}
	if free := int64(st.Bavail) * int64(st.Bsize); free < size+spareRoom { //nolint:unconvert // their types differ between systems
		return unix.ENOSPC
	}
	in, err := fsat.Open(from, old, openFlags, 0)
	if err != nil {
		return err
	}
	source := os.NewFile(uintptr(in), old)
	defer source.Close()
	out, err := fsat.Open(to, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	target := os.NewFile(uintptr(out), name)
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}

func carryLink(from int, old string, to int, name string, size int64) error {
	target := make([]byte, size+1)
	n, err := unix.Readlinkat(from, old, target)
	if err != nil {
		return err
	}
	return unix.Symlinkat(string(target[:n]), to, name)
}
