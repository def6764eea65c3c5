package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/varve-backup/varve/engine/catalog"
)

// PathHistory is what became of a path in the versions of one line.
type PathHistory struct {
	Line Line
	// Deleted tells that the newest version of the line does not hold it.
	Deleted bool
	// States are newest first.
	States []State
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
	const op = "looking at the history of a path"
	l, err := e.learnt(ctx, d)
	if err != nil {
		return Histories{}, classify(ctx, op, err)
	}
	defer l.catalog.Close()
	found, err := l.histories(ctx, path)
	return found, classify(ctx, op, err)
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
		h.Lines = append(h.Lines, PathHistory{line.Line, states[0].To.ID != line.versions[0].ID, states})
	}
	if len(h.Lines) == 0 {
		return h, fmt.Errorf("%q: %w in any version", path, catalog.ErrNotFound)
	}
	return h, nil
}
