package settings

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"
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

// Trouble is what was in the way of a run that failed, where a person can do
// something about it.
type Trouble string

// The troubles.
const (
	NoTrouble       Trouble = ""
	FullPlace       Trouble = "full"       // no room at the destination
	NoPassphrase    Trouble = "passphrase" // none is at hand, or not the right one
	NoLogin         Trouble = "login"      // the destination refused user, password or key
	AnotherServer   Trouble = "server"     // it is not known, or not the one that was
	WrongPlace      Trouble = "place"      // the address, or what is allowed there
	FoldersNotThere Trouble = "folders"    // of those to back up
	DamagedSource   Trouble = "damage"     // what is to be copied is not whole
)

// The kinds of runs.
const (
	BackupRun  = "backup"
	RestoreRun = "restore"
	VerifyRun  = "verify"
	CopyRun    = "copy"
	DrillRun   = "drill"
	RepairRun  = "repair"
)

// Run is one run of a job.
type Run struct {
	ID      int64
	Job     int64
	Kind    string
	Started time.Time
	// Ended is zero while it runs.
	Ended   time.Time
	Outcome Outcome
	// What it did: files and bytes handled, bytes stored, items that need
	// attention.
	Files, Bytes, Stored, Problems int64
	// Changed is how many items are not as they were in the version before.
	Changed int64
	// Version is the time of the version that it made.
	Version time.Time
	// Sentence says what went wrong.
	Sentence string
	Trouble  Trouble
	// Removed is how many versions were removed after it, and Removal says why
	// those that were due were not, "" when nothing was in the way.
	Removed int64
	Removal string
	// Destination is where a run of the kind CopyRun copies to.
	Destination string
}

// mostRuns is how many runs of a job and of a kind are kept.
const mostRuns = 500

// BeginRun records that a run of a job has begun, and forgets the oldest.
func (s *Store) BeginRun(ctx context.Context, job int64, kind string) (*Run, error) {
	r := &Run{Job: job, Kind: kind, Started: time.Now(), Outcome: Running}
	if err := s.beginRun(ctx, r); err != nil {
		return nil, fmt.Errorf("recording a run: %w", err)
	}
	return r, nil
}

// BeginCopy records that a copy of what a job stored has begun.
func (s *Store) BeginCopy(ctx context.Context, c *Copy) (*Run, error) {
	r := &Run{Job: c.Job, Kind: CopyRun, Started: time.Now(), Outcome: Running, Destination: c.Destination}
	if err := s.beginRun(ctx, r); err != nil {
		return nil, fmt.Errorf("recording a run: %w", err)
	}
	return r, nil
}

func (s *Store) beginRun(ctx context.Context, r *Run) error {
	signature, err := s.owner.sign(s.dir)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM run WHERE job = ? AND kind = ? AND outcome <> ? AND id NOT IN"+
			" (SELECT id FROM run WHERE job = ? AND kind = ? ORDER BY started DESC, id DESC LIMIT ?)",
			r.Job, r.Kind, string(Running), r.Job, r.Kind, mostRuns-1)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "INSERT INTO run (job, kind, started, outcome, owner, destination) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
			r.Job, r.Kind, r.Started.UnixNano(), string(r.Outcome), signature, r.Destination).Scan(&r.ID)
	})
}

// EndRun records how a run ended, with the first of its events.
// ErrNotFound means that its job was deleted meanwhile.
func (s *Store) EndRun(ctx context.Context, r *Run, events []RunEvent) error {
	if r.Ended.IsZero() {
		r.Ended = time.Now()
	}
	err := s.transact(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE run SET ended = ?, outcome = ?, files = ?, bytes = ?, stored = ?,"+
			" changed = ?, problems = ?, version = ?, sentence = ?, removed = ?, removal = ?, trouble = ? WHERE id = ?",
			r.Ended.UnixNano(), string(r.Outcome), r.Files, r.Bytes, r.Stored,
			r.Changed, r.Problems, nanoseconds(r.Version), r.Sentence, r.Removed, r.Removal, string(r.Trouble), r.ID)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, ErrNotFound)
		}
		return addEvents(ctx, tx, r.ID, events)
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

const runColumns = "id, job, kind, started, ended, outcome, files, bytes, stored, changed, problems, version, sentence, removed, removal, destination, trouble"

// DropRun forgets a run that did nothing.
func (s *Store) DropRun(ctx context.Context, id int64) error {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM run WHERE id = ?", id); err != nil {
		return fmt.Errorf("forgetting a run: %w", err)
	}
	return nil
}

// Runs returns the newest runs of a job first: those of some kinds, without any
// those of all.
func (s *Store) Runs(ctx context.Context, job int64, most int, kinds ...string) ([]Run, error) {
	args, only := []any{job}, ""
	if len(kinds) > 0 {
		only = " AND kind IN (?" + strings.Repeat(", ?", len(kinds)-1) + ")"
		for _, k := range kinds {
			args = append(args, k)
		}
	}
	return readAll(ctx, s.db, "runs", scanRun, "SELECT "+runColumns+" FROM run WHERE job = ?"+only+" ORDER BY started DESC, id DESC LIMIT ?", append(args, most)...)
}

func scanRun(at row) (Run, error) {
	var r Run
	var started, ended, version int64
	err := at.Scan(&r.ID, &r.Job, &r.Kind, &started, &ended, &r.Outcome, &r.Files, &r.Bytes, &r.Stored,
		&r.Changed, &r.Problems, &version, &r.Sentence, &r.Removed, &r.Removal, &r.Destination, &r.Trouble)
	r.Started, r.Ended, r.Version = fromNanoseconds(started), fromNanoseconds(ended), fromNanoseconds(version)
	return r, err
}
