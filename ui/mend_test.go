package ui

import (
	"testing"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// fullPlace is a job that found no room.
func fullPlace(lack int64) session.JobState {
	j := failing()
	j.Full, j.Lack, j.Runs[0].Trouble = true, lack, settings.FullPlace
	j.Runs[0].Problems = 1
	return j
}

// measured is a job of which the destination was measured.
func measured(perWeek, free int64) session.JobState {
	j := adasJob(session.Protected)
	j.Size = session.Size{Measured: daysAgo(0.2), Stored: 11_240_000_000, Free: free, PerWeek: perWeek, Known: true}
	return j
}

// alone is a job whose second place is old.
func alone() *fake {
	f := withCopies(away())()
	c := &f.jobs[0].Copies[0]
	c.Old, c.Behind, c.Waiting = true, 34, daysAgo(40)
	return f
}

func TestFullPlaceSaysWhatIsMissing(t *testing.T) {
	s := newStage(t, "light", &fake{jobs: []session.JobState{fullPlace(2_100_000_000)}})
	if !s.says("Stopped: the place is full. About 2.10 GB more are needed. Nothing already saved is affected.") {
		t.Error("it does not say what is missing")
	}
	s.tap("Make room")
	s.settle()
	if !s.says("How long versions stay") {
		t.Error("there is no way to make room")
	}
	s = newStage(t, "light", &fake{jobs: []session.JobState{fullPlace(0)}})
	if !s.says("Stopped: the place is full. Nothing already saved is affected.") {
		t.Error("it says more than is known")
	}
	s.tap("Back up now")
	if len(s.f.backedUp) != 1 {
		t.Error("it cannot be tried again")
	}
}

func TestCardSaysHowMuchIsKept(t *testing.T) {
	unknown := measured(0, -1)
	unknown.Size.Known = false
	for _, c := range []struct {
		j    session.JobState
		says string
	}{
		{measured(40_000_000, 900_000_000_000), "41\u2009230 files, 18.0 GB · kept in 11.2 GB, 40.0 MB more each week"},
		{measured(-40_000_000, -1), "kept in 11.2 GB, 40.0 MB less each week"},
		{measured(1000, -1), "kept in 11.2 GB, as in the weeks before"},
		{unknown, "18.0 GB · kept in 11.2 GB"},
		{adasJob(session.Protected), "18.0 GB · 2.40 MB added by the last version"},
		{measured(500_000_000, 3_700_000_000), "At this rate the destination is full in about 7 weeks: 3.70 GB are free."},
		{measured(500_000_000, 600_000_000), "At this rate the destination is full in about 1 week: 600 MB are free."},
		{measured(500_000_000, 90_000_000), "At this rate the destination is full in less than a week: 90.0 MB are free."},
	} {
		if s := newStage(t, "light", &fake{jobs: []session.JobState{c.j}}); !s.says(c.says) {
			t.Errorf("it does not say %q", c.says)
		}
	}
	if s := newStage(t, "light", &fake{jobs: []session.JobState{measured(40_000_000, 900_000_000_000)}}); s.says("At this rate") {
		t.Error("it warns of what is far off")
	}
}

func TestOldCopiesChangeTheHeadline(t *testing.T) {
	s := newStage(t, "light", alone())
	if !s.says("You are protected, but not in a second place.") || !s.says("In one place only.") {
		t.Error("the headline passes over the second place")
	}
	if s = newStage(t, "light", withCopies(copied(1, pond))()); s.says("but not in a second place") {
		t.Error("a fresh copy is told as none")
	}
}

func TestDamageLeadsToTheSecondPlace(t *testing.T) {
	j := damaged()
	s := newStage(t, "light", &fake{jobs: []session.JobState{j}})
	s.tap("Keep it in a second place")
	if !s.says("Copies in a second place") {
		t.Error("there is no way to a second place")
	}
	j.Copies = []session.CopyState{copied(1, pond)}
	s = newStage(t, "light", &fake{jobs: []session.JobState{j}})
	s.tap("Restore from Pond / Varve")
	s.settle()
}
