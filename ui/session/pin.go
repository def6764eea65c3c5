package session

import (
	"context"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
)

// SetPin keeps a version of an archive whatever is chosen about how long
// versions stay, or with nil lets go of it. It goes to the destination, and may
// ask for what opens it. While a job there runs it ends with ErrRuns. The
// version that is returned may have another ID. Second places follow.
func (s *Session) SetPin(ctx context.Context, a Archive, v engine.Version, p *retention.Pin) (engine.Version, error) {
	leave, err := s.occupyPlace(ctx, a.URL)
	if err != nil {
		return v, err
	}
	defer leave()
	d, m := s.reach(ctx, a), engine.Moment{ID: v.ID, At: v.Time}
	if p == nil {
		v, err = s.engine.Unpin(ctx, d, m)
	} else {
		v, err = s.engine.Pin(ctx, engine.PinPlan{Destination: d, Moment: m, Pin: *p})
	}
	if err != nil {
		return v, err
	}
	s.Learn(a, false)
	// They follow once the jobs are left; those that are not told do after the next
	// backup.
	_ = s.store.OutdateCopies(ctx, a.URL)
	return v, nil
}
