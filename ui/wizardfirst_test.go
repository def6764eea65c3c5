package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// toFirst goes to the end of the wizard.
func (s *stage) toFirst() {
	s.u.openFirstRun(1, (&wizard{list: look.Stacked(4), stand: look.NewButton("", nil), steps: []step{{title: lang.T("What")}, {title: lang.T("Rules")}, {title: lang.T("Where")}, {title: lang.T("Protection")}, {title: lang.T("When")}, {title: lang.T("How long")}, {title: lang.T("Check")}}}).answered(), false)
	s.settle()
}

// shownFirst goes there, and waits for what came back.
func (s *stage) shownFirst() {
	s.toFirst()
	s.q.until(s.t, "the file", func() bool { return !s.says("One file is brought back from it now") })
}

// firstVersion is a job of Ada's with one run.
func firstVersion(health session.Health) session.JobState {
	j := adasJob(health)
	j.Runs = j.Runs[:1]
	return j
}

func broughtBack(err error) func() *fake {
	return func() *fake {
		f := &fake{jobs: []session.JobState{firstVersion(session.Protected)}}
		f.sample = session.Sample{Path: "/home/ada/Documents/Thesis/notes.txt", Size: 318, Same: true}
		f.content = "The lake froze from the shore inwards.\nVarves: one light layer in summer, one dark in winter.\n\nAsk M. for the cores of 1987.\n"
		f.sampleErr = err
		return f
	}
}

func firstFailed() *fake {
	j := firstVersion(session.Unprotected)
	j = session.JobState{Job: j.Job, Runs: j.Runs, Health: j.Health}
	j.Runs[0].Outcome, j.Runs[0].Sentence = settings.Failed, "Stopped: the place is full. Nothing already saved is affected. Make room, and start it again: it goes on where it stopped."
	return &fake{jobs: []session.JobState{j}}
}

var firstScenes = []scene{
	{"wizard-first-running", func() *fake {
		j := running(false)
		j.Runs, j.LastGood = nil, time.Time{}
		return &fake{jobs: []session.JobState{j}}
	}, (*stage).toFirst},
	{"wizard-first-proved", broughtBack(nil), (*stage).shownFirst},
	{"wizard-first-damaged", broughtBack(&engine.Error{Op: "comparing what came back", Path: "Documents/Thesis/notes.txt", Kind: engine.Damaged, Err: session.ErrNotTheSame}), (*stage).shownFirst},
	{"wizard-first-none", broughtBack(session.ErrNoSample), (*stage).shownFirst},
	{"wizard-first-failed", firstFailed, (*stage).toFirst},
}

// What comes back is shown, once, and the sheet is one click away.
func TestFirstRun(t *testing.T) {
	f := broughtBack(nil)()
	s := newStage(t, "light", f)
	s.shownFirst()
	for _, says := range []string{"the same, byte for byte", "~/Documents/Thesis/notes.txt", "The lake froze"} {
		if !s.says(says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	s.u.update()
	s.settle()
	if f.sampled != 1 {
		t.Errorf("a file was brought back %d times", f.sampled)
	}
	s.tap("Recovery sheet…")
	if !s.says("Recovery sheet") || !s.says("What it says") {
		t.Error("the sheet is not there")
	}
	s.tap("Back")
	if s.u.current != Overview {
		t.Errorf("back leads to %q", s.u.current)
	}
}

// When nothing comes back it is said plainly, and can be tried again.
func TestFirstRunThatIsNotTheSame(t *testing.T) {
	f := broughtBack(errors.New("the drive is gone"))()
	s := newStage(t, "light", f)
	s.shownFirst()
	if !s.says("no file came back from it as it was") || !s.says("Do not rely on this backup") {
		t.Error("the worst news is not told")
	}
	f.sampleErr = nil
	s.tap("Try again")
	s.q.until(t, "the file", func() bool { return s.says("the same, byte for byte") })
}

func TestFirstLines(t *testing.T) {
	got := firstLines("a\tb\r\nc\x07\n" + strings.Repeat("x\n", 20))
	if want := "a    b\nc\uFFFD\nx\nx\nx\nx\nx\nx\n…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
