// Package notice tells a person outside the window when the state of a backup
// changes, and takes it back when it is no longer so. Follow runs it; Bus is the
// desktop's service for notices, Decide the rule by which something is told.
package notice

import (
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/ui/session"
)

// State is what a person is told of a backup. It is kept in the settings.
type State string

// The states, and that one is over.
const (
	Fine        State = ""
	Late        State = "late"
	Passphrase  State = "passphrase" // it waits for one
	Question    State = "question"
	Unprotected State = "unprotected"
	Damaged     State = "damaged"
	Copy        State = "copy"  // a copy of it needs the person
	Again       State = "again" // it is protected again
)

// Choice is which changes a person wants to hear of.
type Choice string

// The choices, as they are kept. Everything else is All.
const (
	All      Choice = "all"
	Problems Choice = "problems"
	None     Choice = "none"
)

// Preference is the name of the choice.
const Preference = "notices"

// Seen is how a backup stands now.
type Seen struct {
	Job   int64
	State State
	// Unsure: how it stands will be known later, so that nothing changes now.
	Unsure bool
	// Good: the last run made a version.
	Good bool
	// Copying: a copy of it is made now, and how copies stand is known later.
	Copying bool
}

// Told is what was told last of a backup, and when to tell it once more, zero
// for never.
type Told struct {
	State       State
	When, Again time.Time
}

// Situation is what else decides whether something is told.
type Situation struct {
	Now    time.Time
	Choice Choice
	// Watching: the person has the window before them, and sees it there.
	Watching bool
}

// Step is something to do about the one notice that a backup has: to show this
// in its place, or with Fine, to take it back.
type Step struct {
	Job   int64
	State State
}

// Decide tells what to do when backups stand as seen, and what was told then.
// What a person has seen in the window, or does not want to hear of, counts as
// told. What is gone is forgotten.
func Decide(s Situation, told map[int64]Told, seen []Seen) (steps []Step, after map[int64]Told) {
	after = map[int64]Told{}
	for _, j := range seen {
		before := told[j.Job]
		now, step := s.judge(before, j)
		if now.State != Fine {
			after[j.Job] = now
		}
		if step != nil {
			steps = append(steps, *step)
		}
	}
	return steps, after
}

// judge is Decide for one backup; the step is nil for none.
func (s *Situation) judge(before Told, j Seen) (Told, *Step) {
	switch {
	case j.Unsure, j.Copying && before.State == Copy:
		return before, nil
	case j.State == before.State:
		if before.Again.IsZero() || s.Now.Before(before.Again) {
			return before, nil
		}
		now := Told{State: before.State, When: s.Now}
		if s.silent(j.State) {
			return now, nil
		}
		return now, &Step{j.Job, j.State}
	}
	what := j.State
	if what == Fine && j.Good && before.State != Question && before.State != Copy {
		what = Again
	}
	if s.silent(what) {
		what = Fine
	}
	return Told{State: j.State, When: s.Now}, &Step{j.Job, what}
}

// silent tells that something is not told.
func (s *Situation) silent(what State) bool {
	return s.Watching || s.Choice == None || s.Choice == Problems && what == Again
}

// Look is how a job stands; rest is until when everything is paused, zero for no
// pause: what a pause makes late is no news.
func Look(j *session.JobState, rest time.Time) Seen {
	s := Seen{Job: j.ID, Good: j.Health == session.Protected || j.Health == session.Attention}
	s.Copying = slices.ContainsFunc(j.Copies, func(c session.CopyState) bool { return c.Health == session.CopyRuns || c.Health == session.CopyPaused })
	switch {
	case j.Health == session.Busy, j.Health == session.Paused, j.Removing:
		s.Unsure = true
	case j.Health == session.Damaged:
		s.State = Damaged
	case j.Health == session.Unprotected && len(j.Runs) > 0:
		s.State = Unprotected
	case j.Held != "":
		s.State = Question
	case j.Timing.Cause != schedule.NotDue && len(j.Timing.Waits) > 0 && j.Timing.Waits[0] == schedule.Passphrase:
		s.State = Passphrase
	case j.Health == session.Protected && j.CopyTrouble() != nil:
		s.State = Copy
	case j.Health == session.Late:
		s.State, s.Unsure = Late, !rest.IsZero()
	case j.Health == session.Unfinished:
		s.Unsure = true // the next run goes on
	}
	return s
}
