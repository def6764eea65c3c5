package settings

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Copy is a second place that what a job stored is copied to.
type Copy struct {
	// ID is 0 until the copy is added.
	ID, Job int64
	// Destination is a URL, and Options are those of its kind, by name. A secret
	// is never among them.
	Destination string
	Options     map[string]string
	CopyStanding
}

// CopyStanding is how far a copy is.
type CopyStanding struct {
	// Finished is when it last came to its end, and Version the time of the newest
	// version that it has held since then. Both are zero for never.
	Finished, Version time.Time
	// Tried is when it was last tried, how that ended, why, and what of it a person
	// can do something about.
	Tried    time.Time
	Outcome  Outcome
	Sentence string
	Trouble  Trouble
	// Waiting is since when its place is known not to be there, zero when it is.
	Waiting time.Time
	// Shrunk: since it last came to its end, versions were removed from what it is
	// a copy of. ShrinkCopies changes it, RecordCopy only takes it back.
	Shrunk bool
}

// How a copy may stand besides the outcomes of a run: what it held is gone, or so
// much of it is gone from its source that nobody can want that.
const (
	Emptied Outcome = "emptied"
	Doubted Outcome = "doubted"
)

const copyColumns = "id, job, destination, options, finished, version, tried, outcome, sentence, trouble, waiting, shrunk"

// AddCopy adds a copy, whose ID it sets.
func (s *Store) AddCopy(ctx context.Context, c *Copy) error { return insertCopy(ctx, s.db, c) }

func insertCopy(ctx context.Context, q querier, c *Copy) error {
	options, err := c.encodeOptions()
	if err == nil {
		err = q.QueryRowContext(ctx, "INSERT INTO copy (job, destination, options) VALUES (?, ?, ?) RETURNING id", c.Job, c.Destination, options).Scan(&c.ID)
	}
	if err != nil {
		return fmt.Errorf("adding a copy of job %d: %w", c.Job, err)
	}
	return nil
}

// setCopyOptions gives a copy that its job has already other options.
func setCopyOptions(ctx context.Context, q querier, c *Copy) error {
	options, err := c.encodeOptions()
	if err == nil {
		_, err = q.ExecContext(ctx, "UPDATE copy SET options = ? WHERE job = ? AND destination = ?", options, c.Job, c.Destination)
	}
	if err != nil {
		return fmt.Errorf("changing a copy of job %d: %w", c.Job, err)
	}
	return nil
}

func (c *Copy) encodeOptions() ([]byte, error) {
	if c.Options == nil {
		c.Options = map[string]string{}
	}
	return json.Marshal(c.Options)
}

// Copies returns the copies of all jobs, oldest first.
func (s *Store) Copies(ctx context.Context) ([]Copy, error) {
	return readAll(ctx, s.db, "copies", scanCopy, "SELECT "+copyColumns+" FROM copy ORDER BY id")
}

// Copy returns one, or ErrNotFound.
func (s *Store) Copy(ctx context.Context, id int64) (Copy, error) {
	c, err := scanCopy(s.db.QueryRowContext(ctx, "SELECT "+copyColumns+" FROM copy WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("reading copy %d: %w", id, err)
	}
	return c, nil
}

func scanCopy(at row) (Copy, error) {
	var c Copy
	var options []byte
	var finished, version, tried, waiting int64
	if err := at.Scan(&c.ID, &c.Job, &c.Destination, &options, &finished, &version, &tried, &c.Outcome, &c.Sentence, &c.Trouble, &waiting, &c.Shrunk); err != nil {
		return c, err
	}
	c.Finished, c.Version, c.Tried, c.Waiting = fromNanoseconds(finished), fromNanoseconds(version), fromNanoseconds(tried), fromNanoseconds(waiting)
	return c, json.Unmarshal(options, &c.Options)
}

// RecordCopy keeps how far a copy is. ErrNotFound means that it was removed
// meanwhile.
func (s *Store) RecordCopy(ctx context.Context, id int64, now CopyStanding) error {
	if err := recordCopy(ctx, s.db, id, now); err != nil {
		return fmt.Errorf("recording copy %d: %w", id, err)
	}
	return nil
}

func recordCopy(ctx context.Context, q querier, id int64, now CopyStanding) error {
	done, err := q.ExecContext(ctx, "UPDATE copy SET finished = ?, version = ?, tried = ?, outcome = ?, sentence = ?, trouble = ?, waiting = ?, shrunk = shrunk AND ? WHERE id = ?",
		nanoseconds(now.Finished), nanoseconds(now.Version), nanoseconds(now.Tried), string(now.Outcome), now.Sentence, string(now.Trouble), nanoseconds(now.Waiting), now.Shrunk, id)
	if err == nil {
		var n int64
		if n, err = done.RowsAffected(); n == 0 {
			err = cmp.Or(err, ErrNotFound)
		}
	}
	return err
}

// MoveCopy records that a copy is made at another destination now, or reached in
// another way. Nothing is known of another destination yet. ErrNotFound means that
// the copy was removed meanwhile.
func (s *Store) MoveCopy(ctx context.Context, id int64, destination string, options map[string]string) error {
	c, err := s.Copy(ctx, id)
	if err != nil {
		return err
	}
	now := CopyStanding{Shrunk: c.Shrunk}
	if destination == c.Destination {
		now = c.CopyStanding
	}
	c.Options = options
	encoded, err := c.encodeOptions()
	if err != nil {
		return err
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE copy SET destination = ?, options = ? WHERE id = ?", destination, encoded, id); err != nil {
			return err
		}
		return recordCopy(ctx, tx, id, now)
	})
	if err != nil {
		return fmt.Errorf("moving copy %d: %w", id, err)
	}
	return nil
}

// ShrinkCopies records that versions were removed from what is at a destination:
// the copies of it may follow.
func (s *Store) ShrinkCopies(ctx context.Context, destination string) error {
	_, err := s.db.ExecContext(ctx, "UPDATE copy SET shrunk = 1 WHERE job IN (SELECT id FROM job WHERE destination = ?)", destination)
	if err != nil {
		return fmt.Errorf("recording a removal for the copies of a destination: %w", err)
	}
	return nil
}

// OutdateCopies records that what is at a destination was changed otherwise than
// by a backup: the copies of it that had come to their end have not followed.
func (s *Store) OutdateCopies(ctx context.Context, destination string) error {
	_, err := s.db.ExecContext(ctx, "UPDATE copy SET outcome = ? WHERE outcome IN (?, ?) AND job IN (SELECT id FROM job WHERE destination = ?)",
		string(Interrupted), string(Fine), string(Warnings), destination)
	if err != nil {
		return fmt.Errorf("recording a change for the copies of a destination: %w", err)
	}
	return nil
}

// DeleteCopy forgets a copy. What is stored there stays.
func (s *Store) DeleteCopy(ctx context.Context, id int64) error {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM copy WHERE id = ?", id); err != nil {
		return fmt.Errorf("deleting copy %d: %w", id, err)
	}
	return nil
}
