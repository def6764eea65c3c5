package session

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// tellPace is the least time between two calls of a Board's listeners.
	tellPace = 100 * time.Millisecond
	// fresh is for how long what was read counts as the newest: another program
	// may change the settings, and an hour that passes changes a state too.
	fresh = 5 * time.Second
)

// Board is a Session for a main loop, which never waits for the disk: what it
// tells of the jobs and of what a person chose was read after the last change, by
// whoever made it. So a
// change is seen by whoever made it, as soon as the call that made it returns.
// Changes that follow each other closely are told as one.
type Board struct {
	*Session
	pace, fresh time.Duration
	look        sync.Mutex // the one who looks
	seen        atomic.Pointer[sight]
	aged        chan struct{} // what was seen is no longer fresh
	news        chan struct{}

	ears  sync.Mutex
	heard []func()
}

// sight is what was read at a time.
type sight struct {
	jobs     []JobState
	err      error
	pause    time.Time // its end, zero for none
	chosen   map[string]string
	unchosen error // why that is not known
	at       time.Time
}

// Board reads the jobs, and then follows them until the session is closed.
func (s *Session) Board() *Board { return s.board(tellPace, fresh) }

func (s *Session) board(pace, fresh time.Duration) *Board {
	b := &Board{Session: s, pace: pace, fresh: fresh, aged: make(chan struct{}, 1), news: make(chan struct{}, 1)}
	b.seen.Store(&sight{})
	b.read(s.ctx)
	s.Listen(func() {
		b.read(s.ctx)
		signal(b.news)
	})
	s.running.Go(func() { b.follow(s.ctx) })
	return b
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Jobs returns the state of all jobs as it was read last.
func (b *Board) Jobs(context.Context) ([]JobState, error) {
	seen := b.seen.Load()
	if time.Since(seen.at) >= b.fresh {
		signal(b.aged)
	}
	return slices.Clone(seen.jobs), seen.err
}

// PausedUntil is when jobs may run again by themselves, zero for now.
func (b *Board) PausedUntil(context.Context) time.Time {
	if until := b.seen.Load().pause; until.After(b.config.Now()) {
		return until
	}
	return time.Time{}
}

// Preference returns a choice as it was read last, "" when none was made.
func (b *Board) Preference(_ context.Context, name string) (string, error) {
	seen := b.seen.Load()
	return seen.chosen[name], seen.unchosen
}

// Speed returns the limits that hold, as they were read last.
func (b *Board) Speed(ctx context.Context) (Speed, error) { return speedIn(ctx, b) }

// Processor returns the share that holds, as it was read last.
func (b *Board) Processor(ctx context.Context) (Share, error) { return shareIn(ctx, b) }

// Listen calls f after changes, from another goroutine.
func (b *Board) Listen(f func()) {
	b.ears.Lock()
	defer b.ears.Unlock()
	b.heard = append(b.heard, f)
}

// read looks at the jobs, and tells whether anything differs from before.
func (b *Board) read(ctx context.Context) (differs bool) {
	b.look.Lock() // a look that began earlier must not be kept later
	defer b.look.Unlock()
	now := sight{at: time.Now(), pause: b.Session.PausedUntil(ctx)}
	now.jobs, now.err = b.Session.Jobs(ctx)
	now.chosen, now.unchosen = b.store.Preferences(ctx)
	before := b.seen.Load()
	if ctx.Err() != nil {
		return false // the end of the program; nothing was learnt
	}
	b.seen.Store(&now)
	return !before.pause.Equal(now.pause) || (before.err == nil) != (now.err == nil) || (before.unchosen == nil) != (now.unchosen == nil) ||
		!maps.Equal(before.chosen, now.chosen) || !reflect.DeepEqual(before.jobs, now.jobs)
}

// follow tells of changes, and notices those of other programs.
func (b *Board) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.news:
		case <-b.aged:
			if !b.read(ctx) {
				continue
			}
		}
		b.ears.Lock()
		heard := slices.Clone(b.heard)
		b.ears.Unlock()
		for _, f := range heard {
			f()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(b.pace):
		}
	}
}
