package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
)

// PassphraseChange is what a person wants a backup to be opened with.
type PassphraseChange struct {
	// Present opens it now, "" for the passphrase that is at hand.
	Present, New string
	// Keep puts the new one into the keyring; otherwise what the keyring holds of
	// the present one goes, and the new one is known until the program ends.
	Keep bool
	// Alone shuts out all other passphrases, too.
	Alone bool
}

// PassphraseFacts are what a person is told before the passphrase of a job is
// changed.
type PassphraseFacts struct {
	At Whereabouts
	// Volumes tells that what is stored keeps its passphrase for good.
	Volumes bool
	// Jobs are the names of other jobs that store in the same place: they have the
	// same passphrase, before and after.
	Jobs []string
	// Others is how many more passphrases open it, 0 where that cannot be told
	// without asking somebody.
	Others int
}

// ErrOldOpens: the new passphrase opens the backup and is kept, and the one before
// could not be shut out.
var ErrOldOpens = errors.New("the passphrase before opens it as well")

// PassphraseFacts looks at what a job stored. It asks nobody: what cannot be
// looked at is left out.
func (s *Session) PassphraseFacts(ctx context.Context, j *settings.Job) (PassphraseFacts, error) {
	f := PassphraseFacts{At: s.Whereabouts(ctx, j), Volumes: s.FormatOf(ctx, j) == engine.Volumes}
	jobs, err := s.store.Jobs(ctx)
	for i := range jobs {
		if jobs[i].Destination == j.Destination && jobs[i].ID != j.ID {
			f.Jobs = append(f.Jobs, jobs[i].Name)
		}
	}
	if err != nil || f.Volumes || f.At == Elsewhere {
		return f, err
	}
	ctx = context.WithValue(ctx, unasked{}, true)
	if keys, err := s.engine.Keys(ctx, s.reach(ctx, ArchiveOf(j))); err == nil {
		f.Others = max(0, len(keys)-1)
	}
	return f, nil
}

// KeptInVolumes tells that what a job stored keeps its passphrase for good, as far
// as this computer knows: it does not go to the destination.
func (s *Session) KeptInVolumes(ctx context.Context, j *settings.Job) (bool, error) {
	past := s.Past(ArchiveOf(j))
	lines, err := past.Lines(ctx)
	if err != nil || len(lines) == 0 {
		return false, err
	}
	versions, err := past.Versions(ctx, lines[0].ID)
	return len(versions) > 0 && versions[0].Volumes > 0, err
}

// ChangePassphrase replaces the passphrase of what a job stored, and returns how
// many others open it besides the new one. Nobody is asked. All jobs that store
// there have the new one from then on, and second places follow. The new one is
// known here before the old one is shut out: whatever ends the change, what
// Varve knows opens the backup. ErrOldOpens tells that it ended in between, any
// other error that the passphrase is as it was.
func (s *Session) ChangePassphrase(ctx context.Context, id int64, c PassphraseChange) (others int, err error) {
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return 0, err
	}
	sharing, err := s.sharing(ctx, j.Destination)
	if err != nil {
		return 0, err
	}
	for _, job := range sharing {
		s.endCheck(ctx, job)
	}
	leave, err := s.occupyPlace(ctx, j.Destination)
	if err != nil {
		return 0, err
	}
	defer leave()
	ctx = context.WithValue(ctx, unasked{}, true)
	d := s.reach(ctx, ArchiveOf(&j))
	d.Encryption.Passphrase = secret.New(c.Present)
	kept := false
	others, err = s.engine.ChangePassphrase(ctx, d, engine.PassphraseChange{New: secret.New(c.New), Alone: c.Alone, Keep: func(ctx context.Context) error {
		// Those that are not told follow after the next backup.
		_ = s.store.OutdateCopies(ctx, j.Destination)
		err := s.replacePassphrase(ctx, j.Destination, c.New, c.Keep)
		kept = err == nil
		return err
	}})
	switch {
	case err != nil && kept:
		err = fmt.Errorf("%w: %w", ErrOldOpens, err)
	case kindOf(err) == engine.WrongPassphrase && c.Present == "":
		s.Forget(j.Destination)
	}
	return others, err
}

// replacePassphrase remembers another passphrase of a destination, in the keyring
// too if that is wanted, where otherwise nothing of it stays. After an error
// nothing is known to have changed.
func (s *Session) replacePassphrase(ctx context.Context, url, passphrase string, keep bool) error {
	var err error
	if keep {
		err = s.secrets.Set(ctx, url, passphrase)
	} else if err = s.secrets.Delete(ctx, url); errors.Is(err, settings.ErrNoSecret) || errors.Is(err, settings.ErrNoKeyring) {
		err = nil // where there is no keyring, there is nothing in it
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	s.Remember(url, passphrase)
	s.mu.Lock()
	delete(s.refused, url)
	s.mu.Unlock()
	return nil
}

// occupyPlace occupies all jobs that store in a place.
func (s *Session) occupyPlace(ctx context.Context, url string) (leave func(), err error) {
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	var held []func()
	leave = func() {
		for _, end := range held {
			end()
		}
	}
	for i := range jobs {
		if jobs[i].Destination != url {
			continue
		}
		end, err := s.occupy(ctx, &jobs[i])
		if err != nil {
			leave()
			return nil, err
		}
		held = append(held, end)
	}
	return leave, nil
}
