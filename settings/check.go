package settings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Damage is how bad it is what a check found.
type Damage string

// The degrees of damage.
const (
	Whole    Damage = ""        // nothing is known to be wrong
	Mendable Damage = "damaged" // everything can still be restored
	Lost     Damage = "lost"    // something cannot be restored
)

// Checking says how often what a job stored is read back to prove it, and what
// that brought.
type Checking struct {
	// EveryDays is how many days lie between two checks, 0 for never.
	EveryDays int
	// Minutes are how long a check may take, 0 without a bound.
	Minutes int
	// Proved is when the last check that came to its end began, zero for never.
	Proved time.Time
	// Read is how many bytes of the Of that are stored were read back in the 90
	// days before the last check, and were whole.
	Read, Of int64
	// Found is what is wrong with what is stored, as far as is known, and
	// Sentence says it.
	Found    Damage
	Sentence string
}

// NewChecking is how what a job stored is proved as long as nobody chose.
func NewChecking() Checking { return Checking{EveryDays: 7, Minutes: 10} }

// Checking returns how what a job stored is proved.
func (s *Store) Checking(ctx context.Context, job int64) (Checking, error) {
	var proved int64
	var c Checking
	row := s.db.QueryRowContext(ctx, "SELECT every, minutes, proved, read, whole, found, sentence FROM checking WHERE job = ?", job)
	err := row.Scan(&c.EveryDays, &c.Minutes, &proved, &c.Read, &c.Of, &c.Found, &c.Sentence)
	if errors.Is(err, sql.ErrNoRows) {
		return NewChecking(), nil
	}
	if err != nil {
		return c, fmt.Errorf("reading how job %d is checked: %w", job, err)
	}
	c.Proved = fromNanoseconds(proved)
	return c, nil
}

// SetChecking changes how often and for how long what a job stored is read
// back. What that brought so far stays.
func (s *Store) SetChecking(ctx context.Context, job int64, everyDays, minutes int) error {
	return setChecking(ctx, s.db, job, everyDays, minutes)
}

func setChecking(ctx context.Context, q querier, job int64, everyDays, minutes int) error {
	_, err := q.ExecContext(ctx, "INSERT INTO checking (job, every, minutes) VALUES (?, ?, ?)"+
		" ON CONFLICT (job) DO UPDATE SET every = excluded.every, minutes = excluded.minutes", job, everyDays, minutes)
	if err != nil {
		return fmt.Errorf("changing how job %d is checked: %w", job, err)
	}
	return nil
}

// Checked records what a check brought: all of c but how often it is done and
// for how long.
func (s *Store) Checked(ctx context.Context, job int64, c *Checking) error {
	usual := NewChecking()
	_, err := s.db.ExecContext(ctx, "INSERT INTO checking VALUES (?, ?, ?, ?, ?, ?, ?, ?)"+
		" ON CONFLICT (job) DO UPDATE SET proved = excluded.proved, read = excluded.read, whole = excluded.whole,"+
		" found = excluded.found, sentence = excluded.sentence",
		job, usual.EveryDays, usual.Minutes, nanoseconds(c.Proved), c.Read, c.Of, string(c.Found), c.Sentence)
	if err != nil {
		return fmt.Errorf("recording how job %d was checked: %w", job, err)
	}
	return nil
}
