package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// Drill is how restoring what a job stored is tried out.
type Drill struct {
	settings.Drill
	// Running tells that the job's Progress is that of a drill.
	Running bool
}

// Next is when the next drill is due, zero for never.
func (d *Drill) Next() time.Time {
	if d.EveryDays == 0 || d.Tried.IsZero() {
		return time.Time{}
	}
	return d.Tried.AddDate(0, 0, d.EveryDays)
}

// What a drill restores: enough that luck does not decide, and little enough for
// a slow line.
const (
	drillFiles = 20
	drillBytes = 100_000_000
	drillOlder = 2
)

// errDrill is what a drill found.
var errDrill = errors.New("a restore was tried out, and did not bring everything back")

// drillKey is the place of a drill among what is deferred of checks.
func drillKey(job int64) int64 { return -job }

// SetDrilling changes every how many days a restore is tried out, 0 for never.
func (s *Session) SetDrilling(ctx context.Context, id int64, everyDays int) error {
	err := s.store.SetDrill(ctx, id, everyDays)
	s.mu.Lock()
	delete(s.deferred, drillKey(id))
	s.mu.Unlock()
	s.changed()
	return err
}

// Drill tries a restore out now, as a person wants.
func (s *Session) Drill(id int64) error { return s.occupyByCheck(newDrill(id, true)) }

// newDrill makes a drill that is not begun: it takes its turn as a check does.
func newDrill(id int64, asked bool) *Run {
	return &Run{Job: id, check: &checkRun{asked: asked, drill: &engine.Drilled{}, done: make(chan struct{})}}
}

// wantsDrill tells that a restore is to be tried out.
func (s *Session) wantsDrill(ctx context.Context, id int64, now time.Time) bool {
	d, err := s.store.Drill(ctx, id)
	if err != nil || d.EveryDays == 0 || now.Before(d.Tried.AddDate(0, 0, d.EveryDays).Add(-early)) {
		return false
	}
	runs, err := s.store.Runs(ctx, id, historyLength, settings.BackupRun)
	return err == nil && slices.ContainsFunc(runs, madeVersion)
}

// drillOf is the engine's part of a drill.
func (s *Session) drillOf(ctx context.Context, r *Run, job *settings.Job) *engine.Job {
	a := ArchiveOf(job)
	return s.engine.Drill(engine.DrillPlan{
		Destination: s.reach(ctx, a), Root: a.Root, Scratch: filepath.Join(s.config.CacheDir, "drill", strconv.FormatInt(job.ID, 10)),
		Files: drillFiles, Bytes: drillBytes, Older: drillOlder,
	}, func(d engine.Drilled) { *r.check.drill = d })
}

// recordDrill records what a drill brought. One that ended early says nothing,
// unless what it needed to read is damaged.
func (s *Session) recordDrill(ctx context.Context, r *Run, err error) {
	keep := context.WithoutCancel(s.ctx)
	gaveWay, away := errors.Is(context.Cause(ctx), errGaveWay), isAway(err)
	switch {
	case err == nil, gaveWay, s.ctx.Err() != nil:
	case away && !r.check.asked:
		s.deferCheck(drillKey(r.Job), deferral{s.config.Now().Add(afterAway), true})
	default:
		s.deferCheck(drillKey(r.Job), deferral{s.config.Now().Add(afterFailure), away})
	}
	if isNothing := err != nil && (gaveWay || away && !r.check.asked); isNothing && s.store.DropRun(keep, r.record.ID) == nil {
		return
	}
	s.closeDrill(r, err)
	if err := s.keepDrill(keep, r, err); err != nil {
		r.events = append(r.events, settings.RunEvent{Text: err.Error()})
	}
	if err := s.store.EndRun(keep, r.record, r.events); err != nil {
		r.record.Sentence = fmt.Sprintf("The history could not be written: %v", err)
	}
}

// closeDrill words how a drill ended.
func (s *Session) closeDrill(r *Run, err error) {
	d := r.check.drill
	r.record.Files, r.record.Bytes, r.record.Changed = int64(d.Files), d.Bytes, int64(d.Compared)
	r.record.Problems = int64(len(d.Broken) + len(d.Differs))
	for _, f := range slices.Concat(d.Broken, d.Differs) {
		r.events = append(r.events, settings.RunEvent{Kind: settings.DamageFound, Path: f.Path, Text: f.Err.Error()})
	}
	e, ok := errors.AsType[*engine.Error](err)
	switch {
	case len(d.Broken) > 0:
		r.record.Outcome, r.record.Sentence = settings.Warnings, sentenceOf(errDrill)
	case err == nil && len(d.Differs) > 0:
		r.record.Outcome, r.record.Sentence = settings.Warnings, sentenceOf(errDiffers)
	case err == nil:
		r.record.Outcome = settings.Fine
	case ok && e.Kind == engine.Cancelled:
		r.record.Outcome = settings.Cancelled
	default:
		r.fail(err)
	}
}

// errDiffers is what a drill found of files that came back whole.
var errDiffers = errors.New("files that look unchanged are not as they were stored")

// keepDrill records what is known by a drill.
func (s *Session) keepDrill(ctx context.Context, r *Run, err error) error {
	kept, loadErr := s.store.Drill(ctx, r.Job)
	if loadErr != nil {
		return loadErr
	}
	d := r.check.drill
	e, _ := errors.AsType[*engine.Error](err)
	damaged := e != nil && (e.Kind == engine.Damaged || e.Kind == engine.BadManifest)
	switch {
	case len(d.Broken) > 0:
		kept.Failed = int64(len(d.Broken))
	case damaged:
		kept.Failed = -1
	case err != nil || d.Versions == 0:
		return nil //nolint:nilerr // what broke off proves nothing
	default:
		kept.Proved, kept.Failed = r.record.Started, 0
		kept.Files, kept.Bytes, kept.Compared = int64(d.Files), d.Bytes, int64(d.Compared)
	}
	kept.Tried = r.record.Started
	return s.store.Drilled(ctx, r.Job, &kept)
}

// addDrill adds what is known of restoring what a job stored. A restore that did
// not bring everything back is as bad as damage: it is.
func (s *Session) addDrill(ctx context.Context, st *JobState) (err error) {
	if st.Drill.Drill, err = s.store.Drill(ctx, st.ID); err != nil {
		return err
	}
	if r := s.Running(st.ID); r != nil && r.check != nil {
		st.Drill.Running = r.check.drill != nil
	}
	if st.Drill.Failed != 0 && st.Health != Busy && st.Health != Paused {
		st.Health = max(st.Health, Damaged)
	}
	return nil
}
