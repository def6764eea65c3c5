package ui

import (
	"testing"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// Every answer of the wizard is one click from the page of a job.
func TestJobPageLeadsToEveryForm(t *testing.T) {
	j := drilledJob(func(*session.JobState) {})
	j.Rules = []settings.Rule{{}, {}}
	for button, says := range map[string]string{
		"What: Change…": "What is kept", "Where: Change…": "Where are the versions now?", "When: Change…": "When it runs", "Protection: Change…": "The new passphrase", "How long: Change…": "How long versions stay",
		"In a second place: Change…": "Copies in a second place", "Proof: Change…": "Prove what is stored",
	} {
		s := newStage(t, "light", &fake{jobs: []session.JobState{j}})
		s.tap("Details")
		s.settle()
		for _, text := range []string{"~/Documents and ~/Pictures", "2 rules choose", "Lake / Varve", "Encrypted.", "It is kept in one place only.", "A restore was proved 3 days ago"} {
			if !s.says(text) {
				t.Fatalf("it does not say %q", text)
			}
		}
		s.named(button)
		if !s.says(says) {
			t.Errorf("%q does not lead to %q", button, says)
		}
	}
}

func TestJobPageLooksAtRuns(t *testing.T) {
	s := newStage(t, "light", &fake{jobs: []session.JobState{adasJob(session.Protected)}})
	s.toJob()
	if !s.says("14 items were new, changed or deleted. 2.40 MB stored in 20 seconds.") {
		t.Error("the newest run is not told")
	}
	for range 11 {
		s.named("The run before")
	}
	if !s.says("The destination is not there.") || s.says("Look inside") {
		t.Error("a run without a version is not told")
	}
	s.named("The run after")
	if !s.says("Look inside") {
		t.Error("there is no way back to a version")
	}
	s.tap("Look inside")
	s.f.jobs = nil
	s = newStage(t, "light", &fake{jobs: []session.JobState{adasJob(session.Protected)}})
	s.toJob()
	s.f.jobs = nil
	s.u.update()
	s.settle()
	if !s.says("Start backing up") {
		t.Error("the page of a job that is gone stays")
	}
}
