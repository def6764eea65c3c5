package restic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
)

// Policy says which snapshots are kept; what no rule keeps goes. Negative
// numbers keep without end.
type Policy struct {
	// Last keeps that many of the newest.
	Last int
	// The others keep the newest of each of so many periods that have any, in
	// the zone that the snapshot was made in. Weeks are those of ISO 8601.
	Hourly, Daily, Weekly, Monthly, Yearly int
	// Within keeps what is at most that much older than the newest.
	Within time.Duration
	// Tags keeps what carries one of them.
	Tags []string
}

// ErrPolicy: the policy keeps nothing.
var ErrPolicy = errors.New("a policy that keeps nothing is no policy")

// IsEmpty reports that nothing is kept.
func (p *Policy) IsEmpty() bool {
	return p.Last|p.Hourly|p.Daily|p.Weekly|p.Monthly|p.Yearly == 0 && p.Within == 0 && len(p.Tags) == 0
}

// Apply divides snapshots into those that stay and those that go. Snapshots of
// other machines and folders do not count against each other, and the last of
// them never goes.
func (p *Policy) Apply(all []Snapshot) (keep, remove []Snapshot, err error) {
	if p.IsEmpty() {
		return nil, nil, ErrPolicy
	}
	for _, group := range groups(all) {
		k, r := p.applyGroup(group)
		if len(k) == 0 {
			k, r = r[:1], r[1:]
		}
		keep, remove = append(keep, k...), append(remove, r...)
	}
	return keep, remove, nil
}

// groups are the snapshots of one folder on one machine each, newest first.
func groups(all []Snapshot) [][]Snapshot {
	byKey := map[string][]Snapshot{}
	var keys []string
	for _, s := range all {
		paths := slices.Sorted(slices.Values(s.Paths))
		key := s.Hostname + "\x00" + strings.Join(paths, "\x00")
		if byKey[key] == nil {
			keys = append(keys, key)
		}
		byKey[key] = append(byKey[key], s)
	}
	var found [][]Snapshot
	for _, key := range keys {
		slices.SortStableFunc(byKey[key], func(a, b Snapshot) int { return b.Time.Compare(a.Time) })
		found = append(found, byKey[key])
	}
	return found
}

// bucket counts the periods that still keep one.
type bucket struct {
	left int
	name func(time.Time, int) string
	last string
}

func (p *Policy) buckets() []*bucket {
	at := func(layout string) func(time.Time, int) string {
		return func(t time.Time, _ int) string { return t.Format(layout) }
	}
	return []*bucket{
		{left: p.Last, name: func(_ time.Time, i int) string { return fmt.Sprint(i) }},
		{left: p.Hourly, name: at("2006-01-02 15")},
		{left: p.Daily, name: at("2006-01-02")},
		{left: p.Weekly, name: func(t time.Time, _ int) string {
			year, week := t.ISOWeek()
			return fmt.Sprintf("%d-%d", year, week)
		}},
		{left: p.Monthly, name: at("2006-01")},
		{left: p.Yearly, name: at("2006")},
	}
}

func (p *Policy) applyGroup(group []Snapshot) (keep, remove []Snapshot) {
	buckets := p.buckets()
	for i, s := range group {
		kept := p.tagged(&s) || p.Within > 0 && !s.Time.Before(group[0].Time.Add(-p.Within))
		for _, b := range buckets {
			name := b.name(s.Time, i)
			// The oldest stays while a rule has not found all it may keep.
			if b.left != 0 && (name != b.last || i == len(group)-1) {
				b.last, kept = name, true
				if b.left > 0 {
					b.left--
				}
			}
		}
		if kept {
			keep = append(keep, s)
		} else {
			remove = append(remove, s)
		}
	}
	return keep, remove
}

func (p *Policy) tagged(s *Snapshot) bool {
	return slices.ContainsFunc(p.Tags, func(tag string) bool { return slices.Contains(s.Tags, tag) })
}

// ErrAppendOnly: the repository says that nothing may be removed from it.
var ErrAppendOnly = errors.New("nothing may be removed from this repository")

// Forget removes snapshots. What only they refer to stays until Prune.
func (r *Repository) Forget(ctx context.Context, names []id.ID) error {
	if r.config.AppendOnly {
		return ErrAppendOnly
	}
	if len(names) == 0 {
		return nil
	}
	l, err := r.lock(ctx, true)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err = r.remove(l.ctx, snapshotFile, name); err != nil {
			break
		}
	}
	return errors.Join(err, l.release())
}
