package settingspage

import (
	"context"

	"github.com/varve-backup/varve/ui/session"
)

// OpenSheet shows the recovery sheet of a backup by itself; back is called when
// the person goes back from it.
func OpenSheet(c Config, j session.JobState, back func()) {
	p := &page{Config: c, back: back}
	k := known{job: j}
	c.Window.Work(func(ctx context.Context) error {
		k.at = c.Backend.Whereabouts(ctx, &j.Job)
		return nil
	}, func(error) { p.openSheet(k) })
}
