package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
)

// Run is a backup that runs now, a check, or a repair.
type Run struct {
	Job    int64
	engine *engine.Job
	stop   context.CancelCauseFunc
	record *settings.Run
	check  *checkRun  // nil for what is no check
	repair *repairRun // nil for what is no repair
	pace   pace

	summary engine.Summary // once it is over

	mu     sync.Mutex
	events []settings.RunEvent
}

// Progress samples the run.
func (r *Run) Progress() engine.Progress {
	if r.check != nil {
		return r.check.sample(r.engine.Progress())
	}
	if r.repair != nil {
		return r.repair.sample(r.engine.Progress(), r.mendStep())
	}
	return r.engine.Progress()
}

// errStopped is why a person's click ends a run.
var errStopped = errors.New("it was stopped")

// ErrRuns: the job runs already.
var ErrRuns = errors.New("this backup is running already")

// BackUp starts a backup in the background. A check of the same job gives way
// to it.
func (s *Session) BackUp(id int64) error { return s.backUp(s.ctx, id) }

// backUp is BackUp with a context for the run, which ends with the session.
func (s *Session) backUp(ctx context.Context, id int64) error {
	job, err := s.store.Job(s.ctx, id)
	if err != nil {
		return err
	}
	if runs, err := (calendar{s}).recent(s.ctx, id); err != nil || len(runs) > 0 && runs[0].Outcome == settings.Running {
		return cmp.Or(err, ErrRuns) // maybe in another program
	}
	plan, err := s.backupPlan(ctx, &job)
	if err != nil {
		return err
	}
	return s.beginAlone(id, func() error { return s.beginBackup(ctx, &job, plan) })
}

// beginAlone begins a run of a job of which none is under way, at once or when a
// check has given way to it. s.mu is held while begin runs.
func (s *Session) beginAlone(id int64, begin func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.giveWay(id, begin) {
		return nil
	}
	if s.runs[id] != nil || s.removing[id] {
		return ErrRuns
	}
	return begin()
}

// backupPlan is how a job is backed up.
func (s *Session) backupPlan(ctx context.Context, j *settings.Job) (engine.BackupPlan, error) {
	from, err := sourcesOf(j.Folders, j.Rules)
	if err != nil {
		return engine.BackupPlan{}, err
	}
	return engine.BackupPlan{
		Destination: s.reach(ctx, ArchiveOf(j)), Root: from.root, Rules: from.conditions, Estimate: true,
		FullIfOlderThan: time.Duration(j.FullEvery) * 24 * time.Hour, AllowSourceMismatch: s.adopts(s.ctx, j.ID),
	}, nil
}

// beginBackup begins a backup in the background. s.mu is held.
func (s *Session) beginBackup(ctx context.Context, job *settings.Job, plan engine.BackupPlan) error {
	record, err := s.store.BeginRun(s.ctx, job.ID, settings.BackupRun)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	r := &Run{Job: job.ID, engine: s.engine.Backup(plan), stop: stop, record: record}
	s.runs[job.ID] = r
	s.running.Go(func() { s.follow(ctx, r, job) })
	return nil
}

// claimChange ends the copies of a job's destination, here and in other programs,
// and keeps all of them from it until release, which does nothing after an error.
func (s *Session) claimChange(ctx context.Context, j *settings.Job) (release func(), err error) {
	s.clearCopies(j.Destination)
	end, err := s.store.ClaimJob(ctx, j.ID)
	switch {
	case err == nil:
		return func() { _ = end() }, nil // what cannot be closed is given up with the process
	case ctx.Err() != nil:
		err = &engine.Error{Op: "waiting for the end of a copy", Kind: engine.Cancelled, Err: err}
	}
	return func() {}, err
}

// errEmptied is why nothing is written where earlier versions are gone from.
var errEmptied = errors.New("the versions that were stored there are not there")

// checkDestination refuses a folder that held versions and does not any more:
// most likely the drive is not plugged in, and what was written in its place
// would fill this computer's disk.
func (s *Session) checkDestination(ctx context.Context, j *settings.Job) error {
	runs, err := s.store.Runs(ctx, j.ID, historyLength, settings.BackupRun)
	switch {
	case ctx.Err() != nil:
		return &engine.Error{Op: "looking at the destination", Kind: engine.Cancelled, Err: context.Cause(ctx)}
	case err != nil || !slices.ContainsFunc(runs, madeVersion):
		return err
	}
	found, err := s.Inspect(ctx, Choice{Destination: j.Destination, Options: j.Options})
	if err != nil || found.Versions > 0 {
		return nil //nolint:nilerr // the run itself tells better what is wrong
	}
	return &engine.Error{Op: "backing up", Path: destination.Display(Path(j.Destination)), Kind: engine.Offline, Err: errEmptied}
}

