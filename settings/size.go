package settings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Size is how much a destination held at a time, and how much room was left,
// both in bytes; Free is -1 where nobody knows.
type Size struct {
	At           time.Time
	Stored, Free int64
}

// mostSizes is how many sizes of a job are kept: a year of days, and more.
const mostSizes = 400

// AddSize records the size of what a job stored, and forgets the oldest.
func (s *Store) AddSize(ctx context.Context, job int64, z Size) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO size VALUES (?, ?, ?, ?)", job, nanoseconds(z.At), z.Stored, z.Free)
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM size WHERE job = ? AND at NOT IN (SELECT at FROM size WHERE job = ? ORDER BY at DESC LIMIT ?)", job, job, mostSizes)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("recording the size of job %d: %w", job, err)
	}
	return nil
}

// Sizes returns what is known since a moment, the newest first.
func (s *Store) Sizes(ctx context.Context, job int64, since time.Time) ([]Size, error) {
	return readAll(ctx, s.db, fmt.Sprintf("the sizes of job %d", job), func(at row) (z Size, err error) {
		var when int64
		err = at.Scan(&when, &z.Stored, &z.Free)
		z.At = fromNanoseconds(when)
		return z, err
	}, "SELECT at, stored, free FROM size WHERE job = ? AND at >= ? ORDER BY at DESC", job, nanoseconds(since))
}

// SetLack records how much room a run would have needed that found none, 0 after
// one that found it.
func (s *Store) SetLack(ctx context.Context, job, bytes int64) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO lack VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET bytes = excluded.bytes", job, bytes)
	if err != nil {
		return fmt.Errorf("recording what room job %d needs: %w", job, err)
	}
	return nil
}

// Lack is how much more room the newest run would have needed, 0 where that is
// not known.
func (s *Store) Lack(ctx context.Context, job int64) (bytes int64, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT bytes FROM lack WHERE job = ?", job).Scan(&bytes)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading what room job %d needs: %w", job, err)
	}
	return bytes, nil
}
