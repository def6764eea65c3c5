package undo

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// undo undoes a change. done is false when there is nothing to do.
func (u *undoing) undo(c *change) (done bool, err error) {
	switch c.op {
	case opPut, opRemove:
		return u.undoPut(c)
	case opMake:
		return u.undoMake(c)
	case opAlter:
		return u.undoAlter(c)
	default:
		return u.undoEnter(c)
	}
}

// undoPut gives a name back to what had it.
func (u *undoing) undoPut(c *change) (done bool, err error) {
	shelf, kept := u.shelves.find(c.n)
	went := u.goes[c.path] // what follows is tried again in a folder that was locked
	err = u.writing(c.path, func(dir int, name string) error {
		now, err := stateAt(dir, name, u.stable)
		if err != nil {
			return err
		}
		if went {
			now = nil
		}
		done, err = u.decide(c, now, kept != "")
		u.goes[c.path] = c.was == nil && (done || now == nil)
		if err != nil || !done || u.o.DryRun {
			return err
		}
		return u.swap(c, dir, name, now, shelf, kept)
	})
	if errors.Is(err, ErrNoFolder) && c.was == nil {
		return false, nil // and with it what was created in it
	}
	return done, err
}

// decide tells whether there is something to undo at a name, or why it stays.
func (u *undoing) decide(c *change, now *state, kept bool) (do bool, err error) {
	switch {
	case now == nil:
		if c.was != nil && !kept {
			return false, ErrNotKept
		}
		return c.was != nil, nil
	case c.left != nil && now.isSame(c.left):
		if c.was != nil && !kept {
			if now.isSame(c.was) {
				return false, nil // where inodes have no numbers, this is how it was
			}
			return false, ErrNotKept
		}
		return true, nil
	case c.was == nil:
		return false, ErrChanged
	case c.was.Inode != 0 && now.Inode == c.was.Inode:
		return kept && now.isFolder(), nil // it is in its place, if all of it is
	case !kept && now.isSame(&state{Mode: c.was.Mode, UID: c.was.UID, GID: c.was.GID, Size: c.was.Size, Modified: c.was.Modified}):
		return false, nil // a copy is
	}
	return false, ErrChanged
}

// swap does it.
func (u *undoing) swap(c *change, dir int, name string, now *state, s *shelf, kept string) error {
	half := now != nil && c.was != nil && c.was.isFolder() && now.isFolder()
	if now != nil && (c.was == nil || c.was.isFolder()) && !half {
		if err := unlink(dir, name); err != nil {
			return err
		}
	}
	if c.was == nil {
		return nil
	}
	if strings.HasSuffix(kept, copySuffix) {
		return u.bringCopy(c, dir, name, s, kept)
	}
	if c.was.isFolder() {
		return move(s.fd, kept, dir, name)
	}
	err := unix.Renameat(s.fd, kept, dir, name)
	if errors.Is(err, unix.EPERM) && unlink(dir, name) == nil {
		err = unix.Renameat(s.fd, kept, dir, name) // it was locked by a flag
	}
	return err
}

// unlink removes an item, also one that is locked by a flag.
func unlink(dir int, name string) error {
	err := unix.Unlinkat(dir, name, 0)
	if !errors.Is(err, unix.EPERM) {
		return err
	}
	if flags := flagsAt(dir, name); flags&repository.LockingFlags == 0 || setFlagsAt(dir, name, flags&^repository.LockingFlags) != nil {
		return err
	}
	return unix.Unlinkat(dir, name, 0)
}

// bringCopy copies what is kept on another file system.
func (u *undoing) bringCopy(c *change, dir int, name string, s *shelf, kept string) error {
	temp := hiddenPrefix + u.o.ID + "-" + nameOf(c.n)
	if err := fsat.RemoveTree(dir, temp); err != nil {
		return err
	}
	err := carry(s.fd, kept, dir, temp)
	if err == nil {
		err = unix.Renameat(dir, temp, dir, name)
	}
	if err != nil {
		return errors.Join(err, fsat.RemoveTree(dir, temp))
	}
	_ = removeTree(filepath.Join(s.path, kept)) // if it stays, it goes with the others
	return nil
}