// follow runs a run to its end and records it.
func (s *Session) follow(ctx context.Context, r *Run, job *settings.Job) {
	defer r.stop(nil)
	defer r.measure()()
	s.changed()
	release, err := s.claimChange(ctx, job)
	if err == nil {
		err = s.checkDestination(ctx, job)
	}
	if err == nil {
		err = r.engine.Run(ctx, r.note)
	}
	r.close(err)
	endedByQuit(ctx, r.record)
	s.noteLack(context.WithoutCancel(s.ctx), r, err)
	s.takeLesson(context.WithoutCancel(s.ctx), r, job.Destination, err)
	s.endAdoption(context.WithoutCancel(s.ctx), r)
	s.retain(ctx, r, job.ID)
	// The record is written even when the session is about to end.
	if err := s.store.EndRun(context.WithoutCancel(s.ctx), r.record, r.events); err != nil {
		r.record.Sentence = fmt.Sprintf("The history could not be written: %v", err)
	}
	release()
	s.endBackup(r)
	s.wakeScheduler()
	s.changed()
	if madeVersion(*r.record) {
		s.Learn(ArchiveOf(job), false)
		s.measure(job)
	}
	s.copyAfter(r.Job, madeVersion(*r.record))
}

// takeLesson takes from a run whether the passphrase was right.
func (s *Session) takeLesson(ctx context.Context, r *Run, url string, err error) {
	if e, ok := errors.AsType[*engine.Error](err); ok && e.Kind == engine.WrongPassphrase {
		s.Forget(url)
	}
	if err == nil {
		if err := s.correct(ctx, url); err != nil {
			r.events = append(r.events, settings.RunEvent{Text: "The keyring still holds the old passphrase: " + err.Error()})
		}
	}
}

// note keeps what the history shows.
func (r *Run) note(e engine.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case engine.FileProblem:
		r.events = append(r.events, settings.RunEvent{Path: e.Path, Text: problemWords(e.Problem) + ": " + e.Err.Error()})
	case engine.Notice:
		r.events = append(r.events, settings.RunEvent{Text: e.Text})
	case engine.Finished:
		f := e.Summary
		r.summary = f
		r.record.Files, r.record.Bytes, r.record.Stored = f.Files, f.Bytes, f.Stored
		r.record.Changed, r.record.Problems, r.record.Version = f.Added+f.Changed+f.Deleted, f.Problems, f.Version.Time
	}
}

// close words how the run ended.
func (r *Run) close(err error) {
	switch e, ok := errors.AsType[*engine.Error](err); {
	case err == nil && r.record.Problems > 0:
		r.record.Outcome = settings.Warnings
	case err == nil:
		r.record.Outcome = settings.Fine
	case ok && e.Kind == engine.Cancelled:
		r.record.Outcome = settings.Cancelled
	default:
		r.fail(err)
	}
}

// fail words why the run failed.
func (r *Run) fail(err error) {
	r.record.Outcome, r.record.Sentence, r.record.Trouble = settings.Failed, sentenceOf(err), troubleOf(err)
	r.events = append(r.events, settings.RunEvent{Text: err.Error()})
}

// StopRun ends a job's run; what it stored is kept for the next one.
func (s *Session) StopRun(id int64) {
	if r := s.Running(id); r != nil {
		r.stop(errStopped)
		r.engine.Resume()
	}
}

// Pause halts a run or lets it go on.
func (s *Session) Pause(id int64, paused bool) {
	r := s.Running(id)
	if r == nil {
		return
	}
	if paused {
		r.engine.Pause()
	} else {
		r.engine.Resume()
	}
	s.running.Go(s.changed) // a main loop asks for it, and waits for nobody
}

// Running returns a job's run, nil when it does not run.
func (s *Session) Running(id int64) *Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[id]
}

// Progress samples a job's run; ok is false when it does not run.
func (s *Session) Progress(id int64) (p engine.Progress, ok bool) {
	if r := s.Running(id); r != nil {
		return r.Progress(), true
	}
	return p, false
}

// ProblemWords say what is wrong with an item.
func ProblemWords(p engine.Problem) string { return lang.T(problemWords(p)) }

func problemWords(p engine.Problem) string {
	switch p {
	case repository.Unreadable:
		return lang.Mark("Cannot be read; an older version of it is kept")
	case repository.Vanished:
		return lang.Mark("Vanished while it was looked at")
	case repository.ChangedInRead:
		return lang.Mark("Changed while it was read")
	case repository.NotRestored:
		return lang.Mark("Was not brought back")
	case repository.Differs:
		return lang.Mark("Differs")
	case repository.Inexact:
		return lang.Mark("Is back, but not with everything")
	}
	return lang.Mark("Cannot be stored")
}
