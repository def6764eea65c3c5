package notice

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// Service shows notices. It is used from one goroutine.
type Service interface {
	// Tell shows a notice, in place of the one with the number before, 0 for
	// none. The number that it returns is 0 where a notice cannot be taken back.
	Tell(ctx context.Context, before uint32, n Notice) (uint32, error)
	// Withdraw takes a notice back.
	Withdraw(ctx context.Context, id uint32) error
	// Answers are what a person did with notices; nil never tells.
	Answers() <-chan Answer
}

// Answer is what became of a notice.
type Answer struct {
	ID uint32
	// Act is the button that was pressed, "" when the notice is gone.
	Act Act
	// Token is what the desktop gave for showing a window, "" for nothing.
	Token string
	// Lost: no notice is there any more, because the service is not.
	Lost bool
}

// Jobs is what the notices ask of a session.
type Jobs interface {
	Jobs(ctx context.Context) ([]session.JobState, error)
	PausedUntil(ctx context.Context) time.Time
	Preference(ctx context.Context, name string) (string, error)
	Told(ctx context.Context) ([]settings.Told, error)
	SetTold(ctx context.Context, t settings.Told) error
	Listen(f func())
}

// Config is what Follow needs.
type Config struct {
	Jobs    Jobs
	Service Service
	// Watching tells whether the person has the window before them.
	Watching func() bool
	// BackUp starts a job, Show shows it in the window, with the token of the
	// desktop for that.
	BackUp, Show func(job int64, token string)
	Log          *slog.Logger // nil is none
}

const (
	// lookAgain is how long a change may go unseen that nobody tells of.
	lookAgain = time.Minute
	// patience is for how long a job must have been late, or waiting for its
	// passphrase, while the machine was awake: after a start it soon is no more.
	patience = 5 * time.Minute
	// laterFor is when a person is told again who wants to see to it later.
	laterFor = 4 * time.Hour
	// pauseAfterFailure is when a service is tried again that did not take a
	// notice.
	pauseAfterFailure = 5 * time.Minute
	// partingTime is how long taking all notices back may take at the end.
	partingTime = 2 * time.Second
)

// follower is Follow and what it knows.
type follower struct {
	Config
	told  map[int64]Told
	live  map[int64]uint32    // the notice of a job that is shown
	since map[int64]time.Time // since when a job is late, or waits
	said  string              // the language that notices are in
	rests time.Time           // until when a service that failed is left alone
}

// Follow tells what changes until ctx ends, and takes all notices back then: no
// button of theirs would do anything.
func Follow(ctx context.Context, c Config) {
	f := newFollower(c)
	wake := make(chan struct{}, 1)
	c.Jobs.Listen(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		f.look(ctx)
		select {
		case <-ctx.Done():
			f.part(ctx)
			return
		case a := <-c.Service.Answers():
			f.answer(ctx, a)
		case <-wake:
		case <-tick.C:
		}
	}
}

func newFollower(c Config) *follower {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &follower{Config: c, live: map[int64]uint32{}, since: map[int64]time.Time{}}
}

// look tells what has changed.
func (f *follower) look(ctx context.Context) {
	jobs, err := f.Jobs.Jobs(ctx)
	if err == nil && f.told == nil {
		f.told, err = f.remember(ctx)
	}
	if err != nil {
		return // the window tells it
	}
	choice, err := f.Jobs.Preference(ctx, Preference)
	if err != nil {
		return
	}
	s := Situation{Now: time.Now(), Choice: Choice(choice), Watching: f.Watching()}
	if s.Choice == None {
		f.withdrawAll(ctx)
	}
	steps, after := Decide(s, f.told, f.see(jobs, f.Jobs.PausedUntil(ctx), s.Now))
	for _, step := range steps {
		if !f.take(ctx, step, jobs, s.Now) {
			keep(after, f.told, step.Job) // to be told when that is possible
		}
	}
	f.forget(ctx, jobs)
	f.record(ctx, after)
	f.respeak(ctx, jobs, s.Now)
}

// forget takes back what is shown of jobs that are gone, good news too.
func (f *follower) forget(ctx context.Context, jobs []session.JobState) {
	for job := range maps.Clone(f.live) {
		if !slices.ContainsFunc(jobs, func(j session.JobState) bool { return j.ID == job }) {
			f.withdraw(ctx, job)
		}
	}
}

