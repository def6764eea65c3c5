// Package scheduler starts backups when their plans say so, and tells why one
// waits. New makes a Scheduler, Run is its loop, Status what the pages show. It
// decides nothing itself: engine/schedule does, from what engine/surroundings
// and engine/watch know.
package scheduler

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/engine/watch"
	"github.com/varve-backup/varve/engine/zone"
)

// Job is a backup as the scheduler sees it.
type Job struct {
	ID   int64
	Name string
	Plan schedule.Plan
	// History is what is known of its runs; changes of files are added here. A
	// run of any program counts, also one that is under way.
	History schedule.History
	// Kept is when the run began that made the newest version, zero without one.
	Kept time.Time
	// Place is the same for jobs that would be in each other's way: those to one
	// drive or one server.
	Place string
	// Root and Rules choose its files, Ignore are folders that do not count.
	Root   string
	Rules  []selection.Condition
	Ignore []string
}

// runs tells that it runs now.
func (j *Job) runs() bool { return !j.History.Started.IsZero() && j.History.Ended.IsZero() }

// Skip is a run that did not take place when it was due.
type Skip struct {
	Job   int64
	Slot  time.Time
	Cause string
	// Sentence is for the person.
	Sentence string
	// Unknown: nobody looked at that time. It counts only if nothing else is
	// known of the slot.
	Unknown bool
}

// Backups is what the scheduler asks of the session.
type Backups interface {
	// Scheduled lists all jobs.
	Scheduled(ctx context.Context) ([]Job, error)
	PausedUntil(ctx context.Context) time.Time
	// Around fills in what conditions look at of the job's own: its destination
	// and its passphrase.
	Around(ctx context.Context, job int64, s *schedule.Surroundings)
	// Start starts a run in the background. Wake tells of its end.
	Start(job int64) error
	Skip(ctx context.Context, k Skip) error
	// Claim makes this program the one that starts jobs, unless another is.
	Claim() (release func() error, claimed bool, err error)
}

// Checks read back what jobs stored.
type Checks interface {
	// CheckDue are the jobs of which something is to be read back now.
	CheckDue(ctx context.Context, now time.Time) []int64
	Check(ctx context.Context, job int64) error
}

// Machine is what is known of the computer: a *surroundings.Machine.
type Machine interface {
	Facts(ctx context.Context) surroundings.Facts
	Changes() <-chan struct{}
}

// Watcher follows the files of a job: a *watch.Watch.
type Watcher interface {
	State() watch.State
	Ran(started time.Time)
	Kept(started time.Time)
	Close()
}

// Config is what a Scheduler works with.
type Config struct {
	Backups Backups
	Machine Machine
	// Watch begins to follow files; nil is watch.Start.
	Watch func(ctx context.Context, c watch.Config) (Watcher, error)
	// Settle is for how long nothing is started after the start of the program
	// and after the machine woke up: it has enough to do then.
	Settle time.Duration
	// Changed is called when Status changed; nil is nobody.
	Changed func()
	// Checks are started when nothing is in their way; nil is none.
	Checks Checks
	// Telling has the files of every job watched: somebody is told what changed
	// since the newest version.
	Telling bool
	// Now is the clock on the wall; nil is the system's.
	Now func() time.Time
	// Zone tells at every look where that clock hangs; nil follows the system,
	// which then holds for the whole program.
	Zone func() *time.Location
	Log  *slog.Logger // nil is none
}

const (
	// tick is how long the loop sleeps at most: a timer stands still while the
	// machine sleeps, not all that a run waits for tells of itself, and another
	// program may change the jobs.
	tick = time.Minute
	// pace is the least time between two looks at the jobs, however much changes.
	pace = time.Second
	// jump is by how much the clock on the wall may leave the other one before
	// the machine slept, or the clock was set.
	jump = 5 * time.Second
	// mostAtOnce is how many jobs run by themselves at a time.
	mostAtOnce = 2
	// pauseAfterRefusal is how long a job that could not even be started is left
	// alone.
	pauseAfterRefusal = 10 * time.Minute
	// coming is how many runs Status foretells.
	coming = 3
)

