package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
)

var errNotVolumes = errors.New("the archive at the destination is a deduplicated one, where forget and prune remove versions")

// RemovalKind is what of an archive of volumes is deleted.
type RemovalKind uint8

// The kinds: duplicity's remove-older-than, remove-all-but-n-full,
// remove-all-inc-of-but-n-full and cleanup, with its rules; and chains that
// are named. Only whole chains are deleted, as younger versions of a chain need
// the older ones.
const (
	RemoveOlderThan    RemovalKind = iota + 1 // chains that end before Before
	RemoveAllButFull                          // chains before the last Keep
	RemoveIncrementals                        // the incremental versions of those
	RemoveLoose                               // what belongs to no version
	RemoveChains                              // Chains
)

// RemovalPlan deletes from an archive of volumes.
type RemovalPlan struct {
	Destination Destination
	Kind        RemovalKind
	Before      time.Time
	Keep        int // at least 1
	// Chains are the times of full versions.
	Chains []time.Time
	// DryRun only says what would go.
	DryRun bool
}

// Removed is what a removal deleted.
type Removed struct {
	// Versions are gone, oldest first.
	Versions []Version
	// Loose counts sets and signatures that were of no version.
	Loose int
	// Files are the names of what was deleted, in that order.
	Files []string
	// Bytes is the room that they took.
	Bytes int64
}

// Remove makes a job that deletes from an archive of volumes. done is called
// with what is gone, also when the job fails on the way. What stays although
// one might not expect it is told by Notice events.
func (e *Engine) Remove(p RemovalPlan, done func(Removed)) *Job {
	return e.job("removing versions", func(j jobRun) (Summary, error) {
		j.report(PhaseChanged{Preparing})
		a, err := e.archiveOfVolumes(j.ctx, p.Destination, j.observer())
		if err != nil {
			return Summary{}, err
		}
		j.report(PhaseChanged{Working})
		gone, err := a.removal(j.ctx, p)
		removed := Removed{Loose: gone.Loose, Files: gone.Files, Bytes: gone.Bytes}
		for _, v := range gone.Versions {
			removed.Versions = append(removed.Versions, versionOf(v))
		}
		done(removed)
		if err == nil && !p.DryRun {
			sweep(j.ctx, a.store)
		}
		return Summary{}, errors.Join(err, a.close())
	})
}

// archiveOfVolumes opens an archive in duplicity's format.
func (e *Engine) archiveOfVolumes(ctx context.Context, d Destination, watch repository.Observer) (*volumes, error) {
	a, err := e.openArchive(ctx, d, watch, false)
	if err != nil {
		return nil, err
	}
	v, ok := a.(*volumes)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%w: %w", errInvalid, errNotVolumes), a.close())
	}
	return v, nil
}

func (a *volumes) removal(ctx context.Context, p RemovalPlan) (duplicity.Removed, error) {
	switch p.Kind {
	case RemoveOlderThan:
		return a.RemoveOlderThan(ctx, p.Before, p.DryRun)
	case RemoveLoose:
		return a.Cleanup(ctx, p.DryRun)
	case RemoveChains:
		return a.RemoveChains(ctx, p.Chains, p.DryRun)
	}
	if p.Keep < 1 {
		return duplicity.Removed{}, fmt.Errorf("%w: at least one full version stays", errInvalid)
	}
	if p.Kind == RemoveIncrementals {
		return a.RemoveIncrementals(ctx, p.Keep, p.DryRun)
	}
	return a.RemoveAllButFull(ctx, p.Keep, p.DryRun)
}
