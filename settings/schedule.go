package settings

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Timing says when a job runs by itself, as plain data. The zero value never
// does.
type Timing struct {
	// Times are minutes since midnight, on Days: bit 0 is Sunday, none is every day.
	Times []int `json:"times,omitempty"`
	Days  uint8 `json:"days,omitempty"`
	// Every is an interval between starts.
	Every time.Duration `json:"every,omitempty"`
	// Quiet is how long files must have been left alone after a change, Patience
	// how long changes wait at most, and PerHour how often it may run in an hour.
	Quiet    time.Duration `json:"quiet,omitempty"`
	Patience time.Duration `json:"patience,omitempty"`
	PerHour  int           `json:"perHour,omitempty"`
	// What it waits for: mains below Battery percent, no metered connection, no
	// saving of power, one of some Wi-Fi networks.
	OnMains      bool     `json:"onMains,omitempty"`
	Battery      int      `json:"battery,omitempty"`
	Unmetered    bool     `json:"unmetered,omitempty"`
	NoPowerSaver bool     `json:"noPowerSaver,omitempty"`
	Networks     []string `json:"networks,omitempty"`
	// Since is when it was chosen: times before that were never missed.
	Since time.Time `json:"-"`
}

// Timing returns when a job runs by itself: the zero value for one that does
// not.
func (s *Store) Timing(ctx context.Context, job int64) (Timing, error) {
	t, err := scanTiming(s.db.QueryRowContext(ctx, "SELECT plan, since FROM timing WHERE job = ?", job))
	if errors.Is(err, sql.ErrNoRows) {
		return Timing{}, nil
	}
	if err != nil {
		return Timing{}, fmt.Errorf("reading when job %d runs: %w", job, err)
	}
	return t, nil
}

func scanTiming(at row) (t Timing, err error) {
	var plan []byte
	var since int64
	if err := at.Scan(&plan, &since); err != nil {
		return t, err
	}
	err = json.Unmarshal(plan, &t)
	t.Since = fromNanoseconds(since)
	return t, err
}

// SetTiming says when a job runs by itself.
func (s *Store) SetTiming(ctx context.Context, job int64, t Timing) error {
	return setTiming(ctx, s.db, job, t)
}

func setTiming(ctx context.Context, q querier, job int64, t Timing) error {
	plan, err := json.Marshal(t)
	if err == nil {
		_, err = q.ExecContext(ctx, "INSERT INTO timing (job, plan, since) VALUES (?, ?, ?)"+
			" ON CONFLICT (job) DO UPDATE SET plan = excluded.plan, since = excluded.since", job, plan, nanoseconds(t.Since))
	}
	if err != nil {
		return fmt.Errorf("keeping when job %d runs: %w", job, err)
	}
	return nil
}

// Skip is a run that did not take place when it was due.
type Skip struct {
	Job int64
	// Slot is when it was due, Noticed when that was seen.
	Slot, Noticed time.Time
	// Cause tells reasons apart, Sentence is for the person.
	Cause, Sentence string
}

// mostSkips is how many skips of a job are kept.
const mostSkips = 200

// AddSkip records why a run did not take place, once for each slot and cause,
// and forgets the oldest. It tells whether that was new.
func (s *Store) AddSkip(ctx context.Context, k Skip) (added bool, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "INSERT INTO skip (job, slot, noticed, cause, sentence) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			k.Job, k.Slot.UnixNano(), k.Noticed.UnixNano(), k.Cause, k.Sentence)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if added = n > 0; err != nil || !added {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM skip WHERE job = ? AND id NOT IN"+
			" (SELECT id FROM skip WHERE job = ? ORDER BY slot DESC, id DESC LIMIT ?)", k.Job, k.Job, mostSkips)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("recording a run that was skipped: %w", err)
	}
	return added, nil
}

// Skips returns the newest skips of a job first.
func (s *Store) Skips(ctx context.Context, job int64, most int) ([]Skip, error) {
	return readAll(ctx, s.db, "skipped runs", func(at row) (k Skip, err error) {
		var slot, noticed int64
		err = at.Scan(&k.Job, &slot, &noticed, &k.Cause, &k.Sentence)
		k.Slot, k.Noticed = time.Unix(0, slot), time.Unix(0, noticed)
		return k, err
	}, "SELECT job, slot, noticed, cause, sentence FROM skip WHERE job = ? ORDER BY slot DESC, id DESC LIMIT ?", job, most)
}

// EndOrphans ends the runs whose programs are gone.
func (s *Store) EndOrphans(ctx context.Context) error {
	if err := s.markInterrupted(ctx); err != nil {
		return fmt.Errorf("ending runs of programs that are gone: %w", err)
	}
	return nil
}
