package restorepage

import (
	"context"
	"errors"
	"time"

	"github.com/varve-backup/varve/engine"
)

// ErrNotKnown: a version is not known on this computer, or nothing is older.
var ErrNotKnown = errors.New("the version is not known here")

// ShowRun lists what changed between the version of a time and the one before
// it, or calls none with why it cannot.
func (f *Finder) ShowRun(made time.Time, none func(error)) {
	var line int64
	var versions []engine.VersionSeen
	newer := -1
	past := f.past
	f.Window.Work(func(ctx context.Context) error {
		lines, err := past.Lines(ctx)
		for i := 0; err == nil && i < len(lines) && newer < 0; i++ {
			line = lines[i].ID
			versions, err = past.Versions(ctx, line)
			for n, v := range versions {
				if v.Time.Equal(made) || v.Time.Equal(made.Truncate(time.Second)) {
					newer = n
				}
			}
		}
		return err
	}, func(err error) {
		if err == nil && (newer < 0 || newer+1 >= len(versions)) {
			err = ErrNotKnown
		}
		if err != nil {
			none(err)
			return
		}
		f.openChanges(line, "", versions, newer+1, newer)
	})
}
