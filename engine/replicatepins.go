package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/zone"
)

// carryPins pins in the target what is pinned in the source. What the target
// pins stays pinned: no copy loses a pin, and none gets a shorter one.
func (r *replication) carryPins() error {
	if r.to == nil || r.plan.DryRun {
		return nil
	}
	ctx, now := r.job.ctx, r.engine.config.Now()
	r.from.withReasons()
	all, err := r.from.versions(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(v Version) bool { return !v.Pin.Holds(now) || !r.wanted(v.Time) })
	if len(all) == 0 {
		return nil
	}
	there, err := r.to.versions(ctx)
	if err != nil {
		return err
	}
	same, err := r.counterparts()
	if err != nil {
		return err
	}
	carried := 0
	for i := range all {
		v := &all[i]
		j := slices.IndexFunc(there, func(t Version) bool { return !t.Partial && same(v, &t) })
		if j < 0 || there[j].Pin.Holds(now) && !v.Pin.Outlasts(there[j].Pin) {
			continue
		}
		if _, err := r.to.setPin(ctx, there[j], v.Pin); err != nil {
			return fmt.Errorf("pinning the copy of %s: %w", zone.Of(v.Time).Format(time.DateTime), err)
		}
		carried++
	}
	if carried > 0 {
		r.job.report(Notice{fmt.Sprintf("Pins were carried along: %d.", carried)})
	}
	return nil
}

// counterparts tells which version of the target is the copy of one of the
// source.
func (r *replication) counterparts() (func(v, copied *Version) bool, error) {
	ctx := r.job.ctx
	switch from := r.from.(type) {
	case *deduplicated:
		if r.target == Deduplicated {
			return func(v, c *Version) bool {
				return firstID(v) == firstID(c) && v.Tree == c.Tree && v.Time.Equal(c.Time)
			}, nil
		}
		found, err := from.Snapshots(ctx)
		times := map[string]time.Time{}
		for _, d := range datedSnapshots(found) {
			times[d.ID.String()] = d.at
		}
		return func(v, c *Version) bool { return !times[v.ID].IsZero() && times[v.ID].Equal(c.Time) }, err
	case *volumes:
		if r.target == Deduplicated {
			return r.imported(from)
		}
	}
	return func(v, c *Version) bool { return v.Time.Equal(c.Time) }, nil
}

// imported tells which snapshot was made of a version of volumes.
func (r *replication) imported(from *volumes) (func(v, copied *Version) bool, error) {
	all, err := from.Versions(r.job.ctx)
	if err != nil {
		return nil, err
	}
	return func(v, c *Version) bool {
		if !c.Time.Truncate(time.Second).Equal(v.Time) {
			return false
		}
		i := slices.IndexFunc(all, func(x duplicity.Version) bool { return x.Time.Equal(v.Time) })
		if i < 0 {
			return false
		}
		host, dir, err := from.Origin(r.job.ctx, &all[i])
		return err == nil && c.Host == host && slices.Equal(c.Paths, []string{folderOf(dir)})
	}, nil
}
