package settings

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Relocate records that what a job stored is at another destination now. Of what
// was learnt of the place before, how full it was and what was proved of it is
// forgotten; damage stays until a check finds none. A second place that is the
// destination now is none any more. Unless newest is zero, the versions that were
// made after it are not there: their runs made none.
func (s *Store) Relocate(ctx context.Context, job int64, destination string, options map[string]string, newest time.Time) error {
	j, err := s.Job(ctx, job)
	if err != nil {
		return err
	}
	j.Destination, j.Options = destination, options
	err = s.transact(ctx, func(tx *sql.Tx) error {
		for _, query := range []string{
			"DELETE FROM size WHERE job = ?", "DELETE FROM lack WHERE job = ?",
			"UPDATE checking SET proved = 0, read = 0, whole = 0 WHERE job = ?",
			"UPDATE drill SET tried = 0, proved = 0, files = 0, bytes = 0, compared = 0 WHERE job = ?",
		} {
			if _, err := tx.ExecContext(ctx, query, job); err != nil {
				return err
			}
		}
		if !newest.IsZero() {
			if _, err := tx.ExecContext(ctx, "UPDATE run SET version = 0 WHERE job = ? AND version > ?", job, nanoseconds(newest)); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM copy WHERE job = ? AND destination = ?", job, destination); err != nil {
			return err
		}
		return writeJob(ctx, tx, &j)
	})
	if err != nil {
		return fmt.Errorf("moving job %d: %w", job, err)
	}
	return nil
}
