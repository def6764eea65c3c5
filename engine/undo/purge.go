package undo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

// A file system is short of room when less than a tenth of it is free, and less
// than plenty, in bytes. What was restored less than a day ago is kept even then.
const (
	plenty   = 20 << 30
	youngest = 24 * time.Hour
)

// Purge forgets restores that are too old to be undone, and the oldest ones
// where room is short. It tells how many.
func Purge(ctx context.Context, dir string, now time.Time) (gone int, err error) {
	return purge(ctx, dir, now, isShort)
}

func purge(ctx context.Context, dir string, now time.Time, short func(path string) bool) (gone int, err error) {
	ids, err := idsIn(dir)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, id := range ids { // oldest first, as they are named by their time
		if err := ctx.Err(); err != nil {
			return gone, err
		}
		k, err := look(dir, id)
		old := err == nil && (!now.Before(k.Until) || now.Sub(k.Until.Add(-KeptFor)) >= youngest && k.Room > 0 && short(k.Root))
		switch {
		case err != nil && !isOld(filepath.Join(dir, id), now), err == nil && !old:
			continue
		}
		switch err := Drop(dir, id); {
		case err == nil:
			gone++
		case !errors.Is(err, ErrBusy):
			errs = append(errs, err)
		}
	}
	return gone, errors.Join(errs...)
}

// isOld tells that a folder that holds no journal can go.
func isOld(path string, now time.Time) bool {
	info, err := os.Stat(path)
	return err == nil && now.Sub(info.ModTime()) >= KeptFor
}

// isShort tells that the file system of a folder is short of room.
func isShort(path string) bool {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return false
	}
	return st.Bavail < st.Blocks/10 && st.Bavail*uint64(st.Bsize) < plenty //nolint:unconvert // their types differ between systems
}

// Drop forgets a restore, with what is kept of it.
func Drop(dir, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	path := filepath.Join(dir, id)
	j, err := openJournal(path, false)
	if errors.Is(err, ErrNone) {
		return os.RemoveAll(path)
	}
	if err != nil {
		return err
	}
	defer func() { _ = j.close() }() // it is only read
	h, err := j.read()
	if err != nil || h == nil {
		return os.RemoveAll(path) // nobody knows what it was of
	}
	return remove(path, ours(h.stores, path, id))
}

// ours leaves out what is no folder of a restore: a journal that somebody
// altered shall not lead elsewhere.
func ours(stores []string, dir, id string) (kept []string) {
	for _, path := range stores {
		if path == filepath.Join(dir, keptName) || filepath.Base(path) == hiddenPrefix+id {
			kept = append(kept, path)
		}
	}
	return kept
}

// dropOldest forgets the oldest restore that keeps something on the file system
// of a folder, except one.
func dropOldest(dir, except string, root int) bool {
	mount, err := fsat.MountOf(root)
	if err != nil {
		return false
	}
	ids, err := idsIn(dir)
	if err != nil {
		return false
	}
	for _, id := range ids {
		if strings.EqualFold(id, except) {
			continue
		}
		if k, err := look(dir, id); err != nil || k.Busy || k.Room == 0 || !isOn(k.Root, mount) {
			continue
		}
		if Drop(dir, id) == nil {
			return true
		}
	}
	return false
}

// isOn tells that a folder lies on a file system.
func isOn(path string, m fsat.Mount) bool {
	fd, err := fsat.Open(unix.AT_FDCWD, path, fsat.FolderFlags, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	is, err := fsat.MountOf(fd)
	return err == nil && is == m
}
