package settings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Outcome is how a run ended.
type Outcome string

// The outcomes.
const (
	Running     Outcome = "running"
	Fine        Outcome = "fine"
	Warnings    Outcome = "warnings"
	Failed      Outcome = "failed"
	Cancelled   Outcome = "cancelled"
	Interrupted Outcome = "interrupted" // the program died in it
)

// Run is one run of a job.
type Run struct {
	ID      int64
	Job     int64
	Kind    string // backup, restore or verify
	Started time.Time
	// Ended is zero while it runs.
	Ended   time.Time
	Outcome Outcome
	// What it did: files and bytes handled, bytes stored, items changed, items
	// that need attention.
	Files, Bytes, Stored, Changed, Problems int64
	// Version is the time of the version that it made.
	Version time.Time
	// Sentence says what went wrong.
	Sentence string
}

// RunEvent is one item that needed attention in a run.
type RunEvent struct {
	Path, Text string
}

// mostEvents is how many events of a run are kept; the run counts all.
const mostEvents = 1000

// mostRuns is how many runs of a job are kept.
const mostRuns = 500

// BeginRun records that a run has begun.
func (s *Store) BeginRun(ctx context.Context, job int64, kind string) (*Run, error) {
	r := &Run{Job: job, Kind: kind, Started: time.Now(), Outcome: Running}
	err := s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM run WHERE job = ? AND id NOT IN (SELECT id FROM run WHERE job = ? ORDER BY started DESC LIMIT ?)", job, job, mostRuns-1)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "INSERT INTO run (job, kind, started, outcome, process) VALUES (?, ?, ?, ?, ?) RETURNING id",
			job, kind, r.Started.UnixNano(), string(Running), os.Getpid()).Scan(&r.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("recording a run: %w", err)
	}
	return r, nil
}

// EndRun records how a run ended, with the first of its events.
func (s *Store) EndRun(ctx context.Context, r *Run, events []RunEvent) error {
	if r.Ended.IsZero() {
		r.Ended = time.Now()
	}
	err := s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE run SET ended = ?, outcome = ?, files = ?, bytes = ?, stored = ?, changed = ?, problems = ?, version = ?, sentence = ? WHERE id = ?",
			r.Ended.UnixNano(), string(r.Outcome), r.Files, r.Bytes, r.Stored, r.Changed, r.Problems, nanoseconds(r.Version), r.Sentence, r.ID)
		for _, e := range events[:min(len(events), mostEvents)] {
			if err == nil {
				_, err = tx.ExecContext(ctx, "INSERT INTO event VALUES (?, ?, ?)", r.ID, []byte(e.Path), e.Text)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("recording the end of a run: %w", err)
	}
	return nil
}

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanoseconds(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}

// Runs returns the newest runs of a job first.
func (s *Store) Runs(ctx context.Context, job int64, most int) ([]Run, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, job, kind, started, ended, outcome, files, bytes, stored, changed, problems, version, sentence FROM run WHERE job = ? ORDER BY started DESC LIMIT ?", job, most)
	if err != nil {
		return nil, fmt.Errorf("reading runs: %w", err)
	}
	defer rows.Close()
	var runs []Run
	for rows.Next() {
		var r Run
		var started, ended, version int64
		if err := rows.Scan(&r.ID, &r.Job, &r.Kind, &started, &ended, &r.Outcome, &r.Files, &r.Bytes, &r.Stored, &r.Changed, &r.Problems, &version, &r.Sentence); err != nil {
			return nil, fmt.Errorf("reading runs: %w", err)
		}
		r.Started, r.Ended, r.Version = fromNanoseconds(started), fromNanoseconds(ended), fromNanoseconds(version)
		runs = append(runs, r)
	}
	return runs, rows.Err()
}

// Events returns the events of a run.
func (s *Store) Events(ctx context.Context, run int64) ([]RunEvent, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT path, text FROM event WHERE run = ? ORDER BY rowid", run)
	if err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	defer rows.Close()
	var events []RunEvent
	for rows.Next() {
		var path []byte
		var e RunEvent
		if err := rows.Scan(&path, &e.Text); err != nil {
			return nil, fmt.Errorf("reading events: %w", err)
		}
		e.Path = string(path)
		events = append(events, e)
	}
	return events, rows.Err()
}

// markInterrupted ends the runs of processes that are gone.
func (s *Store) markInterrupted(ctx context.Context) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		gone, err := goneRuns(ctx, tx)
		for _, id := range gone {
			if err == nil {
				_, err = tx.ExecContext(ctx, "UPDATE run SET outcome = ?, ended = started WHERE id = ?", string(Interrupted), id)
			}
		}
		return err
	})
}

func goneRuns(ctx context.Context, tx *sql.Tx) (ids []int64, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, process FROM run WHERE outcome = ?", string(Running))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var process int
		if err := rows.Scan(&id, &process); err != nil {
			return nil, err
		}
		if process != os.Getpid() && errors.Is(syscall.Kill(process, 0), syscall.ESRCH) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}
