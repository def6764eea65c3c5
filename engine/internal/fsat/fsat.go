// Package fsat calls the system about names in folders that are held open, so
// that no link on the way leads elsewhere. Nothing of it follows a link in the
// last name either.
package fsat

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// FolderFlags open a folder.
const FolderFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC

// Open is openat, repeated when a signal cut it short.
func Open(dir int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags, mode)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// OpenPath opens a path of several names below a folder. No link is followed.
func OpenPath(dir int, path string, flags int) (int, error) {
	if fd, err, ok := openBeneath(dir, path, flags); ok {
		return fd, err
	}
	return openByFolders(dir, path, flags)
}

// openByFolders opens one folder after the other.
func openByFolders(dir int, path string, flags int) (int, error) {
	at := dir
	for {
		name, rest, more := strings.Cut(path, "/")
		use := flags
		if more {
			use = FolderFlags | unix.O_NOFOLLOW
		}
		next, err := Open(at, name, use, 0)
		if at != dir {
			unix.Close(at)
		}
		if err != nil || !more {
			return next, err
		}
		at, path = next, rest
	}
}

// renameIfFree is for file systems that cannot rename and refuse in one step.
func renameIfFree(from int, old string, to int, name string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(to, name, &st, unix.AT_SYMLINK_NOFOLLOW); err == nil {
		return unix.EEXIST
	}
	return unix.Renameat(from, old, to, name)
}

// RemoveTree removes an item and, if it is a folder, everything in it. That
// there is nothing is no error.
func RemoveTree(dir int, name string) error {
	err := unix.Unlinkat(dir, name, 0)
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	fd, oerr := Open(dir, name, FolderFlags|unix.O_NOFOLLOW, 0)
	if oerr != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, child := range names {
		if err := RemoveTree(fd, child); err != nil {
			return err
		}
	}
	return unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
}

// Attributes are the names of the extended attributes of an open item.
func Attributes(fd int) []string {
	size, err := unix.Flistxattr(fd, nil)
	if err != nil || size <= 0 {
		return nil
	}
	list := make([]byte, size)
	if size, err = unix.Flistxattr(fd, list); err != nil {
		return nil
	}
	return namesIn(list[:size])
}

// namesIn splits a list of names that end with a zero each.
func namesIn(list []byte) []string {
	return strings.FieldsFunc(string(list), func(r rune) bool { return r == 0 })
}

// readAll reads the attributes of a list of names.
func readAll(list []byte, get func(attribute string, value []byte) (int, error)) (all []repository.Xattr) {
	for _, name := range namesIn(list) {
		if IsLabel(name) {
			continue
		}
		value := make([]byte, 64<<10) // the most that Linux takes
		if n, err := get(name, value); err == nil {
			all = append(all, repository.Xattr{Name: name, Value: slices.Clone(value[:n])})
		}
	}
	slices.SortFunc(all, func(a, b repository.Xattr) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// IsLabel tells of an attribute that the system gives every file by itself.
func IsLabel(name string) bool {
	rest, ok := strings.CutPrefix(name, "security.")
	return ok && rest != "capability" || strings.HasPrefix(name, "com.apple.")
}
