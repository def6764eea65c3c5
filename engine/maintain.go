package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/restic/id"
)

var errNotDeduplicated = errors.New("the archive at the destination is one of volumes, which does not have this")

// maintained opens a deduplicated archive.
func (e *Engine) maintained(ctx context.Context, d Destination, watch repository.Observer) (*deduplicated, error) {
	a, err := e.openArchive(ctx, d, watch, false)
	if err != nil {
		return nil, err
	}
	r, ok := a.(*deduplicated)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%w: %w", errInvalid, errNotDeduplicated), a.close())
	}
	return r, nil
}

// PruneOptions say how much of what is not needed is worth giving back.
type PruneOptions = restic.PruneOptions

// Pruned is what was given back.
type Pruned = restic.Pruned

// Prune gives back what no version needs any more.
func (e *Engine) Prune(ctx context.Context, d Destination, o PruneOptions) (Pruned, error) {
	const op = "giving room back"
	a, err := e.maintained(ctx, d, repository.Ignore())
	if err != nil {
		return Pruned{}, classify(ctx, op, err)
	}
	p, err := a.Prune(ctx, o)
	if err == nil && !o.DryRun {
		sweep(ctx, a.store)
	}
	return p, classify(ctx, op, errors.Join(err, a.close()))
}

// RepairKind is what of an archive is repaired. They go in this order.
type RepairKind uint8

// The kinds: the list of what is stored; what is still good in damaged packs;
// versions that are not whole, which lose what is lost.
const (
	RepairIndex RepairKind = iota + 1
	RepairPacks
	RepairSnapshots
)

// RepairPlan repairs a deduplicated archive.
type RepairPlan struct {
	Destination Destination
	Kind        RepairKind
	// Packs are named by their whole names.
	Packs []string
}

// Repaired says in sentences what was done.
type Repaired struct {
	Sentences []string
	// Lost are paths that versions no longer hold.
	Lost []string
}

// Repair repairs an archive as far as that is possible.
func (e *Engine) Repair(ctx context.Context, p RepairPlan) (Repaired, error) {
	const op = "repairing the archive"
	a, err := e.maintained(ctx, p.Destination, repository.Ignore())
	if err != nil {
		return Repaired{}, classify(ctx, op, err)
	}
	done, err := a.repair(ctx, p)
	return done, classify(ctx, op, errors.Join(err, a.close()))
}

func (a *deduplicated) repair(ctx context.Context, p RepairPlan) (done Repaired, err error) {
	say := func(format string, args ...any) {
		done.Sentences = append(done.Sentences, fmt.Sprintf(format, args...))
	}
	switch p.Kind {
	case RepairIndex:
		r, err := a.RepairIndex(ctx)
		say("Read the contents of %d packs, dropped %d that are gone, removed %d unreadable index files.", r.Reread, r.Dropped, len(r.Removed))
		for _, name := range r.Unreadable {
			say("The pack %s is damaged: repair packs saves what is still good in it.", name)
		}
		return done, err
	case RepairPacks:
		names, err := packNames(p.Packs)
		if err != nil {
			return done, err
		}
		r, err := a.RepairPacks(ctx, names)
		say("Saved %d blobs; %d are lost. Copies of the damaged packs are on this machine: %s.", r.Saved, r.Lost, strings.Join(r.Copies, ", "))
		return done, err
	}
	r, err := a.RepairSnapshots(ctx, func(path string, _ error) { done.Lost = append(done.Lost, path) })
	say("Replaced %d versions and removed %d.", len(r.Replaced), len(r.Removed))
	return done, err
}

func packNames(texts []string) (names []id.ID, err error) {
	for _, text := range texts {
		name, err := id.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is no name of a pack: %w", errInvalid, text, err)
		}
		names = append(names, name)
	}
	return names, nil
}
