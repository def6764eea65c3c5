package engine

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine/undo"
)

// NewUndo makes a name for RestorePlan.Undo.
func (e *Engine) NewUndo() string { return undo.NewID(e.config.Now()) }

// undoOf is what a restore keeps.
func (e *Engine) undoOf(p RestorePlan) undo.Options {
	if p.Undo == "" || e.config.UndoDir == "" {
		return undo.Options{}
	}
	return undo.Options{Dir: e.config.UndoDir, ID: p.Undo, Now: e.config.Now}
}

// Undos tells which restores can be undone, newest first.
func (e *Engine) Undos(ctx context.Context) ([]undo.Kept, error) {
	all, err := undo.List(ctx, e.config.UndoDir)
	return all, classify(ctx, "looking for restores that can be undone", err)
}

// PurgeUndos forgets restores that are too old now to be undone, and the oldest
// ones where room is short. It tells how many.
func (e *Engine) PurgeUndos(ctx context.Context, now time.Time) (int, error) {
	gone, err := undo.Purge(ctx, e.config.UndoDir, now)
	return gone, classify(ctx, "forgetting old restores", err)
}

// Undo makes a job that undoes a restore: what it replaced is put back, and what
// it created is removed. What was changed since stays, and is reported as
// NotRestored. Summary.Undone tells what was done.
func (e *Engine) Undo(p UndoPlan) *Job {
	return e.job("undoing a restore", func(j jobRun) (Summary, error) {
		j.report(PhaseChanged{Preparing})
		kept, err := undo.Find(j.ctx, e.config.UndoDir, p.ID)
		if err != nil {
			return Summary{}, err
		}
		j.totalFiles.Store(kept.Changes())
		j.counted.Store(true)
		j.report(PhaseChanged{Working})
		result, err := undo.Undo(j.ctx, undo.Undoing{
			Dir: e.config.UndoDir, ID: kept.ID, DryRun: p.DryRun, Watch: j.observer(), Now: e.config.Now,
		})
		return Summary{Undo: kept.ID, Undone: result, Items: result.Replaced + result.Created + result.Described}, err
	})
}
