package session

import (
	"context"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/undo"
)

// Undos tells which restores can be undone, newest first.
func (s *Session) Undos(ctx context.Context) ([]undo.Kept, error) { return s.engine.Undos(ctx) }

// Undo makes the work that undoes a restore. What was changed since stays, and
// is reported as a FileProblem. A dry run changes nothing, and tells what would
// be done. The caller runs it.
func (s *Session) Undo(id string, dryRun bool) Work {
	return &undoWork{s.engine.Undo(engine.UndoPlan{ID: id, DryRun: dryRun}), s, dryRun}
}

// undoWork tells those who listen that there is one restore less to undo.
type undoWork struct {
	*engine.Job
	session *Session
	dryRun  bool
}

func (w *undoWork) Run(ctx context.Context, watch func(engine.Event)) error {
	err := w.Job.Run(ctx, watch)
	if !w.dryRun {
		w.session.changed()
	}
	return err
}

// purgeUndos forgets restores that are too old to be undone.
func (s *Session) purgeUndos(ctx context.Context) {
	if gone, err := s.engine.PurgeUndos(ctx, s.config.Now()); err == nil && gone > 0 {
		s.changed()
	}
}
