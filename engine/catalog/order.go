package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Version is one version of a line.
type Version struct {
	// Name tells it from all others at the destination.
	Name string
	Time time.Time
	// Info is whatever the caller wants to know of it again.
	Info []byte
	// Added, Changed and Deleted count what differs from the version before;
	// of the oldest one of a line they are 0.
	Added, Changed, Deleted int64

	id int64
}

// order is the versions of a line, oldest first.
type order struct {
	versions []*Version
	rank     map[int64]int // of a version's id
}

func newOrder(versions []*Version) *order {
	slices.SortFunc(versions, func(a, b *Version) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	o := &order{versions, make(map[int64]int, len(versions))}
	for i, v := range versions {
		o.rank[v.id] = i
	}
	return o
}

// id of the version at a rank, 0 where there is none.
func (o *order) id(rank int) int64 {
	if rank < 0 || rank >= len(o.versions) {
		return 0
	}
	return o.versions[rank].id
}

// find returns the rank of a version.
func (o *order) find(name string) (int, error) {
	for i, v := range o.versions {
		if v.Name == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("version %s: %w", name, ErrNotFound)
}

// span returns the ranks at which a state holds: from first to the one before
// behind.
func (o *order) span(s *state) (first, behind int, err error) {
	first, behind = 0, len(o.versions)
	known := true
	if s.since != 0 {
		first, known = o.rank[s.since]
	}
	if s.until != 0 && known {
		behind, known = o.rank[s.until]
	}
	if !known || first >= behind {
		return 0, 0, fmt.Errorf("%w: a state that is in no version", errDamaged)
	}
	return first, behind, nil
}

// at returns the state that holds at a rank, nil when none does.
func (o *order) at(states []state, rank int) (*state, error) {
	for i := range states {
		first, behind, err := o.span(&states[i])
		if err != nil {
			return nil, err
		}
		if first <= rank && rank < behind {
			return &states[i], nil
		}
	}
	return nil, nil
}
