package settings

import (
	"context"
	"fmt"
)

// Adopt records that a job goes on with versions that it did not make.
func (s *Store) Adopt(ctx context.Context, job int64) error { return adopt(ctx, s.db, job) }

func adopt(ctx context.Context, q querier, job int64) error {
	if _, err := q.ExecContext(ctx, "INSERT OR IGNORE INTO adoption (job) VALUES (?)", job); err != nil {
		return fmt.Errorf("adopting for job %d: %w", job, err)
	}
	return nil
}

// Adopts tells that a job was told to go on with versions that it did not
// make, and has made none itself since.
func (s *Store) Adopts(ctx context.Context, job int64) (adopts bool, err error) {
	row := s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM adoption WHERE job = ?)", job)
	if err := row.Scan(&adopts); err != nil {
		return false, fmt.Errorf("reading job %d: %w", job, err)
	}
	return adopts, nil
}

// EndAdoption records that a job has a version of its own.
func (s *Store) EndAdoption(ctx context.Context, job int64) error {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM adoption WHERE job = ?", job); err != nil {
		return fmt.Errorf("changing job %d: %w", job, err)
	}
	return nil
}
