package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/varve-backup/varve/settings"
)

// MoveCopy makes a second place another one, or one that is opened in another
// way, and copies there. What was copied to the place before stays there; its
// login is forgotten where nothing else needs it, and after ErrOldLogin the copy
// is moved all the same.
func (s *Session) MoveCopy(ctx context.Context, id int64, c Choice, keep bool) error {
	k, err := s.store.Copy(ctx, id)
	if err != nil {
		return err
	}
	if c, err = s.settled(c); err != nil {
		return err
	}
	if err := s.checkSecond(ctx, &k, c); err != nil {
		return err
	}
	if err := s.takeLogin(ctx, c, keep); err != nil {
		return err
	}
	s.endCopies(func(running *copying) bool { return running.copy.ID == id }, errGivesWay)
	if err := s.store.MoveCopy(ctx, id, c.Destination, c.Options); err != nil {
		return err
	}
	forgotten := s.forgetLogins(ctx, []place{{k.Destination, k.Options}})
	s.changed()
	if err := s.CopyNow(id, false); err != nil && !errors.Is(err, ErrRuns) {
		return err
	}
	if forgotten != nil {
		return fmt.Errorf("%w: %w", ErrOldLogin, forgotten)
	}
	return nil
}

// checkSecond refuses a place that cannot become a copy, or hold it from now on.
func (s *Session) checkSecond(ctx context.Context, k *settings.Copy, c Choice) error {
	j, err := s.store.Job(ctx, k.Job)
	if err != nil {
		return err
	}
	if c.Destination != k.Destination {
		if err := s.checkPlace(ctx, &j, c.Destination, k.Destination); err != nil {
			return err
		}
	}
	return s.checkForeign(withLogin(ctx, c), &j, s.settledAt(ctx, c))
}
