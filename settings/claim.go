package settings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Claims keep programs of one person out of each other's way: the window and
// the agent work with the same jobs. Each claim is a lock on a file beside the
// settings, which the system gives up when the process ends, however it ends.
// The files stay: whoever removed one could not know that nobody waits for it.

// scheduleLock is held by the one program that starts jobs by itself.
const scheduleLock = "schedule.lock"

// claimEvery is how often it is looked whether a claim is free.
const claimEvery = 200 * time.Millisecond

// ClaimSchedule makes this process the one that starts jobs by itself, unless
// another is; release ends that.
func (s *Store) ClaimSchedule() (release func() error, claimed bool, err error) {
	return s.claim(scheduleLock, unix.LOCK_EX)
}

// ClaimJob waits until nobody else changes what a job stored or copies it, and
// keeps others from both until release. From its call on IsWanted tells those
// that copy.
func (s *Store) ClaimJob(ctx context.Context, id int64) (release func() error, err error) {
	change, err := s.await(ctx, changeLock(id))
	if err != nil {
		return nil, err
	}
	alone, err := s.await(ctx, copiesLock(id))
	if err != nil {
		return nil, errors.Join(err, change())
	}
	return func() error { return errors.Join(alone(), change()) }, nil
}

// ClaimCopy makes this process the one that makes a copy, of a place where some
// jobs store, unless another does or one of these jobs is claimed.
func (s *Store) ClaimCopy(id int64, jobs []int64) (release func() error, claimed bool, err error) {
	var held []func() error
	release = func() (err error) {
		for _, end := range held {
			err = errors.Join(err, end())
		}
		return err
	}
	take := func(name string, how int) bool {
		var end func() error
		if end, claimed, err = s.claim(name, how); claimed {
			held = append(held, end)
		}
		return claimed
	}
	if !take(fmt.Sprintf("copy-%d.lock", id), unix.LOCK_EX) {
		return nil, false, err
	}
	for _, job := range jobs {
		if !take(copiesLock(job), unix.LOCK_SH) {
			return nil, false, errors.Join(err, release())
		}
	}
	wanted, err := s.IsWanted(jobs)
	if wanted || err != nil {
		return nil, false, errors.Join(err, release())
	}
	return release, true, nil
}

// IsWanted tells that somebody changes what one of some jobs stored, or waits
// for the end of copies to do so.
func (s *Store) IsWanted(jobs []int64) (bool, error) {
	for _, id := range jobs {
		end, free, err := s.claim(changeLock(id), unix.LOCK_SH)
		if err != nil {
			return false, err
		}
		if !free {
			return true, nil
		}
		if err := end(); err != nil {
			return false, err
		}
	}
	return false, nil
}

// changeLock is held by who changes what a job stored, and before by who waits
// for that.
func changeLock(job int64) string { return fmt.Sprintf("job-%d.change", job) }

// copiesLock is shared by those that copy what a job stored.
func copiesLock(job int64) string { return fmt.Sprintf("job-%d.copies", job) }

// await claims a file for this process alone, once it is free.
func (s *Store) await(ctx context.Context, name string) (release func() error, err error) {
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for {
		release, claimed, err := s.claim(name, unix.LOCK_EX)
		if claimed || err != nil {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// claim locks a file, alone or shared, unless it is locked otherwise.
func (s *Store) claim(name string, how int) (release func() error, claimed bool, err error) {
	f, err := os.OpenFile(filepath.Join(s.dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("claiming %s: %w", name, err)
	}
	err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil, false, f.Close()
	case err != nil:
		return nil, false, errors.Join(fmt.Errorf("locking %s: %w", f.Name(), err), f.Close())
	}
	return f.Close, true, nil
}