// undoMake removes a folder that was made, if nothing else is in it.
func (u *undoing) undoMake(c *change) (done bool, err error) {
	u.sweep(c.path)
	err = u.writing(c.path, func(dir int, name string) error {
		now, err := stateAt(dir, name, false)
		if err != nil || now == nil || !now.isFolder() {
			return err // what stands there is of another change, or a person's
		}
		done = true
		if u.o.DryRun {
			return u.wouldEmpty(c.path)
		}
		err = unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
		if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) {
			return ErrNotEmpty
		}
		return err
	})
	if errors.Is(err, ErrNoFolder) {
		return false, nil
	}
	return done && err == nil, err
}

// wouldEmpty tells whether a folder would be empty, in a dry run.
func (u *undoing) wouldEmpty(path string) error {
	dir, err := fsat.OpenPath(u.root, path, fsat.FolderFlags|unix.O_NOFOLLOW)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	for _, name := range namesIn(dir) {
		if !u.goes[path+"/"+name] && !u.isScratch(name) {
			return ErrNotEmpty
		}
	}
	u.goes[path] = true
	return nil
}

// undoAlter gives an item that stayed its attributes back.
func (u *undoing) undoAlter(c *change) (done bool, err error) {
	err = u.in(c.path, func(dir int, name string) error {
		now, err := wholeStateAt(dir, name, u.stable)
		switch {
		case err != nil:
			return err
		case now == nil || !now.isItem(c.was) || now.Size != c.was.Size:
			return ErrChanged
		case now.isAlike(c.was):
			return nil
		case c.left != nil && !now.isAlike(c.left) && !u.isHalfway(now, c):
			return ErrChanged
		}
		done = true
		if u.o.DryRun {
			return nil
		}
		return errors.Join(c.was.apply(dir, name), c.was.applyTimes(dir, name))
	})
	return done, err
}

// isHalfway tells that an undoing that was broken off may have left an item like
// this.
func (u *undoing) isHalfway(now *state, c *change) bool {
	return u.h.undoing && now.isBetween(c.left, c.was)
}

// undoEnter gives a folder its attributes back; its times come last of all.
func (u *undoing) undoEnter(c *change) (done bool, err error) {
	u.sweep(c.path)
	err = u.in(c.path, func(dir int, name string) error {
		now, err := wholeStateAt(dir, name, u.stable)
		switch {
		case err != nil:
			return err
		case now == nil || !now.isItem(c.was):
			return ErrChanged
		}
		if !u.o.DryRun && !u.h.keepTimes[c.path] {
			u.times = append(u.times, c)
		}
		if now.isAlike(c.was) || c.left != nil && c.left.isAlike(c.was) {
			return nil // it is as it was, or as a person made it
		}
		if c.left != nil && !now.isOpened(c.left) && !now.isOpened(c.was) && !u.isHalfway(now, c) {
			return ErrChanged
		}
		done = true
		if u.o.DryRun {
			return nil
		}
		return c.was.apply(dir, name)
	})
	return done, err
}

// sweep removes what a restore that was cut short left unfinished in a folder.
func (u *undoing) sweep(path string) {
	if u.o.DryRun || !u.h.ended.IsZero() {
		return
	}
	if path == "" {
		path = "."
	}
	dir, err := fsat.OpenPath(u.root, path, fsat.FolderFlags|unix.O_NOFOLLOW)
	if err != nil {
		return
	}
	defer unix.Close(dir)
	for _, name := range namesIn(dir) {
		if u.isScratch(name) {
			_ = unlink(dir, name) // its name tells what it is
		}
	}
}

// isScratch tells the names of unfinished items.
func (u *undoing) isScratch(name string) bool {
	for _, prefix := range u.h.scratch {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	rest, found := strings.CutPrefix(name, u.h.parts)
	digits, suffix, _ := strings.Cut(rest, ".")
	return found && u.h.parts != "" && len(digits) == 32 && strings.Trim(digits, "0123456789abcdef") == "" && (suffix == "part" || suffix == "old")
}

// namesIn are the names in an open folder.
func namesIn(dir int) []string {
	fd, err := fsat.Open(dir, ".", fsat.FolderFlags, 0)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), ".")
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return names
}
