package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// overviewScenes are states of the overview, and of the page of a job.
var overviewScenes = []scene{
	{"overview-changed", withJobs(unkept(2.2, looked(14)), excepted()), func(*stage) {}},
	{"overview-restore-proved", withJobs(drilledJob(func(*session.JobState) {})), func(*stage) {}},
	{"overview-restore-failed", withJobs(drilledJob(notBack)), func(*stage) {}},
	{"overview-restore-tried", withJobs(drilledJob(beingTriedOut)), func(*stage) {}},
	{"checking-restore", withJobs(drilledJob(func(*session.JobState) {})), func(s *stage) {
		s.u.openChecking(s.f.jobs[0])
		s.settle()
		s.scrollToEnd()
	}},
	{"overview-full", withJobs(fullPlace(2_100_000_000)), func(*stage) {}},
	{"overview-full-soon", withJobs(measured(500_000_000, 3_700_000_000)), func(*stage) {}},
	{"overview-alone", alone, func(*stage) {}},
	{"job", withJobs(drilledJob(func(j *session.JobState) { j.Copies = []session.CopyState{copied(1, pond)} })), (*stage).toJob},
	{"job-gap", withJobs(excepted(), adasJob(session.Protected)), func(s *stage) {
		s.u.openJob(1)
		for range 11 {
			s.named("The run before")
		}
		s.scrollToEnd()
	}},
	{"job-running", withJobs(running(false)), (*stage).toJob},
	{"job-new", withJobs(noVersion()), (*stage).toJob},
	{"overview-german", drilledAlone, func(s *stage) {
		s.german()
		s.u.Show(Overview)
	}},
	{"job-german", drilledAlone, func(s *stage) {
		s.german()
		s.u.openJob(1)
		s.settle()
	}},
	{"checking-german", drilledAlone, func(s *stage) {
		s.german()
		s.u.openChecking(s.f.jobs[0])
		s.settle()
	}},
	{"copies-german", withCopies(away(), doubted(), copied(1, pond)), func(s *stage) {
		s.german()
		s.toCopies()
	}},
}

// drilledAlone is a job with all that a card can say.
func drilledAlone() *fake {
	j := drilledJob(func(j *session.JobState) {
		j.Size = measured(500_000_000, 3_700_000_000).Size
		j.Timing.Watch = looked(14)
		j.Timing.Watch.Unkept.Since = daysAgo(0.006)
	})
	j.Copies = alone().jobs[0].Copies
	full := fullPlace(2_100_000_000)
	full.ID, full.Name = 2, "Music"
	return &fake{jobs: []session.JobState{j, full}}
}

func noVersion() session.JobState {
	j := adasJob(session.Unprotected)
	j.Runs, j.LastGood = nil, time.Time{}
	return j
}

func (s *stage) toJob() {
	s.u.openJob(1)
	s.settle()
}

// named presses the button of that name.
func (s *stage) named(name string) {
	s.t.Helper()
	var found *look.Button
	each(s.u.window, func(o fyne.CanvasObject) {
		if b, ok := o.(*look.Button); ok && reads(b.Name, name) {
			found = b
		}
	})
	if found == nil || found.Disabled() {
		s.t.Fatalf("there is no button %q to press", name)
	}
	found.Tapped(nil)
	s.settle()
}
