package ui

import (
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// fakeRepairing are the jobs that a fake is asked to repair.
type fakeRepairing struct {
	repaired   []int64
	repairFail error
}

func (f *fakeRepairing) Repair(job int64) error {
	f.repaired = append(f.repaired, job)
	return f.repairFail
}

// damagedWithCopy is a damaged job with a second place.
func damagedWithCopy() *fake {
	j := damaged()
	j.Copies = []session.CopyState{copied(1, pond)}
	return &fake{jobs: []session.JobState{j}, events: findings()}
}

// beingRepaired is one in mid-repair.
func beingRepaired(step engine.MendStep) session.JobState {
	j := damaged()
	j.Health, j.Repairing = session.Busy, step
	j.Progress = &engine.Progress{Phase: engine.Working, Bytes: int64(step) - 1, TotalBytes: int64(engine.MendProving), Stored: 4_100_000_000, Elapsed: 12 * time.Minute}
	return j
}

// afterRepair is one of which the newest repair ended so.
func afterRepair(o settings.Outcome, lost int64, sentence string) session.JobState {
	j := proved(100)
	r := settings.Run{ID: 400, Kind: settings.RepairRun, Started: daysAgo(0.09), Ended: daysAgo(0.02), Outcome: o, Problems: lost, Sentence: sentence, Files: 2}
	j.Others = slices.Insert(slices.Clone(j.Others), 0, r)
	return j
}

const (
	givenUp  = "What could be had again is back. The rest is lost, and was taken out of the versions that held it. All that is stored is whole now."
	unmended = "Not everything could be mended, and what is left is named. Your folders were read again, and the newest version holds them whole."
)

func partlyRepaired() *fake {
	return &fake{jobs: []session.JobState{afterRepair(settings.Warnings, 1, givenUp)}, events: []settings.RunEvent{
		{Kind: settings.DamageFound, Path: "/home/ada/Pictures/2024/Winter/IMG_20240118_101530.jpg", Text: "Lost: nothing holds it whole any more."},
	}}
}

// repairScenes are states of repairs.
var repairScenes = []scene{
	{"repair-ask", damagedWithCopy, func(s *stage) { s.tap("Repair…") }},
	{"repair-ask-german", damagedWithCopy, func(s *stage) {
		s.german()
		s.u.Show(Overview)
		s.tap("Reparieren …")
	}},
	{"job-damaged", withJobs(damaged()), (*stage).toJob},
	{"overview-repairing", withJobs(beingRepaired(engine.MendLooking)), func(*stage) {}},
	{"activity-repairing", withJobs(beingRepaired(engine.MendSources)), func(s *stage) { s.u.Show(Activity) }},
	{"activity-repaired", withJobs(afterRepair(settings.Fine, 0, "")), func(s *stage) { s.u.Show(Activity) }},
	{"overview-repaired", partlyRepaired, func(*stage) {}},
	{"repair-lost", partlyRepaired, func(s *stage) { s.tap("What did not come back") }},
}

// What would be done is said before it is done, with what is damaged and the
// places that are to be connected.
func TestRepairAsks(t *testing.T) {
	s := newStage(t, "light", damagedWithCopy())
	s.tap("Repair…")
	s.settle()
	for _, want := range []string{
		"what is stored for them is damaged", "cross-section-7.tiff", "What Pond / Varve has whole is taken from there. It must be connected.",
		"Your folders are read again in full", "What is nowhere any more is named.",
	} {
		if !s.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if len(s.f.repaired) != 0 {
		t.Error("it does not wait for the answer")
	}
	s.tap("Repair")
	s.settle()
	if !slices.Equal(s.f.repaired, []int64{1}) {
		t.Errorf("it repairs %v", s.f.repaired)
	}
}

func TestRepairWithoutSecondPlace(t *testing.T) {
	j := adasJob(session.Damaged)
	j.Drill.Failed = 2
	s := newStage(t, "light", &fake{jobs: []session.JobState{j}})
	s.f.repairFail = session.ErrRuns
	s.tap("Repair…")
	s.settle()
	if s.says("is taken from there") || !s.says("2 files did not come back whole") {
		t.Error("it says what is not so")
	}
	s.tap("Repair")
	s.settle()
	if !s.says("This backup is running already.") {
		t.Error("a repair that cannot begin says nothing")
	}
}

// Every step and every end has its words.
func TestRepairIsTold(t *testing.T) {
	for step, want := range map[engine.MendStep]string{
		engine.MendLooking: "Step 1 of 6: Reading everything that is stored", engine.MendCopies: "Step 2 of 6: Taking from the second place",
		engine.MendSaving: "Step 3 of 6: Saving", engine.MendSources: "Step 4 of 6: Reading your folders again",
		engine.MendMarking: "Step 5 of 6: Marking", engine.MendProving: "Step 6 of 6: Reading everything once more",
	} {
		s := newStage(t, "light", &fake{jobs: []session.JobState{beingRepaired(step)}})
		s.u.Show(Activity)
		s.settle()
		if !s.says(want) || !s.says("Repairing what Documents and Pictures stored in Lake / Varve") || s.says("B/s") {
			t.Errorf("step %d is not told", step)
		}
	}
	for _, row := range []struct {
		outcome  settings.Outcome
		lost     int64
		sentence string
		want     []string
	}{
		{settings.Fine, 0, "", []string{"Repaired", "is whole. 2 stored files were taken from a second place."}},
		{settings.Warnings, 1, givenUp, []string{"Repaired in part", "The rest is lost", "What did not come back"}},
		{settings.Warnings, 2, unmended, []string{"Repaired in part", "Not everything could be mended"}},
		{settings.Failed, 0, "The destination is not there.", []string{"Not repaired", "What happened"}},
		{settings.Cancelled, 0, "", []string{"Repairing stopped", "What was mended stays mended"}},
		{settings.Interrupted, 0, "", []string{"Repairing interrupted"}},
	} {
		s := newStage(t, "light", &fake{jobs: []session.JobState{afterRepair(row.outcome, row.lost, row.sentence)}})
		s.u.Show(Activity)
		s.settle()
		for _, want := range row.want {
			if !s.says(want) {
				t.Errorf("%s: it does not say %q", row.outcome, want)
			}
		}
	}
}

// What a repair did not bring back stands on the card for some days.
func TestLossIsToldOnTheCard(t *testing.T) {
	s := newStage(t, "light", partlyRepaired())
	s.tap("What did not come back")
	s.settle()
	if !s.says("~/Pictures/2024/Winter/IMG_20240118_101530.jpg") && !s.says("/home/ada/Pictures/2024/Winter/IMG_20240118_101530.jpg") {
		t.Error("what is lost is not named by its place")
	}
	old := partlyRepaired()
	old.jobs[0].Others[0].Ended = daysAgo(8)
	if s = newStage(t, "light", old); s.says("What did not come back") {
		t.Error("it is told for ever")
	}
}
