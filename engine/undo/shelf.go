package undo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

// shelf is a folder where things are kept.
type shelf struct {
	path  string
	fd    int
	mount fsat.Mount
}

// nameOf is under which name a change keeps something.
func nameOf(n int64) string { return strconv.FormatInt(n, 10) }

// holds tells under which name a shelf keeps something, "" for nothing.
func (s *shelf) holds(n int64) string {
	for _, name := range []string{nameOf(n), nameOf(n) + copySuffix} {
		var st unix.Stat_t
		if unix.Fstatat(s.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
			return name
		}
	}
	return ""
}

// shelves are those of one restore, the one in the data folder first.
type shelves struct {
	mu  sync.Mutex
	all []*shelf
}

// add opens a folder that is there.
func (s *shelves) add(path string) error {
	fd, err := fsat.Open(unix.AT_FDCWD, path, fsat.FolderFlags|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	var st unix.Stat_t
	mount, err := fsat.MountOf(fd)
	if err == nil {
		err = unix.Fstat(fd, &st)
	}
	if err == nil && int(st.Uid) != os.Geteuid() {
		err = unix.EPERM // somebody else made it
	}
	if err != nil {
		unix.Close(fd)
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, &shelf{path, fd, mount})
	return nil
}

const tagName = "CACHEDIR.TAG"

// tag tells programs that make backups, as far as they look for it, that a
// folder holds nothing of its own: https://bford.info/cachedir/
func tag(path string) {
	const text = "Signature: 8a477f597d28d172789f06886806bc55\n# What a restore with Varve replaced is kept here, so that it can be undone.\n"
	_ = os.WriteFile(filepath.Join(path, tagName), []byte(text), 0o600) // without it, it is only stored in vain
}

// on are those of a file system.
func (s *shelves) on(m fsat.Mount) (found []*shelf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.all {
		if one.mount == m {
			found = append(found, one)
		}
	}
	return found
}

// at returns the one at a path, nil for none.
func (s *shelves) at(path string) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.all {
		if one.path == path {
			return one
		}
	}
	return nil
}

// find looks for what a change kept.
func (s *shelves) find(n int64) (*shelf, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.all {
		if name := one.holds(n); name != "" {
			return one, name
		}
	}
	return nil, ""
}

func (s *shelves) paths() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.all {
		all = append(all, one.path)
	}
	return all
}

func (s *shelves) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.all {
		unix.Close(one.fd)
	}
	s.all = nil
}

// room is how much is kept in some folders, in bytes on the disk. What has its
// name elsewhere too takes none.
func room(paths []string) (bytes int64) {
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(path string, _ fs.DirEntry, err error) error {
			var st unix.Stat_t
			if err == nil && unix.Lstat(path, &st) == nil && st.Nlink == 1 && st.Mode&unix.S_IFMT != unix.S_IFDIR && filepath.Base(path) != tagName {
				bytes += st.Blocks * 512
			}
			return nil // what cannot be looked at counts nothing
		})
	}
	return bytes
}

// remove forgets a restore: what is kept first, so that the journal leads to
// what is left.
func remove(dir string, kept []string) error {
	var err error
	for _, path := range kept {
		if filepath.Dir(path) != dir {
			err = errors.Join(err, removeTree(path))
		}
	}
	if err != nil {
		return err
	}
	return removeTree(dir)
}

// removeTree removes a folder with everything in it, also in folders that are
// closed for writing.
func removeTree(path string) error {
	_ = filepath.WalkDir(path, func(path string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o700) // the removal tells what it could not do
		}
		return nil
	})
	return os.RemoveAll(path)
}
