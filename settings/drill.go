package settings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Drill says how often a restore of what a job stored is tried out, and what that
// brought.
type Drill struct {
	// EveryDays is how many days lie between two drills, 0 for never.
	EveryDays int
	// Tried is when the last drill that came to its end began, and Proved the last
	// one in which everything came back whole; zero for never.
	Tried, Proved time.Time
	// Files and Bytes came back then; Compared of the files were compared with
	// those that they are of.
	Files, Bytes, Compared int64
	// Failed is how many files did not come back whole in the last drill, 0 when
	// it was good, and -1 when nothing could be opened.
	Failed int64
}

// NewDrill is how a restore is tried out as long as nobody chose.
func NewDrill() Drill { return Drill{EveryDays: 30} }

// Drill returns how restoring what a job stored is tried out.
func (s *Store) Drill(ctx context.Context, job int64) (Drill, error) {
	var d Drill
	var tried, proved int64
	row := s.db.QueryRowContext(ctx, "SELECT every, tried, proved, files, bytes, compared, failed FROM drill WHERE job = ?", job)
	err := row.Scan(&d.EveryDays, &tried, &proved, &d.Files, &d.Bytes, &d.Compared, &d.Failed)
	if errors.Is(err, sql.ErrNoRows) {
		return NewDrill(), nil
	}
	if err != nil {
		return d, fmt.Errorf("reading how restoring of job %d is tried out: %w", job, err)
	}
	d.Tried, d.Proved = fromNanoseconds(tried), fromNanoseconds(proved)
	return d, nil
}

// SetDrill changes how often a restore is tried out. What that brought so far
// stays.
func (s *Store) SetDrill(ctx context.Context, job int64, everyDays int) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO drill (job, every) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET every = excluded.every", job, everyDays)
	if err != nil {
		return fmt.Errorf("changing how restoring of job %d is tried out: %w", job, err)
	}
	return nil
}

// Drilled records what a drill brought: all of d but how often there is one.
func (s *Store) Drilled(ctx context.Context, job int64, d *Drill) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO drill VALUES (?, ?, ?, ?, ?, ?, ?, ?)"+
		" ON CONFLICT (job) DO UPDATE SET tried = excluded.tried, proved = excluded.proved, files = excluded.files,"+
		" bytes = excluded.bytes, compared = excluded.compared, failed = excluded.failed",
		job, NewDrill().EveryDays, nanoseconds(d.Tried), nanoseconds(d.Proved), d.Files, d.Bytes, d.Compared, d.Failed)
	if err != nil {
		return fmt.Errorf("recording how restoring of job %d was tried out: %w", job, err)
	}
	return nil
}
