package settings

import (
	"context"
	"fmt"
)

// AddFormerRoot records the folder that was above all folders of a job before
// they were changed: versions that are there name it.
func (s *Store) AddFormerRoot(ctx context.Context, job int64, root string) error {
	if _, err := s.db.ExecContext(ctx, "INSERT OR IGNORE INTO former (job, root) VALUES (?, ?)", job, []byte(root)); err != nil {
		return fmt.Errorf("changing the folders of job %d: %w", job, err)
	}
	return nil
}

// FormerRoots are those that a job ever had, in no order. Its own of today may be
// among them.
func (s *Store) FormerRoots(ctx context.Context, job int64) ([]string, error) {
	return readAll(ctx, s.db, fmt.Sprintf("the former folders of job %d", job), scanText, "SELECT root FROM former WHERE job = ?", job)
}
