package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/retention"
)

// RetentionPlan asks what a policy would do to an archive.
type RetentionPlan struct {
	Destination Destination
	Policy      retention.Policy
	Options     retention.Options
	// Pins are versions that stay whatever the policy says, by Version.ID, besides
	// those that are pinned in the archive.
	Pins map[string]retention.Pin
	// Together tells of which machines and folders the versions are of one backup,
	// such as before and after its folders were changed: they are thinned as one,
	// and the newest of each stays. nil tells each machine and folders apart.
	Together func(host string, paths []string) bool
	// Space finds out how much room the plan gives back, which takes reading all
	// folders of all versions of a deduplicated archive.
	Space bool
}

// RetentionLine is what becomes of the versions of one source.
type RetentionLine struct {
	// Versions are newest first, each beside its verdict.
	Versions []Version
	retention.Planned
}

// Retention is what would become of all versions.
type Retention struct {
	Format Format
	// Lines are the sources: each folder of each machine in a deduplicated
	// archive, and all versions in one of volumes, which act chain by chain.
	Lines []RetentionLine
	// Freed is how many bytes would be given back, -1 when that is not known.
	Freed int64
}

// retained is an archive's side of keeping and removing versions.
type retained interface {
	// lines says what becomes of every version.
	lines(ctx context.Context, p RetentionPlan, now time.Time) ([]RetentionLine, error)
	// freed is how many bytes removing versions gives back.
	freed(ctx context.Context, gone []Version) (int64, error)
	// discard removes versions; those of one chain come together.
	discard(ctx context.Context, gone []Version) error
}

// PlanRetention says of every version of an archive whether a policy would keep
// it, and by which rule. It changes nothing.
func (e *Engine) PlanRetention(ctx context.Context, p RetentionPlan) (Retention, error) {
	const op = "planning which versions stay"
	a, err := e.openArchive(ctx, p.Destination, repository.Ignore(), false)
	if err != nil {
		return Retention{}, classify(ctx, op, err)
	}
	a.withReasons()
	r, err := e.planRetention(ctx, a, p)
	if err == nil && p.Space {
		r.Freed, err = a.freed(ctx, goneOf(r.Lines))
	}
	return r, classify(ctx, op, errors.Join(err, a.close()))
}

func (e *Engine) planRetention(ctx context.Context, a archive, p RetentionPlan) (r Retention, err error) {
	if err := p.Policy.Validate(); err != nil {
		return r, fmt.Errorf("%w: %w", errInvalid, err)
	}
	r.Freed = -1
	if _, ok := a.(*deduplicated); ok {
		r.Format = Deduplicated
	}
	r.Lines, err = a.lines(ctx, p, e.config.Now())
	return r, err
}

func goneOf(lines []RetentionLine) (gone []Version) {
	for i := range lines {
		_, removed := lines[i].divide()
		gone = append(gone, removed...)
	}
	return gone
}

func (l *RetentionLine) divide() (kept, removed []Version) {
	for i, v := range l.Verdicts {
		if v.Kept() {
			kept = append(kept, l.Versions[i])
		} else {
			removed = append(removed, l.Versions[i])
		}
	}
	return kept, removed
}

// pinOf returns the pin of a version.
func (p *RetentionPlan) pinOf(name string) *retention.Pin {
	if pin, ok := p.Pins[name]; ok {
		return &pin
	}
	return nil
}

// ForgetPlan removes versions: those of IDs, or else those that the policy does
// not keep. What only they need in a deduplicated archive takes room until
// Prune.
type ForgetPlan struct {
	Destination Destination
	IDs         []string // or beginnings of them, of a deduplicated archive
	Policy      retention.Policy
	// Options, Pins and Together are as in RetentionPlan. Of a source that something speaks
	// against, nothing is removed, unless Unguarded says that this is as if a
	// person had named the versions.
	Options   retention.Options
	Pins      map[string]retention.Pin
	Together  func(host string, paths []string) bool
	Unguarded bool
	DryRun    bool
}

// Forgotten says which versions stay and which go.
type Forgotten struct {
	Format        Format
	Kept, Removed []Version
	// Held are the sources of which nothing was removed, although the policy
	// would: their Guards say why. Their versions are among Kept.
	Held []RetentionLine
	// Bound are versions that the rules would drop, and that stay because their
	// chain does.
	Bound []Version
}

// Forget removes versions.
func (e *Engine) Forget(ctx context.Context, p ForgetPlan) (Forgotten, error) {
	const op = "removing versions"
	var a archive
	var err error
	if len(p.IDs) > 0 {
		a, err = e.maintained(ctx, p.Destination, repository.Ignore())
	} else {
		a, err = e.openArchive(ctx, p.Destination, repository.Ignore(), false)
	}
	if err != nil {
		return Forgotten{}, classify(ctx, op, err)
	}
	f, err := e.forget(ctx, a, p)
	if err == nil && !p.DryRun {
		err = a.discard(ctx, f.Removed)
	}
	return f, classify(ctx, op, errors.Join(err, a.close()))
}

