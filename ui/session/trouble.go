package session

import (
	"context"
	"slices"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// troubles say what is in the way when a run fails with an error of a kind.
// Those that are missing end by themselves, or are nothing that a person can end.
var troubles = map[engine.ErrorKind]settings.Trouble{
	engine.NoSpace:           settings.FullPlace,
	engine.WrongPassphrase:   settings.NoPassphrase,
	engine.NoPassphrase:      settings.NoPassphrase,
	engine.LoginRefused:      settings.NoLogin,
	engine.NotTheServer:      settings.AnotherServer,
	engine.NoPermission:      settings.WrongPlace,
	engine.NoSuchDestination: settings.WrongPlace,
	engine.SourceMissing:     settings.FoldersNotThere,
	engine.SourceNotMounted:  settings.FoldersNotThere,
}

// troubleOf is what is in the way of a run that ended with err.
func troubleOf(err error) settings.Trouble {
	if err == nil {
		return settings.NoTrouble
	}
	return troubles[kindOf(err)]
}

// Trouble is what was in the way of the newest backup of a job, NoTrouble where
// it went well, or nobody can do anything about it.
func (j *JobState) Trouble() settings.Trouble {
	if len(j.Runs) == 0 {
		return settings.NoTrouble
	}
	return j.InTheWay(&j.Runs[0])
}

// InTheWay is what is still in the way of a run of the job: what it failed for,
// unless it was tried again since, or a backup got through, which says nothing of
// a second place.
func (j *JobState) InTheWay(r *settings.Run) settings.Trouble {
	isOver := func(later settings.Run) bool {
		again := later.Kind == r.Kind && later.Destination == r.Destination
		return later.ID > r.ID && (again || r.Kind != settings.CopyRun && later.Kind == settings.BackupRun && madeVersion(later))
	}
	if r.Outcome != settings.Failed || slices.ContainsFunc(j.Runs, isOver) || slices.ContainsFunc(j.Others, isOver) {
		return settings.NoTrouble
	}
	return r.Trouble
}

// Unlock takes the passphrase of a job from a person once it has opened what the
// job stored, and puts it into the keyring if keep is set. One that does not open
// it changes nothing. ErrNotKept means that it is right, and known until the
// program ends.
func (s *Session) Unlock(ctx context.Context, id int64, passphrase string, keep bool) error {
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return err
	}
	c := Choice{Destination: j.Destination, Options: j.Options}
	if err := s.Opens(ctx, c, passphrase); err != nil && !holdsNothing(err) {
		return err
	}
	if err := s.takePassphrase(ctx, NewJob{Choice: c, Passphrase: passphrase, Keep: keep}); err != nil || !keep {
		return err // the next good run corrects what the keyring holds
	}
	s.mu.Lock()
	delete(s.refused, j.Destination)
	s.mu.Unlock()
	s.changed()
	return nil
}

// holdsNothing tells that there is no version yet that a passphrase could open.
func holdsNothing(err error) bool {
	kind := kindOf(err)
	return kind == engine.NoArchive || kind == engine.NotFound
}
