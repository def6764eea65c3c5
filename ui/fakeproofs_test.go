package ui

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// fakeProofs are the checks of a fake.
type fakeProofs struct {
	chosen    []settings.Checking // how often and for how long
	proved    []int               // for how many minutes
	proveFail error
	drilled   []int64 // now
	drilling  []int   // every how many days
}

func (f *fakeProofs) SetChecking(_ context.Context, _ int64, everyDays, minutes int) error {
	f.chosen = append(f.chosen, settings.Checking{EveryDays: everyDays, Minutes: minutes})
	return nil
}

func (f *fakeProofs) Prove(_ context.Context, _ int64, minutes int) error {
	f.proved = append(f.proved, minutes)
	return f.proveFail
}

func (f *fakeProofs) Drill(job int64) error {
	f.drilled = append(f.drilled, job)
	return f.proveFail
}

func (f *fakeProofs) SetDrilling(_ context.Context, _ int64, everyDays int) error {
	f.drilling = append(f.drilling, everyDays)
	return nil
}

// drilledJob is a job of which a restore was proved.
func drilledJob(change func(j *session.JobState)) session.JobState {
	j := proved(62)
	j.Drill.Drill = settings.Drill{EveryDays: 30, Tried: daysAgo(3.1), Proved: daysAgo(3.1), Files: 20, Bytes: 41_300_000, Compared: 17}
	r := settings.Run{ID: 400, Kind: settings.DrillRun, Started: daysAgo(3.1), Ended: daysAgo(3.0999), Outcome: settings.Fine, Files: 20, Bytes: 41_300_000, Changed: 17}
	j.Others = append([]settings.Run{r}, j.Others...)
	change(&j)
	return j
}

// notBack is one of which a restore did not bring everything back.
func notBack(j *session.JobState) {
	j.Health, j.Drill.Failed, j.Drill.Tried = session.Damaged, 2, daysAgo(0.1)
	r := &j.Others[0]
	r.Started, r.Outcome, r.Problems, r.Files = daysAgo(0.1), settings.Warnings, 2, 18
	r.Sentence = "A restore was tried out, and not everything came back. The files on this computer are as they were. Check the drive or the server, and keep a second backup at another place."
}

// beingTriedOut is one in the middle of a drill.
func beingTriedOut(j *session.JobState) {
	j.Proof.Running, j.Drill.Running = true, true
	j.Progress = &engine.Progress{Phase: engine.Working, Files: 12, Bytes: 23_000_000, TotalFiles: 20, TotalBytes: 41_300_000, Counted: true, Elapsed: 14 * time.Second}
}

// proved is a job of which a share was read back.
func proved(percent int64) session.JobState {
	j := adasJob(session.Protected)
	const stored = 11_300_000_000
	j.Proof = session.Proof{Checking: settings.Checking{EveryDays: 7, Minutes: 10, Proved: daysAgo(3.02), Read: stored * percent / 100, Of: stored}}
	for i := range 4 {
		r := settings.Run{ID: int64(300 - i), Kind: settings.VerifyRun, Started: daysAgo(3.02 + 7*float64(i)), Outcome: settings.Fine, Files: 41, Bytes: 1_870_000_000 - int64(i)*31_000_000}
		r.Ended = r.Started.Add(10*time.Minute + time.Duration(i)*time.Second)
		j.Proof.Runs = append(j.Proof.Runs, r)
	}
	j.Others = j.Proof.Runs
	return j
}

// beingProved is one in mid-check.
func beingProved() session.JobState {
	j := proved(62)
	j.Proof.Running = true
	j.Progress = &engine.Progress{Phase: engine.Working, Bytes: 740_000_000, Stored: 740_000_000, TotalBytes: 1_900_000_000, Counted: true, Elapsed: 234 * time.Second}
	return j
}

// damaged is one of which a check found damage.
func damaged() session.JobState {
	j := proved(54)
	j.Health = session.Damaged
	j.Proof.Found = settings.Lost
	j.Proof.Sentence = "Some versions of some files cannot be brought back whole: what is stored for them is damaged. The files on this computer are as they were. Check the drive or the server, and keep a second backup at another place."
	r := &j.Proof.Runs[0]
	r.Outcome, r.Problems, r.Sentence = settings.Warnings, 2, j.Proof.Sentence
	return j
}

func findings() []settings.RunEvent {
	return []settings.RunEvent{
		{Kind: settings.DamageFound, Text: "The pack 7f3a9c21 is damaged."},
		{Kind: settings.DamageFound, Path: "Pictures/2024/Winter/IMG_20240118_101530.jpg", Text: "Cannot be restored whole from some versions."},
		{Kind: settings.DamageFound, Path: "Documents/Thesis/figures/cross-section-7.tiff", Text: "Cannot be restored whole from some versions."},
		{Kind: settings.DamageFound, Text: "The pack 02be7710 is damaged."},
	}
}
