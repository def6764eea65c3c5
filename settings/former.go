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
func (s *Store) FormerRoots(ctx context.Context, job int64) (roots []string, err error) {
	rows, err := s.db.QueryContext(ctx, "SELECT root FROM former WHERE job = ?", job)
	if err != nil {
		return nil, fmt.Errorf("reading the former folders of job %d: %w", job, err)
	}
	defer rows.Close()
	for rows.Next() {
		var root []byte
		if err := rows.Scan(&root); err != nil {
			return nil, fmt.Errorf("reading the former folders of job %d: %w", job, err)
		}
		roots = append(roots, string(root))
	}
	return roots, rows.Err()
}
