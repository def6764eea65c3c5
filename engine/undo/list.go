package undo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

// List tells which restores can be undone, newest first. One whose journal
// cannot be read is left out.
func List(ctx context.Context, dir string) (all []Kept, err error) {
	ids, err := idsIn(dir)
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if k, err := look(dir, id); err == nil && k.Changes() > 0 {
			all = append(all, *k)
		}
	}
	slices.SortFunc(all, func(a, b Kept) int { return cmp.Or(b.Began.Compare(a.Began), cmp.Compare(b.ID, a.ID)) })
	return all, err
}

// idsIn are the names of all restores.
func idsIn(dir string) (ids []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if e.IsDir() {
			ids = append(ids, e.Name())
		}
	}
	return ids, err
}

// Find returns one restore. id may be the beginning of its name, if no other
// begins so; empty means the newest.
func Find(ctx context.Context, dir, id string) (*Kept, error) {
	all, err := List(ctx, dir)
	if err != nil {
		return nil, err
	}
	var found *Kept
	for i := range all {
		switch {
		case id == "" || all[i].ID == id:
			return &all[i], nil
		case len(all[i].ID) > len(id) && all[i].ID[:len(id)] == id:
			if found != nil {
				return nil, ErrNone
			}
			found = &all[i]
		}
	}
	if found == nil {
		return nil, ErrNone
	}
	return found, nil
}

// look tells what there is of a restore.
func look(dir, id string) (*Kept, error) {
	f, err := os.OpenFile(filepath.Join(dir, id, journalName), os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	busy := fsat.IsLocked(int(f.Fd()))
	k, err := lookShort(f)
	if err != nil {
		k, err = lookLong(f)
	}
	if err != nil {
		return nil, err
	}
	k.ID, k.Busy = id, busy
	return k, nil
}

// mostRead is what is read of the beginning and of the end of a journal.
const mostRead = 16 << 10

// lookShort is for a journal that ends as it should: its first and its last line
// tell enough.
func lookShort(f *os.File) (*Kept, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	begin, last := make([]byte, min(mostRead, info.Size())), make([]byte, min(mostRead, info.Size()))
	if _, err := f.ReadAt(begin, 0); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(last, info.Size()-int64(len(last))); err != nil {
		return nil, err
	}
	begin, _, _ = bytes.Cut(begin, []byte("\n"))
	last = bytes.TrimSuffix(last, []byte("\n"))
	first, err := parseLine(begin)
	if err != nil {
		return nil, err
	}
	end, err := parseLine(last[bytes.LastIndexByte(last, '\n')+1:])
	if err != nil {
		return nil, err
	}
	if first.Op != opBegin || end.Op != opEnd && end.Op != opUndone || end.Tally == nil {
		return nil, errDamaged
	}
	k := &Kept{Root: string(first.Path), Began: time.Unix(0, first.Time), Ended: time.Unix(0, end.Time), Tally: *end.Tally, Begun: end.Op == opUndone}
	k.Until = k.Ended.Add(KeptFor)
	return k, nil
}

// lookLong is for one of a restore that was cut short.
func lookLong(f *os.File) (*Kept, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	h, err := parse(io.NewSectionReader(f, 0, info.Size()))
	if err != nil {
		return nil, err
	}
	k := &Kept{Root: h.root, Began: h.began, Ended: h.ended, Tally: h.tally(), Begun: h.undoing || h.rest != nil}
	k.Until = info.ModTime().Add(KeptFor)
	k.Room = room(h.stores)
	return k, nil
}
