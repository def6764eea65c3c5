package settings

import (
	"context"
	"fmt"
)

// SetSignKey changes the OpenPGP key that signs what a job stores; "" signs
// nothing.
func (s *Store) SetSignKey(ctx context.Context, job int64, fingerprint string) error {
	query, args := "INSERT INTO signing (job, fingerprint) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET fingerprint = excluded.fingerprint", []any{job, fingerprint}
	if fingerprint == "" {
		query, args = "DELETE FROM signing WHERE job = ?", args[:1]
	}
	if _, err := s.db.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("changing the key that signs for job %d: %w", job, err)
	}
	return nil
}
