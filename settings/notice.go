package settings

import (
	"context"
	"fmt"
	"time"
)

// Told is what a person was told last of a job.
type Told struct {
	Job int64
	// State names what was told. What names there are is not known here.
	State string
	// When it was told, and when to tell it once more, zero for never.
	When, Again time.Time
}

// Told returns what was told of all jobs.
func (s *Store) Told(ctx context.Context) ([]Told, error) {
	return readAll(ctx, s.db, "what was told", func(at row) (t Told, err error) {
		var when, again int64
		err = at.Scan(&t.Job, &t.State, &when, &again)
		t.When, t.Again = fromNanoseconds(when), fromNanoseconds(again)
		return t, err
	}, "SELECT job, state, told, again FROM notice ORDER BY job")
}

// SetTold records what was told of a job; an empty state forgets it.
func (s *Store) SetTold(ctx context.Context, t Told) error {
	var err error
	if t.State == "" {
		_, err = s.db.ExecContext(ctx, "DELETE FROM notice WHERE job = ?", t.Job)
	} else {
		_, err = s.db.ExecContext(ctx, "INSERT INTO notice VALUES (?, ?, ?, ?)"+
			" ON CONFLICT (job) DO UPDATE SET state = excluded.state, told = excluded.told, again = excluded.again",
			t.Job, t.State, nanoseconds(t.When), nanoseconds(t.Again))
	}
	if err != nil {
		return fmt.Errorf("recording what was told of job %d: %w", t.Job, err)
	}
	return nil
}