// keep leaves one entry as it was.
func keep(after, before map[int64]Told, job int64) {
	delete(after, job)
	if t, ok := before[job]; ok {
		after[job] = t
	}
}

// remember is what was told before this program began.
func (f *follower) remember(ctx context.Context) (map[int64]Told, error) {
	kept, err := f.Jobs.Told(ctx)
	told := map[int64]Told{}
	for _, t := range kept {
		told[t.Job] = Told{State(t.State), t.When, t.Again}
	}
	return told, err
}

// see is how the jobs stand, with patience.
func (f *follower) see(jobs []session.JobState, rest, now time.Time) (all []Seen) {
	since := map[int64]time.Time{}
	for i := range jobs {
		s := Look(&jobs[i], rest)
		if s.State == Late || s.State == Passphrase {
			first, ok := f.since[s.Job]
			if !ok {
				first = now
			}
			since[s.Job] = first
			// The clock of these times stands still while the machine sleeps.
			s.Unsure = s.Unsure || now.Sub(first) < patience
		}
		all = append(all, s)
	}
	f.since = since
	return all
}

// take does one step, and tells whether that succeeded.
func (f *follower) take(ctx context.Context, step Step, jobs []session.JobState, now time.Time) bool {
	if step.State == Fine {
		f.withdraw(ctx, step.Job)
		return true
	}
	if now.Before(f.rests) {
		f.withdraw(ctx, step.Job) // whatever it says is no longer so
		return false
	}
	for i := range jobs {
		if jobs[i].ID != step.Job {
			continue
		}
		id, err := f.Service.Tell(ctx, f.live[step.Job], Compose(&jobs[i], step.State, now))
		if err != nil {
			f.Log.Warn("showing a notice", slog.Any("error", err))
			f.rests = now.Add(pauseAfterFailure)
			f.withdraw(ctx, step.Job)
			return false
		}
		f.Log.Info("notice", slog.Int64("job", step.Job), slog.String("state", string(step.State)))
		delete(f.live, step.Job)
		if id != 0 {
			f.live[step.Job] = id
		}
	}
	return true
}

// withdraw takes the notice of a job back, if there is one.
func (f *follower) withdraw(ctx context.Context, job int64) {
	id, ok := f.live[job]
	if !ok {
		return
	}
	delete(f.live, job)
	if err := f.Service.Withdraw(ctx, id); err != nil {
		f.Log.Warn("taking a notice back", slog.Any("error", err))
	}
}

func (f *follower) withdrawAll(ctx context.Context) {
	for job := range maps.Clone(f.live) {
		f.withdraw(ctx, job)
	}
}

func (f *follower) part(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), partingTime)
	defer cancel()
	f.withdrawAll(ctx)
}

// record keeps what was told.
func (f *follower) record(ctx context.Context, after map[int64]Told) {
	for job, t := range after {
		if t != f.told[job] {
			f.keep(ctx, job, t)
		}
	}
	for job := range f.told {
		if _, ok := after[job]; !ok {
			f.keep(ctx, job, Told{})
		}
	}
	f.told = after
}

func (f *follower) keep(ctx context.Context, job int64, t Told) {
	err := f.Jobs.SetTold(ctx, settings.Told{Job: job, State: string(t.State), When: t.When, Again: t.Again})
	if err != nil && ctx.Err() == nil {
		f.Log.Warn("keeping what was told", slog.Any("error", err))
	}
}

// answer does what a person wants.
func (f *follower) answer(ctx context.Context, a Answer) {
	if a.Lost {
		clear(f.live)
		return
	}
	for job, id := range f.live {
		if id != a.ID {
			continue
		}
		switch a.Act {
		case "":
			delete(f.live, job)
		case BackUp:
			f.withdraw(ctx, job)
			f.BackUp(job, a.Token)
		case Later:
			f.withdraw(ctx, job)
			f.postpone(ctx, job)
		default:
			f.withdraw(ctx, job)
			f.Show(job, a.Token)
		}
		return
	}
}

// postpone has a job told once more, if it is still so.
func (f *follower) postpone(ctx context.Context, job int64) {
	t, ok := f.told[job]
	if !ok {
		return
	}
	t.Again = time.Now().Add(laterFor)
	f.told[job] = t
	f.keep(ctx, job, t)
}
