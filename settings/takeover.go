package settings

import (
	"context"
	"database/sql"
	"slices"
)

// Complete is a job with all that is set for it.
type Complete struct {
	Job
	// Timing is the zero value for a job that runs by hand.
	Timing Timing
	// EveryDays and Minutes are how what it stored is checked.
	EveryDays, Minutes int
	// Copies are its second places. What else they say is of no account.
	Copies []Copy
	// Adopts goes on with versions that others made.
	Adopts bool
}

// TakeOver saves jobs with all that is set for them, and choices, or nothing at
// all. A job with an ID is changed: its history stays, and of its copies those
// that it is to have, with their history and the options that they are to have.
func (s *Store) TakeOver(ctx context.Context, jobs []Complete, preferences map[string]string) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		for i := range jobs {
			if err := takeOver(ctx, tx, &jobs[i]); err != nil {
				return err
			}
		}
		for name, value := range preferences {
			if err := setPreference(ctx, tx, name, value); err != nil {
				return err
			}
		}
		return nil
	})
}

func takeOver(ctx context.Context, tx *sql.Tx, c *Complete) error {
	if err := writeJob(ctx, tx, &c.Job); err != nil {
		return err
	}
	if err := setTiming(ctx, tx, c.ID, c.Timing); err != nil {
		return err
	}
	if err := setChecking(ctx, tx, c.ID, c.EveryDays, c.Minutes); err != nil {
		return err
	}
	if c.Adopts {
		if err := adopt(ctx, tx, c.ID); err != nil {
			return err
		}
	}
	return takeOverCopies(ctx, tx, c)
}

// takeOverCopies gives a job the copies that it is to have, and no others.
func takeOverCopies(ctx context.Context, tx *sql.Tx, c *Complete) error {
	there, err := copiesAt(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, url := range there {
		if isCopy := func(p Copy) bool { return p.Destination == url }; slices.ContainsFunc(c.Copies, isCopy) {
			continue
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM copy WHERE job = ? AND destination = ?", c.ID, url); err != nil {
			return err
		}
	}
	for _, place := range c.Copies {
		place.Job = c.ID
		write := insertCopy
		if slices.Contains(there, place.Destination) {
			write = setCopyOptions
		}
		if err := write(ctx, tx, &place); err != nil {
			return err
		}
	}
	return nil
}

// copiesAt are the destinations of the copies of a job.
func copiesAt(ctx context.Context, tx *sql.Tx, job int64) ([]string, error) {
	return readAll(ctx, tx, "the places of copies", scanText, "SELECT destination FROM copy WHERE job = ?", job)
}
