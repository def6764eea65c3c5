package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/zone"
)

// dated is a snapshot with the time that its version of volumes has: whole
// seconds, and none twice.
type dated struct {
	*restic.Snapshot
	at time.Time
}

// datedSnapshots dates whole snapshots, oldest first.
func datedSnapshots(newestFirst []restic.Snapshot) (all []dated) {
	for i := range newestFirst {
		s := &newestFirst[len(newestFirst)-1-i]
		if s.IsPartial() {
			continue
		}
		at := s.Time.Truncate(time.Second).UTC()
		if n := len(all); n > 0 && !at.After(all[n-1].at) {
			at = all[n-1].at.Add(time.Second)
		}
		all = append(all, dated{s, at})
	}
	return all
}

// exportSnapshots makes a version of volumes of every snapshot. A snapshot of
// the same folder as the one before becomes an incremental version.
func (r *replication) exportSnapshots(from *deduplicated) error {
	ctx := r.job.ctx
	found, err := from.Snapshots(ctx)
	if err != nil {
		return err
	}
	all := datedSnapshots(found)
	to, ok := r.to.(*volumes)
	var there []duplicity.Version
	if ok {
		if there, err = to.Versions(ctx); err != nil {
			return err
		}
	}
	for i, s := range all {
		if !r.wanted(s.Time) || holdsVersion(there, s.at) {
			continue
		}
		if ok && len(there) > 0 && !s.at.After(there[0].Time) {
			r.job.report(FileProblem{
				Path: s.ID.Short(), Problem: repository.NotStorable,
				Err: fmt.Errorf("the version of %s is older than the newest of the target, and volumes are only added at the end", zone.Of(s.at).Format(time.DateTime)),
			})
			continue
		}
		if !r.plan.DryRun {
			made, err := r.exportSnapshot(from, to, all, i, there)
			if err != nil {
				return err
			}
			there = append([]duplicity.Version{made}, there...)
		}
		r.copied(snapshotVersion(s.Snapshot))
	}
	return nil
}

func holdsVersion(there []duplicity.Version, at time.Time) bool {
	return slices.ContainsFunc(there, func(v duplicity.Version) bool { return v.Time.Equal(at) })
}

// exportSnapshot makes one version; there are those of the target, newest
// first.
func (r *replication) exportSnapshot(from *deduplicated, to *volumes, all []dated, i int, there []duplicity.Version) (v duplicity.Version, err error) {
	ctx, s := r.job.ctx, all[i]
	items, err := from.Items(ctx, s.Snapshot)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, items.Close()) }()
	x := &exported{Items: items}
	kind := duplicity.Full
	if i > 0 && len(there) > 0 && there[0].Time.Equal(all[i-1].at) && sameOrigin(s.Snapshot, all[i-1].Snapshot) {
		kind = duplicity.Auto
		if x.changed, err = from.changedSince(ctx, items, all[i-1].Snapshot); err != nil {
			return v, err
		}
	}
	if !s.at.Equal(s.Time.Truncate(time.Second)) {
		r.job.report(Notice{fmt.Sprintf("The version %s is dated %s: another one is of the same second.", s.ID.Short(), zone.Of(s.at).Format(time.DateTime))})
	}
	target := to.Archive
	if s.Hostname != "" {
		target = target.WithHost(s.Hostname)
	}
	result, err := target.Backup(ctx, duplicity.BackupOptions{
		Kind: kind, FullIfOlderThan: r.plan.FullIfOlderThan, VolumeSize: r.volumeSize(), MaxBlockSize: defaultBlockSize,
		AllowSourceMismatch: true, NumericOwner: true, Time: s.at, SourceName: items.Root(), Items: x,
	})
	return result.Version, err
}

// defaultBlockSize bounds the blocks of signatures, as BackupPlan's does.
const defaultBlockSize = 2048

func (r *replication) volumeSize() int64 {
	if r.plan.VolumeSize > 0 {
		return r.plan.VolumeSize
	}
	return DefaultVolumeSize
}

func sameOrigin(a, b *restic.Snapshot) bool {
	return a.Hostname == b.Hostname && slices.Equal(a.Paths, b.Paths)
}

// exported is a snapshot as items for a version of volumes.
type exported struct {
	*restic.Items
	changed map[string]bool
}

func (x *exported) Changed(path string) bool { return x.changed[path] }

// changedSince are the paths of items that differ from those of the snapshot
// before in whatever is known of them. What is new is not among them.
func (a *deduplicated) changedSince(ctx context.Context, now *restic.Items, before *restic.Snapshot) (map[string]bool, error) {
	old, err := a.Items(ctx, before)
	if err != nil {
		return nil, err
	}
	changed, err := differences(ctx, old.Walk(ctx), now.Walk(ctx))
	return changed, errors.Join(err, old.Close())
}

func differences(ctx context.Context, before, now iter.Seq2[*repository.Entry, error]) (map[string]bool, error) {
	nextOld, stopOld := iter.Pull2(before)
	defer stopOld()
	changed := map[string]bool{}
	old, err, more := nextOld()
	for e, nerr := range now {
		if err := errors.Join(nerr, err, ctx.Err()); err != nil {
			return nil, err
		}
		for more && err == nil && repository.Compare(old.Path, e.Path) < 0 {
			old, err, more = nextOld()
		}
		if more && err == nil && old.Path == e.Path && !sameEntry(old, e) {
			changed[e.Path] = true
		}
	}
	return changed, err
}
