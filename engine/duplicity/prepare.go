package duplicity

import (
	"context"
	"fmt"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/zone"
)

// prepare finds out what there is, finishes or takes up what an earlier run
// left, and decides what this one makes.
func (s *session) prepare(ctx context.Context) error {
	a := s.archive
	if err := a.adoptFinished(ctx); err != nil {
		return err
	}
	inv, err := a.inventory(ctx)
	if err != nil {
		return err
	}
	resumed, err := s.takeUp(ctx, inv)
	if err != nil {
		return err
	}
	if !resumed {
		if err := s.choose(ctx, inv); err != nil {
			return err
		}
	}
	chain := s.baseChain(inv)
	if err := s.prove(ctx, inv, chain); err != nil {
		return err
	}
	if err := s.dropLeftovers(ctx, inv); err != nil {
		return err
	}
	for i := range chain {
		s.base = append(s.base, chain[i].Signature)
	}
	return a.syncCache(ctx, inv, s.base)
}

// baseChain is what an incremental set builds on: the sets up to its start.
func (s *session) baseChain(inv *inventory) []Set {
	if s.set.Full {
		return nil
	}
	return inv.latest()
}

// choose decides between a full and an incremental version, and its time.
func (s *session) choose(ctx context.Context, inv *inventory) error {
	o := s.options
	end, err := s.chooseTime(ctx, inv)
	if err != nil {
		return err
	}
	full := o.Kind == Full
	if !full {
		if full, err = s.mustBeFull(inv, end); err != nil {
			return err
		}
	}
	s.set = filename.Name{Kind: filename.Volume, Full: full, End: end}
	if !full {
		s.set.Start = inv.latest().End()
	}
	s.set = s.archive.codec.mark(s.set)
	s.header = runHeader{
		Full: full, Start: s.set.Start, Time: end, Protection: s.archive.codec.Protection, Root: pathText(o.SourceName),
	}
	return nil
}

// mustBeFull decides whether an incremental version can be made, and says why
// not.
func (s *session) mustBeFull(inv *inventory, now time.Time) (bool, error) {
	reason := ""
	switch {
	case len(inv.Chains) == 0:
		reason = "There is no earlier version to build on."
	case inv.Active() == nil:
		reason = "The signatures of an earlier version are missing, so this one cannot build on it."
	}
	if reason != "" {
		if s.options.Kind == Incremental {
			return false, ErrNoSignatures
		}
		if len(inv.Chains) > 0 {
			s.archive.watch.FullInstead(reason)
		}
		return true, nil
	}
	last := inv.latest()[0].End
	if age := s.options.FullIfOlderThan; age > 0 && s.options.Kind == Auto && last.Before(now.Add(-age)) {
		s.archive.watch.FullInstead("The last full version is old enough for a new one.")
		return true, nil
	}
	return false, nil
}

// nearFuture is how far the newest version may be ahead of the clock for us to
// wait: runs that follow each other within a second. Dated ahead, a version
// would not be the newest one yet for duplicity.
const nearFuture = 3 * time.Second

// chooseTime is the time of the new version. Two sets never share one, and a
// set never lies before the one that it builds on.
func (s *session) chooseTime(ctx context.Context, inv *inventory) (time.Time, error) {
	newest := inv.newest()
	if t := s.options.Time; !t.IsZero() {
		t = t.Truncate(time.Second).UTC()
		if !t.After(newest) {
			return t, fmt.Errorf("%w: the newest one is of %s", ErrEarlier, zone.Of(newest).Format(time.DateTime))
		}
		return t, nil
	}
	clock := s.archive.now()
	next := newest.Add(time.Second)
	ahead := next.Sub(clock)
	switch {
	case ahead <= 0:
		return clock.Truncate(time.Second).UTC(), nil
	case ahead <= nearFuture:
		return next, wait(ctx, ahead)
	}
	s.archive.watch.Notice("The clock of this machine is behind the newest version, so the new one is dated one second after that.")
	return next, nil
}

// wait lets time pass.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
