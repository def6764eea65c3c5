package ui

import (
	"context"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/undo"
	"github.com/varve-backup/varve/ui/session"
)

// fakeUndos are the restores of a fake that can be undone.
type fakeUndos struct {
	kept       []undo.Kept
	stayed     []engine.FileProblem
	undoResult undo.Result
	undone     []string // that were undone
	undoing    *fakeWork
	fails      error
}

func (f *fakeUndos) Undos(context.Context) ([]undo.Kept, error) { return f.kept, f.fails }

// Undo tells the same in a dry run.
func (f *fakeUndos) Undo(id string, dryRun bool) session.Work {
	var events []engine.Event
	for _, p := range f.stayed {
		events = append(events, p)
	}
	events = append(events, engine.Finished{Summary: engine.Summary{Undo: id, Undone: f.undoResult}})
	if !dryRun {
		f.undone = append(f.undone, id)
		if f.undoing != nil {
			f.undoing.events = events
			return f.undoing
		}
	}
	w := &fakeWork{events: events, end: make(chan struct{})}
	close(w.end)
	return w
}

// adasUndo is a restore in place that Ada can undo.
func adasUndo() undo.Kept {
	return undo.Kept{
		ID: "20261121-114000-ABCDEF", Root: "/home/ada", Began: now.Add(-40 * time.Minute), Ended: now.Add(-39 * time.Minute), Until: now.Add(undo.KeptFor),
		Tally: undo.Tally{Replaced: 38, Created: 3, Described: 2, Room: 48_200_000},
	}
}

// inPlace is a restore that has just ended, and can be undone.
func inPlace(change func(f *fake)) func() *fake {
	return func() *fake {
		k := adasUndo()
		over := came
		over.Summary.Undo = k.ID
		f := restoring(nil, over)()
		f.kept, f.undoResult = []undo.Kept{k}, undo.Result{Replaced: 38, Created: 3, Described: 2}
		change(f)
		return f
	}
}

// changedSince has two files that Ada went on with.
func changedSince(f *fake) {
	f.undoResult = undo.Result{Replaced: 36, Created: 3, Described: 2, Stayed: 3}
	f.stayed = append(f.stayed, engine.FileProblem{Path: "Documents/Thesis/chapter-3.odt", Problem: repository.NotRestored, Err: undo.ErrChanged})
	f.stayed = append(f.stayed,
		engine.FileProblem{Path: "Documents/Thesis/figures/cross-section-7.tiff", Problem: repository.NotRestored, Err: undo.ErrChanged},
		engine.FileProblem{Path: "Documents/Thesis/figures/new", Problem: repository.NotRestored, Err: undo.ErrNotEmpty})
}

// toUndo taps it at the result.
func (s *stage) toUndo() {
	s.toResult()
	s.settle()
	s.q.until(s.t, "the offer", func() bool { return s.says("This can be undone") })
	s.tap("Undo…")
	s.q.until(s.t, "the question", func() bool { return s.says("Undo this restore?") })
}

func (s *stage) undone() {
	s.toUndo()
	s.tap("Undo the restore")
	s.q.until(s.t, "the end", func() bool { return !s.u.undoing.running })
}

// toUndos shows the activity.
func (s *stage) toUndos() {
	s.u.Show(Activity)
	s.q.until(s.t, "the list", func() bool { return s.says("Restores that can be undone") })
}

func withUndos() *fake {
	cut, part := adasUndo(), adasUndo()
	cut.ID, cut.Ended, cut.Root, cut.Began = "cut", time.Time{}, "/home/ada/Pictures", daysAgo(2)
	cut.Tally = undo.Tally{Replaced: 1204, Room: 3_410_000_000}
	part.ID, part.Begun, part.Began = "part", true, daysAgo(6)
	part.Tally = undo.Tally{Replaced: 1}
	f := withJobs(adasJob(session.Protected))()
	f.kept = []undo.Kept{adasUndo(), cut, part}
	return f
}

var undoScenes = []scene{
	{"undo-offer", inPlace(func(*fake) {}), func(s *stage) {
		s.toResult()
		s.settle()
		s.q.until(s.t, "the offer", func() bool { return s.says("This can be undone") })
	}},
	{"undo-ask", inPlace(func(*fake) {}), (*stage).toUndo},
	{"undo-ask-changed", inPlace(changedSince), (*stage).toUndo},
	{"undo-running", inPlace(func(f *fake) {
		f.undoing = &fakeWork{end: make(chan struct{}), progress: engine.Progress{Files: 12, TotalFiles: 43, Current: "Documents/Thesis/figures/cross-section-7.tiff"}}
	}), func(s *stage) {
		s.toUndo()
		s.tap("Undo the restore")
	}},
	{"undo-done", inPlace(func(*fake) {}), (*stage).undone},
	{"undo-exceptions", inPlace(changedSince), (*stage).undone},
	{"undo-no-room", inPlace(func(f *fake) {
		over := came
		over.Summary.Unkept = 4
		f.restoring.events = []engine.Event{over}
	}), (*stage).toResult},
	{"undo-activity", withUndos, (*stage).toUndos},
}

// What is tapped is undone, from both places, and nothing else.
func TestUndoInTheWindow(t *testing.T) {
	s := newStage(t, "light", inPlace(func(*fake) {})())
	s.toUndo()
	s.tap("Cancel")
	if len(s.f.undone) > 0 {
		t.Errorf("undone without a yes: %q", s.f.undone)
	}
	s.tap("Undo…")
	s.q.until(t, "the question", func() bool { return s.says("Undo this restore?") })
	s.tap("Undo the restore")
	s.q.until(t, "the end", func() bool { return !s.u.undoing.running })
	if !s.says("38 items are back as they were.") || !s.says("3 items that the restore had added are gone.") || len(s.f.undone) != 1 || s.f.undone[0] != adasUndo().ID {
		t.Errorf("undone %q", s.f.undone)
	}
	s.f.kept = nil
	s.tap("Close")
	if s.u.undoing != nil || s.u.current != Restore {
		t.Error("closing leads elsewhere")
	}

	s = newStage(t, "light", withUndos())
	s.toUndos()
	s.tapFirst("Undo…")
	s.q.until(t, "the question", func() bool { return s.says("Undo this restore?") })
	if s.says("Undo the restore") {
		t.Error("there is nothing to undo, and it is offered")
	}
}

// What stays is named with its reason, before and afterwards.
func TestUndoNamesWhatStays(t *testing.T) {
	s := newStage(t, "light", inPlace(changedSince)())
	s.toUndo()
	for _, text := range []string{"3 items stay as they are", "Documents/Thesis/chapter-3.odt"} {
		if !s.says(text) {
			t.Errorf("it does not say %q", text)
		}
	}
	s.tap("Undo the restore")
	s.q.until(t, "the end", func() bool { return !s.u.undoing.running })
	for _, text := range []string{"Undone, with exceptions", "Changed after the restore", "Something came into this folder"} {
		if !s.says(text) {
			t.Errorf("it does not say %q", text)
		}
	}
}
