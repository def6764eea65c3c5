package ui

import (
	"testing"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/session"
)

// A page that is not saved is left only when the person says so.
func TestUnsavedPageIsNotLeftInSilence(t *testing.T) {
	s := newStage(t, "light", keeping(retention.SmartText)())
	s.toKeeping()
	s.tap("Back")
	if !s.says("You are protected") {
		t.Fatal("a page without changes asks")
	}
	s.toKeeping()
	s.option("Every version")
	s.u.Show(Activity)
	s.u.Show(Activity) // as the tray may, too
	if len(s.u.modals) != 1 || !s.says("How long versions stay was changed here, and not saved.") {
		t.Fatalf("%d questions were asked", len(s.u.modals))
	}
	s.tap("Stay here")
	if s.button("Save").Disabled() {
		t.Error("the change is gone")
	}
	s.tap("Back")
	s.tap("Leave")
	if !s.says("You are protected") || len(s.u.modals) != 0 {
		t.Error("the page was not left")
	}
	s.toKeeping()
	s.option("Every version")
	s.tap("Save")
	s.q.until(t, "the overview", func() bool { return s.says("You are protected") && len(s.u.modals) == 0 })
}

func TestWizardIsNotLeftInSilence(t *testing.T) {
	s := newStage(t, "light", &fake{jobs: []session.JobState{adasJob(session.Protected)}})
	s.tap("New backup")
	s.tap("Cancel")
	if !s.says("You are protected") {
		t.Fatal("nothing was answered yet, and Cancel asks")
	}
	s.tap("New backup")
	s.settle()
	s.tap("Continue")
	s.tap("Overview")
	if !s.says("The new backup is not set up yet") {
		t.Fatal("nobody asked")
	}
	s.tap("Leave")
	if !s.says("You are protected") {
		t.Error("the wizard was not left")
	}
}