// Scheduler is the loop and what it knows. Its exported methods may be called
// from several goroutines.
type Scheduler struct {
	config Config
	wake   chan struct{}

	// Of the goroutine of Run alone.
	release func() error   // gives the claim up, nil without it
	zone    *time.Location // nil before the first look
	watches map[int64]*watched
	refused map[int64]time.Time // until when a job is not started
	started int                 // how many jobs it started so far
	noted   map[noted]bool
	settled time.Time // from when on jobs are started
	wall    time.Time // of the last look at the clocks
	steady  time.Time

	mu     sync.Mutex
	status map[int64]Status
}

// noted is something that is recorded once.
type noted struct {
	job   int64
	slot  int64
	cause string
}

// New makes a Scheduler. Run runs it.
func New(c Config) *Scheduler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Zone == nil {
		c.Zone = ofSystem(c.Log)
	}
	if c.Watch == nil {
		c.Watch = func(ctx context.Context, c watch.Config) (Watcher, error) { return watch.Start(ctx, c) }
	}
	return &Scheduler{
		config: c, wake: make(chan struct{}, 1), watches: map[int64]*watched{}, refused: map[int64]time.Time{},
		noted: map[noted]bool{}, status: map[int64]Status{},
	}
}

// ofSystem is the zone of the computer, which a person may take to another one.
func ofSystem(log *slog.Logger) func() *time.Location {
	system := zone.System()
	return func() *time.Location {
		changed, err := system.Look()
		if err != nil {
			log.Warn("looking where the clock hangs", slog.Any("error", err))
		}
		if changed {
			log.Info("the computer came to another time zone")
		}
		return zone.Here()
	}
}

// Wake has all jobs looked at soon: a run ended, or something was chosen.
func (s *Scheduler) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run starts jobs until ctx ends.
func (s *Scheduler) Run(ctx context.Context) {
	defer s.end()
	s.begin()
	for ctx.Err() == nil {
		next := s.round(ctx)
		s.sleep(ctx, next)
	}
}

// Once starts what is due now, and returns how many jobs were started. It does
// not wait for them: call it again after they ended.
func (s *Scheduler) Once(ctx context.Context) (started int) {
	if s.wall.IsZero() {
		s.begin()
	}
	before := s.started
	s.round(ctx)
	for s.looking() && ctx.Err() == nil {
		rest(ctx, s.wake, nil, pace)
		s.round(ctx)
	}
	return s.started - before
}

// Close gives up what Once took. Run does so itself.
func (s *Scheduler) Close() { s.end() }

func (s *Scheduler) begin() {
	s.wall, s.steady = s.config.Now().Round(0), time.Now()
	s.settled = s.config.Now().Add(s.config.Settle)
}

// end lets go of everything.
func (s *Scheduler) end() {
	for id := range s.watches {
		s.unwatch(id)
	}
	if s.release != nil {
		if err := s.release(); err != nil {
			s.config.Log.Warn("giving up the schedule", slog.Any("error", err))
		}
		s.release = nil
	}
}

// sleep waits until the jobs are to be looked at again: at a time, or earlier
// when something happens.
func (s *Scheduler) sleep(ctx context.Context, next time.Time) {
	rest(ctx, nil, nil, pace)
	wait := tick
	if !next.IsZero() {
		wait = min(next.Sub(s.config.Now()), tick)
	}
	rest(ctx, s.wake, s.config.Machine.Changes(), wait)
	s.noticeSleep()
}

// rest waits for a while, or for one of two things.
func rest(ctx context.Context, a, b <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-a:
	case <-b:
	}
}

// noticeSleep gives the machine time when the clock on the wall went on without
// us: it has just woken up.
func (s *Scheduler) noticeSleep() {
	wall, steady := s.config.Now().Round(0), time.Now()
	if wall.Sub(s.wall)-steady.Sub(s.steady) > jump {
		s.settled = s.config.Now().Add(s.config.Settle)
		s.config.Log.Info("the machine was asleep, or its clock was set")
	}
	s.wall, s.steady = wall, steady
}
