package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/varve-backup/varve/engine/catalog"
)

// PathHistory is what became of a path in the versions of one line.
type PathHistory struct {
	Line Line
	// States are newest first. DeletedAfter says of each whether the version
	// that follows it does not hold the path; of the newest one it says nothing
	// with NewestUnread.
	States       []State
	DeletedAfter []bool
}

// Histories are those of a path in all lines that ever held it.
type Histories struct {
	Lines []PathHistory
	// NewestUnread and Unread are as in Findings.
	NewestUnread bool
	Unread       []error
}

// History tells what became of a path, in every line that ever held it. A path
// that no version held is an error of the kind NotFound. The catalog learns
// what is new first.
func (e *Engine) History(ctx context.Context, d Destination, path string) (Histories, error) {
	var found Histories
	err := e.answer(ctx, d, func(l *learner) (err error) {
		found, err = l.histories(ctx, path)
		return err
	})
	return found, classify(ctx, "looking at the history of a path", err)
}

func (l *learner) histories(ctx context.Context, path string) (Histories, error) {
	h := Histories{NewestUnread: l.newestUnread(), Unread: l.unread}
	lines, err := l.catalog.known(ctx)
	if err != nil {
		return h, err
	}
	for _, line := range lines {
		states, err := l.catalog.History(ctx, line.ID, path)
		if errors.Is(err, catalog.ErrNotFound) {
			continue
		}
		if err != nil {
			return h, err
		}
		h.Lines = append(h.Lines, PathHistory{line.Line, states, line.deletedAfter(states)})
	}
	if len(h.Lines) == 0 {
		return h, fmt.Errorf("%q: %w in any version", path, catalog.ErrNotFound)
	}
	return h, nil
}

// deletedAfter tells which states were not followed by another one at once.
func (l *knownLine) deletedAfter(states []State) []bool {
	all := make([]bool, len(states))
	next := -1 // the newest version that is not in what was looked at
	for i := range states {
		to := slices.IndexFunc(l.versions, func(v VersionSeen) bool { return v.ID == states[i].To.ID })
		all[i] = to-1 != next
		next = to + states[i].Versions - 1
	}
	return all
}
