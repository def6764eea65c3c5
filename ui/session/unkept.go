package session

import (
	"context"
	"slices"
	"time"

	"github.com/varve-backup/varve/settings"
)

// keptSince is when the run began that made the newest version: what changed
// before is in it. recent are the newest runs. Zero means that there is none.
func (c calendar) keptSince(ctx context.Context, id int64, recent []settings.Run) (time.Time, error) {
	i := slices.IndexFunc(recent, madeVersion)
	if i < 0 && len(recent) == recentRuns { // all of these failed
		var err error
		if recent, err = c.store.Runs(ctx, id, historyLength, settings.BackupRun); err != nil {
			return time.Time{}, err
		}
		i = slices.IndexFunc(recent, madeVersion)
	}
	if i < 0 {
		return time.Time{}, nil
	}
	return recent[i].Started, nil
}
