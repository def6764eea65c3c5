package session

import (
	"context"

	"github.com/varve-backup/varve/engine"
)

// Meet makes the work that compares what some plans would restore with what
// is there, as engine.ItemMet. Nothing is written. The caller runs it.
func (s *Session) Meet(a Archive, plans ...engine.RestorePlan) Work {
	d := a.destination()
	c := &chain{prepare: func(ctx context.Context) { s.addSecrets(ctx, d) }}
	for _, p := range plans {
		p.Destination = d
		c.jobs = append(c.jobs, s.engine.Meet(p))
	}
	return c
}
