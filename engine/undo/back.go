package undo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// Undoing says what is undone.
type Undoing struct {
	// Dir and ID are those of the Recording.
	Dir, ID string
	// DryRun changes nothing, and tells what would be done.
	DryRun bool
	// Watch hears of every item, and of those that stay as they are, as
	// problems; the zero value means Ignore.
	Watch repository.Observer
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Result counts what was undone.
type Result struct {
	// Replaced items are back as they were, Created ones are gone, and Described
	// ones have their attributes again.
	Replaced, Created, Described int64
	// Stayed were left as they are, for the reasons that were told.
	Stayed int64
	// Lost could not be kept when they were replaced.
	Lost int64
}

// undoing is one that runs.
type undoing struct {
	o       Undoing
	h       *history
	journal *journal
	root    int
	stable  bool
	shelves shelves
	result  Result
	rest    []int64         // changes that stay
	times   []*change       // folders that get their times in the end
	goes    map[string]bool // what a dry run would remove
}

// Undo puts back what a restore replaced, and removes what it created. What was
// changed since stays as it is, and can be undone later. An error says that it
// was broken off: it can be gone on with.
func Undo(ctx context.Context, o Undoing) (Result, error) {
	if o.Watch.Problem == nil {
		o.Watch = repository.Ignore()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	u := &undoing{o: o, root: -1, goes: map[string]bool{}}
	defer u.close()
	err := u.open()
	if err == nil {
		err = u.run(ctx)
	}
	if err != nil {
		return u.result, fmt.Errorf("undoing the restore %s: %w", o.ID, err)
	}
	return u.result, nil
}

func (u *undoing) dir() string { return filepath.Join(u.o.Dir, u.o.ID) }

func (u *undoing) open() (err error) {
	if err := checkID(u.o.ID); err != nil {
		return err
	}
	if u.journal, err = openJournal(u.dir(), false); err != nil {
		return err
	}
	if u.h, err = u.journal.read(); err != nil {
		return err
	}
	if u.h == nil {
		return ErrNone
	}
	u.root, err = fsat.Open(unix.AT_FDCWD, u.h.root, fsat.FolderFlags, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return fmt.Errorf("%w: %s", ErrNoRoot, u.h.root)
	}
	if err != nil {
		return err
	}
	if err := unix.Flock(u.root, unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return fmt.Errorf("%w: something is restored to %s now", ErrBusy, u.h.root)
	}
	u.stable = fsat.KeepsNumbers(u.root)
	for _, path := range ours(u.h.stores, u.dir(), u.o.ID) {
		_ = u.shelves.add(path) // what is missing is told item by item
	}
	return nil
}

func (u *undoing) close() {
	u.shelves.close()
	if u.root >= 0 {
		unix.Close(u.root)
	}
	if u.journal != nil {
		_ = u.journal.close() // what counts is on the disk
	}
}

func (u *undoing) run(ctx context.Context) error {
	if err := u.begin(); err != nil {
		return err
	}
	// Backwards: what is in a folder before the folder, and of an item that was
	// changed twice the second change first.
	for _, c := range slices.Backward(u.h.changes) {
		if err := u.o.Watch.Wait(ctx); err != nil {
			return err
		}
		u.one(c)
	}
	if u.o.DryRun {
		return nil
	}
	return u.end()
}

// begin writes down which folders keep their times: once the first item is back
// that cannot be told any more.
func (u *undoing) begin() error {
	if u.o.DryRun || u.h.undoing {
		return nil
	}
	u.h.keepTimes = map[string]bool{}
	begin := &record{Op: opUndoing}
	last := map[string]*change{}
	for _, c := range u.h.changes {
		if c.op == opEnter {
			last[c.path] = c
		}
	}
	for path, c := range last {
		now := u.stateOf(path)
		if now != nil && c.left != nil && now.Modified != c.left.Modified && now.Modified != c.was.Modified {
			u.h.keepTimes[path] = true
			begin.Paths = append(begin.Paths, []byte(path))
		}
	}
	return u.journal.put(begin)
}

// stateOf looks at an item below the root, nil for none.
func (u *undoing) stateOf(path string) (s *state) {
	_ = u.in(path, func(dir int, name string) (err error) {
		s, err = stateAt(dir, name, u.stable)
		return err
	})
	return s
}

// in calls do with the folder that an item is in.
func (u *undoing) in(path string, do func(dir int, name string) error) error {
	above, name := folderOf(path), path[strings.LastIndexByte(path, '/')+1:]
	if above == "" {
		above = "."
	}
	if name == "" {
		name = "."
	}
	dir, err := fsat.OpenPath(u.root, above, fsat.FolderFlags|unix.O_NOFOLLOW)
	if err != nil {
		return ErrNoFolder
	}
	defer unix.Close(dir)
	return do(dir, name)
}

// writing is in, for a change to the folder, which is opened for writing
// meanwhile if its owner may not.
func (u *undoing) writing(path string, do func(dir int, name string) error) error {
	return u.in(path, func(dir int, name string) error {
		err := do(dir, name)
		if !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.EPERM) {
			return err
		}
		var st unix.Stat_t
		if unix.Fstat(dir, &st) != nil || u.widen(dir) != nil {
			return err
		}
		err = do(dir, name)
		return errors.Join(err, unix.Fchmod(dir, uint32(st.Mode)&0o7777))
	})
}

// widen lets a folder be written to.
func (u *undoing) widen(dir int) error {
	var st unix.Stat_t
	if err := unix.Fstat(dir, &st); err != nil {
		return err
	}
	if flags := fsat.Flags(dir); flags&repository.LockingFlags != 0 {
		if err := fsat.SetFlags(dir, 0, repository.LockingFlags); err != nil {
			return err
		}
	}
	return unix.Fchmod(dir, uint32(st.Mode)&0o7777|0o700)
}

// one undoes a change, and tells if it stays.
func (u *undoing) one(c *change) {
	wanted := u.h.remains(c)
	if !wanted && c.op != opEnter {
		return
	}
	if c.lost {
		u.result.Lost++
		return
	}
	u.o.Watch.Item(c.path)
	done, err := u.undo(c)
	switch {
	case !wanted:
	case err != nil:
		u.result.Stayed++
		u.rest = append(u.rest, c.n)
		u.o.Watch.Problem(c.path, repository.NotRestored, err)
	case done:
		u.count(c)
		u.o.Watch.Handled(1, 0)
	}
}

// count counts a change that was undone.
func (u *undoing) count(c *change) {
	var t Tally
	t.count(c)
	u.result.Replaced += t.Replaced
	u.result.Created += t.Created
	u.result.Described += t.Described
}

// end forgets what was undone, and keeps what stays for another time.
func (u *undoing) end() error {
	kept := ours(u.h.stores, u.dir(), u.o.ID)
	if len(u.rest) == 0 {
		for _, path := range kept {
			if err := u.removeShelf(path); err != nil {
				return err
			}
		}
	}
	for _, c := range u.times {
		err := u.in(c.path, c.was.applyTimes)
		if errors.Is(err, unix.ENOENT) || errors.Is(err, ErrNoFolder) {
			continue // another change made it
		}
		if err != nil {
			u.o.Watch.Problem(c.path, repository.Inexact, err)
		}
	}
	if err := unix.Fsync(u.root); err != nil {
		return err
	}
	if len(u.rest) == 0 {
		return remove(u.dir(), nil)
	}
	u.h.rest = map[int64]bool{}
	for _, n := range u.rest {
		u.h.rest[n] = true
	}
	tally := u.h.tally()
	tally.Room = room(kept)
	ended := u.h.ended
	if ended.IsZero() {
		ended = u.o.Now()
	}
	return u.journal.put(&record{Op: opUndone, Time: ended.UnixNano(), Rest: u.rest, Tally: &tally})
}

// removeShelf removes a folder of ours that lies below the root.
func (u *undoing) removeShelf(path string) error {
	rel, err := filepath.Rel(u.h.root, path)
	if err != nil || checkPath(rel) != nil {
		return nil //nolint:nilerr // the one in the data folder goes with the journal
	}
	return u.writing(rel, func(int, string) error { return removeTree(path) })
}
