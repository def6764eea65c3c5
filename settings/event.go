package settings

import (
	"context"
	"database/sql"
)

// EventKind tells what an event is about.
type EventKind string

// The kinds.
const (
	Attention      EventKind = "" // something went wrong
	VersionRemoved EventKind = "removed"
	DamageFound    EventKind = "damage" // by a check; a Path is one inside of versions
)

// RunEvent is one item that needed attention in a run, or a version that was
// removed after it.
type RunEvent struct {
	Kind EventKind
	// Path is raw bytes, relative to the root of the job; "" when the event is
	// about the run as a whole.
	Path string
	// Text is a sentence for the person.
	Text string
}

// mostEvents is how many events of a run are kept; the run counts all.
const mostEvents = 10000

// addEvents keeps the first of the events of a run.
func addEvents(ctx context.Context, tx *sql.Tx, run int64, events []RunEvent) error {
	insert, err := tx.PrepareContext(ctx, "INSERT INTO event (run, kind, path, text) VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, e := range events[:min(len(events), mostEvents)] {
		if _, err := insert.ExecContext(ctx, run, string(e.Kind), []byte(e.Path), e.Text); err != nil {
			return err
		}
	}
	return nil
}

// Events returns the events of a run in the order of their recording.
func (s *Store) Events(ctx context.Context, run int64) ([]RunEvent, error) {
	return readAll(ctx, s.db, "events", func(at row) (e RunEvent, err error) {
		var path []byte
		err = at.Scan(&e.Kind, &path, &e.Text)
		e.Path = string(path)
		return e, err
	}, "SELECT kind, path, text FROM event WHERE run = ? ORDER BY rowid", run)
}
