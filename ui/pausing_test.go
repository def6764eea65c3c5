package ui

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/ui/session"
)

// choosePause opens the menu at the foot of the sidebar.
func (s *stage) choosePause(label string) {
	s.t.Helper()
	s.tap("Pause all")
	over := s.u.window.Canvas().Overlays()
	if over.Top() == nil {
		s.t.Fatal("no menu comes")
	}
	over.Remove(over.Top())
	for _, i := range s.u.side.pausing.menu().Items {
		if i.Label == label {
			i.Action()
			s.settle()
			return
		}
	}
	s.t.Fatalf("the menu has no %q", label)
}

// A pause is begun and ended in the window, and seen there on every page.
func TestPauseInTheWindow(t *testing.T) {
	f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
	s := newStage(t, "light", f)
	for label, row := range map[string]struct {
		until time.Time
		says  string
	}{
		"Pause for 1 hour":     {now.Add(time.Hour), "Paused until 11:12."},
		"Pause until tomorrow": {session.Tomorrow(now), "Paused until tomorrow at 06:00."},
		"Pause until I go on":  {session.ForGood(), "Paused until you go on."},
	} {
		s.choosePause(label)
		if !f.paused.Equal(row.until) || !s.says(row.says) {
			t.Errorf("%s: paused until %v, and it does not say %q", label, f.paused, row.says)
		}
		s.u.Show(Settings)
		s.settle()
		s.tap("Go on")
		s.u.Show(Overview)
		s.settle()
		if !f.paused.IsZero() || s.says("Paused until") {
			t.Errorf("%s: it does not go on", label)
		}
	}
	f.pauseFail = errors.New("the disk is full")
	s.choosePause("Pause for 1 hour")
	if !s.says("This did not work") {
		t.Error("nobody is told that the pause failed")
	}
}

// The button stays where there is room for its icon only, and is not there when
// there is nothing to pause.
func TestPauseInANarrowWindow(t *testing.T) {
	f := &fake{jobs: []session.JobState{adasJob(session.Protected)}, fakeTimings: fakeTimings{paused: session.ForGood()}}
	s := newStage(t, "light", f)
	s.u.window.Resize(fyne.NewSize(800, 600))
	b := s.u.side.pausing.button
	if b.Text != "" || b.Name != "Go on" || !b.Visible() {
		t.Errorf("the button says %q and is called %q", b.Text, b.Name)
	}
	test.Tap(b)
	s.settle()
	if !f.paused.IsZero() || b.Name != "Pause all" {
		t.Errorf("it is called %q after a click", b.Name)
	}
	if newStage(t, "light", nothing()).u.side.pausing.button.Visible() {
		t.Error("there is something to pause without a job")
	}
}
