package session

import (
	"context"

	"github.com/varve-backup/varve/settings"
)

// Told is what the person was told last of each job.
func (s *Session) Told(ctx context.Context) ([]settings.Told, error) { return s.store.Told(ctx) }

// SetTold records what the person was told of a job.
func (s *Session) SetTold(ctx context.Context, t settings.Told) error {
	return s.store.SetTold(ctx, t)
}
