package session

import (
	"context"

	"github.com/varve-backup/varve/engine"
)

// PublicKeys lists the OpenPGP keys that a backup can be encrypted for.
func (s *Session) PublicKeys(ctx context.Context) ([]engine.PublicKey, error) {
	return s.engine.PublicKeys(ctx)
}
