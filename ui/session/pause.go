package session

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/zone"
)

// pausedUntil is the preference that holds when jobs may run again by
// themselves.
const pausedUntil = "paused-until"

// pause is a pause of everything, as far as this program knows of it. Its
// fields are guarded by Session.mu.
type pause struct {
	until  time.Time
	halted []*engine.Job // what ran when it began
	ended  bool          // one ended, and copies may have waited for that
	wake   chan struct{} // the pause was changed
}

// ForGood is the end of a pause that lasts until a person ends it.
func ForGood() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

const (
	// morning is the hour at which a pause until tomorrow ends.
	morning = 6
	// night is the hour until which the day before is still called today.
	night = 4
)

// Tomorrow is when a pause until tomorrow ends: in the morning.
func Tomorrow(now time.Time) time.Time {
	today := zone.Of(now).Add(-night * time.Hour)
	return time.Date(today.Year(), today.Month(), today.Day()+1, morning, 0, 0, 0, zone.Here())
}

// PauseAll halts what runs now, and has nothing run by itself until a time: the
// zero time ends a pause, and what was halted goes on then. What a person starts
// meanwhile runs.
func (s *Session) PauseAll(ctx context.Context, until time.Time) error {
	text := ""
	if !until.IsZero() {
		text = until.UTC().Format(time.RFC3339Nano)
	}
	err := s.store.SetPreference(ctx, pausedUntil, text)
	s.followPause(ctx)
	select {
	case s.pause.wake <- struct{}{}:
	default:
	}
	return err
}

// PausedUntil is when jobs may run again by themselves, zero for now.
func (s *Session) PausedUntil(ctx context.Context) time.Time {
	text, err := s.store.Preference(ctx, pausedUntil)
	if err != nil {
		return time.Time{}
	}
	until, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !until.After(s.config.Now()) {
		return time.Time{}
	}
	return until
}

// isPaused tells that nothing begins by itself now.
func (s *Session) isPaused(ctx context.Context) bool { return !s.PausedUntil(ctx).IsZero() }

// pauseTick is how long the end of a pause may be slept over: a timer stands
// still while the machine sleeps, and another program may pause too.
const pauseTick = time.Minute

// watchPause ends a pause when its time has come.
func (s *Session) watchPause(ctx context.Context) {
	for {
		wait := pauseTick
		if until := s.followPause(ctx); !until.IsZero() {
			wait = min(wait, until.Sub(s.config.Now()))
		}
		s.endPause(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.pause.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// followPause does what a pause that begins, ends or changes brings, and returns
// its end, zero for none.
func (s *Session) followPause(ctx context.Context) time.Time {
	until := s.PausedUntil(ctx)
	s.mu.Lock()
	before := s.pause.until
	s.pause.until = until
	switch {
	case before.IsZero() && !until.IsZero():
		s.halt()
	case !before.IsZero() && until.IsZero():
		s.unhalt()
		s.pause.ended = true
	}
	s.mu.Unlock()
	if !before.Equal(until) {
		s.wakeScheduler()
		s.changed()
	}
	return until
}

// endPause has copies made that a pause held up. It looks for their places, and
// that may take long.
func (s *Session) endPause(ctx context.Context) {
	s.mu.Lock()
	ended := s.pause.ended
	s.pause.ended = false
	s.mu.Unlock()
	if ended {
		s.takeUpCopies(ctx, true)
	}
}

// halt halts what runs, but for what a person has halted already. s.mu is held.
func (s *Session) halt() {
	var jobs []*engine.Job
	for _, r := range s.runs {
		jobs = append(jobs, r.engine)
	}
	for _, k := range s.copies {
		jobs = append(jobs, k.engine)
	}
	for _, j := range jobs {
		if j != nil && !j.Progress().Paused {
			j.Pause()
			s.pause.halted = append(s.pause.halted, j)
		}
	}
}

// unhalt lets go on what a pause halted. s.mu is held.
func (s *Session) unhalt() {
	for _, j := range s.pause.halted {
		j.Resume()
	}
	s.pause.halted = nil
}
