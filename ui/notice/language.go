package notice

import (
	"context"
	"log/slog"
	"time"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
)

// respeak says the notices that are shown in the language of now.
func (f *follower) respeak(ctx context.Context, jobs []session.JobState, now time.Time) {
	before := f.said
	f.said = lang.Used().Tag
	if before == "" || before == f.said {
		return
	}
	for i := range jobs {
		id, shown := f.live[jobs[i].ID]
		if !shown {
			continue
		}
		id, err := f.Service.Tell(ctx, id, Compose(&jobs[i], f.told[jobs[i].ID].State, now))
		if err != nil {
			f.Log.Warn("saying a notice in another language", slog.Any("error", err))
			continue
		}
		f.live[jobs[i].ID] = id
	}
}
