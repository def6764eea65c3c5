package ui

import (
	"errors"
	"slices"
	"testing"

	"github.com/varve-backup/varve/ui/session"
)

func TestOverviewSaysWhetherARestoreIsProved(t *testing.T) {
	never := drilledJob(func(j *session.JobState) { j.Drill = session.Drill{} })
	open := drilledJob(notBack)
	open.Drill.Failed = -1
	for _, c := range []struct {
		j    session.JobState
		says []string
	}{
		{drilledJob(func(*session.JobState) {}), []string{"A restore was proved 3 days ago.", "A restore was proved 3 days ago: 20 files, 41.3 MB. 17 of them were compared with your folders."}},
		{adasJob(session.Protected), []string{"No restore was"}},
		{never, []string{"No restore was ever tried out."}},
		{drilledJob(notBack), []string{"A restore was tried out, and 2 files did not come back whole.", "Something that is stored is damaged."}},
		{open, []string{"A restore was tried out, and what is stored could not be opened."}},
		{drilledJob(beingTriedOut), []string{"12 of 20 files brought back", "Trying out a restore of Documents and Pictures"}},
	} {
		s := newStage(t, "light", &fake{jobs: []session.JobState{c.j}})
		for _, text := range c.says {
			if !s.says(text) {
				t.Errorf("it does not say %q", text)
			}
		}
	}
}

func TestRestoreIsTriedOutOnDemand(t *testing.T) {
	s := newStage(t, "light", &fake{jobs: []session.JobState{drilledJob(notBack)}})
	s.tap("Prove it now")
	s.settle()
	if !slices.Equal(s.f.drilled, []int64{1}) {
		t.Fatalf("tried out: %v", s.f.drilled)
	}
	s.f.proveFail = errors.New("it runs")
	s.u.openChecking(s.f.jobs[0])
	s.settle()
	if !s.says("2 files did not come back whole") {
		t.Error("the page does not say what was found")
	}
	s.pick("Every three months")
	s.tap("Save")
	s.settle()
	if !slices.Equal(s.f.drilling, []int{90}) {
		t.Errorf("saved: %v", s.f.drilling)
	}
}

func TestHistoryShowsDrills(t *testing.T) {
	s := newStage(t, "light", &fake{jobs: []session.JobState{drilledJob(func(*session.JobState) {})}, events: findings()})
	s.u.Show(Activity)
	s.settle()
	if !s.says("20 files came back whole, 41.3 MB. 17 of them were compared with your folders.") {
		t.Error("a good drill is not in the history")
	}
	s.f.jobs[0] = drilledJob(notBack)
	s.u.update()
	s.settle()
	s.tap("What was found")
	if !s.says("cross-section-7.tiff") {
		t.Error("what a drill found is not shown")
	}
}
