package session

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
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
	Unprotected               // there is no version, or the last run failed
)

// JobState is a job and how it stands.
type JobState struct {
	settings.Job
	Health Health
	// Runs are the newest first.
	Runs []settings.Run
	// LastGood is the time of the newest version, zero when there is none.
	LastGood time.Time
	// Files and Bytes are what the newest version holds.
	Files, Bytes int64
	// Progress is a sample of the run, nil when none runs.
	Progress *engine.Progress
	// Removing tells that versions are removed now, as a person agreed to.
	Removing bool
}

// lateAfter is how old a newest version may get before it is late. There is no
// schedule that could say it better.
const lateAfter = 7 * 24 * time.Hour

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
		runs, err := s.store.Runs(ctx, j.ID, historyLength)
		if err != nil {
			return nil, err
		}
		states = append(states, s.state(j, runs))
	}
	return states, nil
}

func (s *Session) state(j settings.Job, runs []settings.Run) JobState {
	st := JobState{Job: j, Runs: runs, Health: Unprotected, Removing: s.isRemoving(j.ID)}
	for i := len(runs) - 1; i >= 0; i-- {
		if r := runs[i]; madeVersion(r) {
			st.LastGood, st.Files, st.Bytes = r.Version, r.Files, r.Bytes
		}
	}
	if len(runs) > 0 {
		st.Health = healthAfter(runs[0].Outcome)
	}
	if st.Health == Protected && s.config.Now().Sub(st.LastGood) > lateAfter {
		st.Health = Late
	}
	if r := s.Running(j.ID); r != nil {
		p := r.Progress()
		st.Progress, st.Health = &p, Busy
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