func (e *Engine) forget(ctx context.Context, a archive, p ForgetPlan) (f Forgotten, err error) {
	if len(p.IDs) > 0 {
		all, err := a.(*deduplicated).Snapshots(ctx)
		if err != nil {
			return f, err
		}
		return named(all, p.IDs, e.config.Now())
	}
	r, err := e.planRetention(ctx, a, RetentionPlan{Policy: p.Policy, Options: p.Options, Pins: p.Pins, Together: p.Together})
	if err != nil {
		return f, err
	}
	f.Format = r.Format
	for i := range r.Lines {
		line := &r.Lines[i]
		if line.Decision != retention.Proceed && !p.Unguarded {
			f.Held, f.Kept = append(f.Held, *line), append(f.Kept, line.Versions...)
			continue
		}
		kept, removed := line.divide()
		f.Kept, f.Removed = append(f.Kept, kept...), append(f.Removed, removed...)
		for j, v := range line.Verdicts {
			if v.Rule == retention.NeededLater {
				f.Bound = append(f.Bound, line.Versions[j])
			}
		}
	}
	return f, nil
}

// named parts the versions of which the names are given from the others. One
// that is pinned is not removed by its name either.
func named(all []restic.Snapshot, texts []string, now time.Time) (f Forgotten, err error) {
	f.Format = Deduplicated
	chosen := map[id.ID]bool{}
	for _, text := range texts {
		s, err := byPrefix(all, text)
		if err != nil {
			return f, errors.Join(errInvalid, err)
		}
		if s.Pin().Holds(now) {
			return f, fmt.Errorf("%w: version %s: %w: unpin it first", errInvalid, s.ID.Short(), errPinned)
		}
		chosen[s.ID] = true
	}
	for i := range all {
		if v := snapshotVersion(&all[i]); chosen[all[i].ID] {
			f.Removed = append(f.Removed, v)
		} else {
			f.Kept = append(f.Kept, v)
		}
	}
	return f, nil
}

// byPrefix finds the one snapshot whose name begins so.
func byPrefix(all []restic.Snapshot, text string) (*restic.Snapshot, error) {
	i, err := findID(text, len(all), func(i int) string { return all[i].ID.String() })
	if err != nil {
		return nil, err
	}
	return &all[i], nil
}

func (a *deduplicated) lines(ctx context.Context, p RetentionPlan, now time.Time) (lines []RetentionLine, err error) {
	all, err := a.Snapshots(ctx)
	if err != nil {
		return nil, err // one that cannot be read may be the newest
	}
	known := restic.Known{Pin: func(s *restic.Snapshot) *retention.Pin { return p.pinOf(s.ID.String()) }}
	if p.Together != nil {
		known.Together = func(s *restic.Snapshot) bool { return p.Together(s.Hostname, s.Paths) }
	}
	for _, l := range restic.PlanForget(all, p.Policy, now, p.Options, known) {
		line := RetentionLine{Planned: l.Planned}
		for i := range l.Snapshots {
			line.Versions = append(line.Versions, snapshotVersion(&l.Snapshots[i]))
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func (a *deduplicated) freed(ctx context.Context, gone []Version) (int64, error) {
	names, err := idsOf(gone)
	if err != nil {
		return -1, err
	}
	without := map[id.ID]bool{}
	for _, name := range names {
		without[name] = true
	}
	pruned, err := a.Prune(ctx, PruneOptions{MaxUnused: -1, DryRun: true, Without: without})
	return pruned.Bytes - pruned.Copied, err
}

func (a *deduplicated) discard(ctx context.Context, gone []Version) error {
	names, err := idsOf(gone)
	if err != nil {
		return err
	}
	return a.Forget(ctx, names)
}

func idsOf(versions []Version) (names []id.ID, err error) {
	for _, v := range versions {
		name, err := id.Parse(v.ID)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func (a *volumes) lines(ctx context.Context, p RetentionPlan, now time.Time) ([]RetentionLine, error) {
	all, err := a.versions(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	versions, byID := make([]retention.Version, len(all)), map[string]Version{}
	for i, v := range all {
		versions[i] = retention.Version{
			ID: v.ID, Time: v.Time, Partial: v.Damaged != "", Chain: v.Chain.UTC().Format(time.RFC3339), Size: v.Stored,
			Pin: longest(v.Pin, p.pinOf(v.ID)),
		}
		byID[versions[i].Chain+v.ID] = v // two chains may have a version of the same time
	}
	line := RetentionLine{Planned: retention.Plan(versions, p.Policy, now, p.Options)}
	for _, v := range line.Verdicts {
		line.Versions = append(line.Versions, byID[v.Version.Chain+v.Version.ID])
	}
	return []RetentionLine{line}, nil
}

// chainsOf are the times of the full versions of chains that go.
func chainsOf(gone []Version) (fulls []time.Time) {
	for _, v := range gone {
		if !slices.ContainsFunc(fulls, v.Chain.Equal) {
			fulls = append(fulls, v.Chain)
		}
	}
	return fulls
}

func (a *volumes) freed(ctx context.Context, gone []Version) (int64, error) {
	removed, err := a.RemoveChains(ctx, chainsOf(gone), true)
	return removed.Bytes, err
}

func (a *volumes) discard(ctx context.Context, gone []Version) error {
	if len(gone) == 0 {
		return nil
	}
	_, err := a.RemoveChains(ctx, chainsOf(gone), false)
	if err == nil {
		sweep(ctx, a.store)
	}
	return err
}
