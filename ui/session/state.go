package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/places"
)

// Health is how a job stands, worst last.
type Health uint8

// The states.
const (
	Protected   Health = iota // the last run was fine
	Busy                      // it runs now
	Paused                    // it runs, and waits for the person
	Late                      // the last run was fine, and that is long ago
	Attention                 // the last run left something out
	Unfinished                // the last run was stopped or died; the next continues it
	Damaged                   // something that is stored is damaged
	Unprotected               // there is no version, or the last run failed
)

// JobState is a job and how it stands.
type JobState struct {
	settings.Job
	Health Health
	// Runs are its backups, the newest first, and Others what else was done for
	// it: what goes wrong there says nothing about the newest version.
	Runs, Others []settings.Run
	// LastGood is the time of the newest version, zero when there is none.
	LastGood time.Time
	// Files and Bytes are what the newest version holds.
	Files, Bytes int64
	// Progress is a sample of the run, nil when none runs: of a check, when
	// Proof.Running is set, or of a backup.
	Progress *engine.Progress
	// Proof is how far what is stored is proved to be whole.
	Proof Proof
	// Drill is how far restoring it is proved.
	Drill Drill
	// Size is how much is stored.
	Size Size
	// Full tells that the last run found no room, and Lack how much more it would
	// have needed, in bytes, 0 where that cannot be told.
	Full bool
	Lack int64
	// Timing is when it runs by itself.
	Timing Timing
	// Copies are its second places.
	Copies []CopyState
	// Removing tells that versions are removed now, as a person agreed to.
	Removing bool
	// Repairing is which step of a repair is made now, 0 for none. Progress is its
	// own then.
	Repairing engine.MendStep
}

// historyLength is how many runs a state holds.
const historyLength = 60

// Jobs returns the state of all jobs.
func (s *Session) Jobs(ctx context.Context) ([]JobState, error) {
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	var states []JobState
	for _, j := range jobs {
		runs, err := s.store.Runs(ctx, j.ID, historyLength, settings.BackupRun)
		if err != nil {
			return nil, err
		}
		st := s.state(j, runs)
		if st.Others, err = s.store.Runs(ctx, j.ID, historyLength, otherRuns()...); err != nil {
			return nil, err
		}
		if err := errors.Join(s.addTiming(ctx, &st), s.addProof(ctx, &st), s.addDrill(ctx, &st), s.addSize(ctx, &st)); err != nil {
			return nil, err
		}
		states = append(states, st)
		places.Learn(j.Destination)
	}
	return states, s.addCopies(ctx, states)
}

// otherRuns are the kinds that are no backups.
func otherRuns() []string {
	return []string{settings.RestoreRun, settings.VerifyRun, settings.CopyRun, settings.DrillRun, settings.RepairRun}
}

func (s *Session) state(j settings.Job, runs []settings.Run) JobState {
	st := JobState{Job: j, Runs: runs, Health: Unprotected, Removing: s.isRemoving(j.ID)}
	for _, r := range slices.Backward(runs) {
		if madeVersion(r) && !r.Version.IsZero() { // zero for one that is gone
			st.LastGood, st.Files, st.Bytes = r.Version, r.Files, r.Bytes
		}
	}
	if len(runs) > 0 {
		st.Health = healthAfter(runs[0].Outcome)
	}
	if r := s.Running(j.ID); r != nil && r.check == nil {
		p := r.Progress()
		st.Progress, st.Health, st.Repairing = &p, Busy, r.mendStep()
		if p.Paused {
			st.Health = Paused
		}
	}
	return st
}

func madeVersion(r settings.Run) bool {
	return r.Outcome == settings.Fine || r.Outcome == settings.Warnings
}

func healthAfter(o settings.Outcome) Health {
	switch o {
	case settings.Fine:
		return Protected
	case settings.Warnings:
		return Attention
	case settings.Cancelled, settings.Interrupted, settings.Running:
		return Unfinished
	}
	return Unprotected
}

// Events returns what needed attention in a run.
func (s *Session) Events(ctx context.Context, run int64) ([]settings.RunEvent, error) {
	return s.store.Events(ctx, run)
}
