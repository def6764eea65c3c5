package duplicity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/zone"
)

// Version is one complete set: a point in time that can be restored.
type Version struct {
	Time time.Time
	// Full tells that it stands alone.
	Full bool
	// Chain is the time of the full version that it builds on.
	Chain time.Time
	// Volumes and Stored (bytes) are its own share of the destination.
	Volumes   int
	Stored    int64
	Encrypted bool
	// Damaged says in a sentence what is missing, "" when nothing is known
	// to be.
	Damaged string
	// Pin keeps it, ended or not; nil does not. Its reason is empty until
	// it was read: see ReadReasons.
	Pin *retention.Pin

	sets []Set // from the full one to this one
}

// Status is what an archive consists of.
type Status struct {
	// Chains are the versions chain by chain, oldest first.
	Chains [][]Version
	// Active is the index of the chain that the next incremental backup
	// continues, -1 when there is none.
	Active int
	// Orphaned and Incomplete count sets that belong to no version.
	Orphaned, Incomplete int
}

// Status reads the names at the destination.
func (a *Archive) Status(ctx context.Context) (Status, error) {
	inv, err := a.inventory(ctx)
	if err != nil {
		return Status{}, err
	}
	if a.reasons {
		a.learnPins(ctx, inv)
	}
	s := Status{Active: -1, Orphaned: len(inv.Orphaned), Incomplete: len(inv.Incomplete)}
	for _, chain := range inv.Chains {
		versions := versionsOf(chain)
		for i := range versions {
			versions[i].Pin = a.pinOf(inv, versions[i].Time)
		}
		s.Chains = append(s.Chains, versions)
	}
	if inv.Active() != nil {
		s.Active = len(inv.Chains) - 1
	}
	return s, nil
}

// IsEmpty reports that there is no complete version. It reads nothing but names,
// so that it can be asked while a passphrase is.
func (a *Archive) IsEmpty(ctx context.Context) (bool, error) {
	inv, err := a.inventory(ctx)
	return err == nil && len(inv.Chains) == 0, err
}

// Versions lists the complete versions, newest first.
func (a *Archive) Versions(ctx context.Context) ([]Version, error) {
	s, err := a.Status(ctx)
	if err != nil {
		return nil, err
	}
	var all []Version
	for _, chain := range s.Chains {
		all = append(all, chain...)
	}
	slices.SortStableFunc(all, func(x, y Version) int { return y.Time.Compare(x.Time) })
	return all, nil
}

// VersionAt returns the newest version that is not younger than at, the
// newest of all when at is zero, and the oldest, with a notice, when all are
// younger.
func (a *Archive) VersionAt(ctx context.Context, at time.Time) (*Version, error) {
	all, err := a.Versions(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, ErrNoArchive
	}
	for i := range all {
		if at.IsZero() || !all[i].Time.After(at) {
			return &all[i], nil
		}
	}
	oldest := &all[len(all)-1]
	a.watch.Notice(fmt.Sprintf("There is no version as old as %s, so the oldest one is used: %s.",
		zone.Of(at).Format(time.DateTime), zone.Of(oldest.Time).Format(time.DateTime)))
	return oldest, nil
}

// versionsOf describes the sets of a chain.
func versionsOf(chain []Set) []Version {
	var out []Version
	broken := ""
	for i := range chain {
		s := &chain[i]
		v := Version{
			Time: s.End, Full: s.Full, Chain: chain[0].End, Volumes: len(s.Volumes),
			Stored: s.Size(), Encrypted: s.Encrypted, sets: chain[:i+1],
		}
		if gap := s.Gap(); gap != 0 && broken == "" {
			broken = fmt.Sprintf("Volume %d of the version of %s is missing.", gap, zone.Of(s.End).Format(time.DateTime))
		}
		v.Damaged = broken
		out = append(out, v)
	}
	return out
}
