package engine

import (
	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/restic"
)

// copyVolumes copies from one archive of volumes to another.
func (r *replication) copyVolumes(from *volumes) error {
	o := duplicity.CopyOptions{
		Before: r.plan.Before, DryRun: r.plan.DryRun,
		Total:  func(bytes int64) { r.job.totalBytes.Store(bytes); r.job.counted.Store(true) },
		Copied: func(v duplicity.Version) { r.copied(versionOf(v)) },
	}
	if to, ok := r.to.(*volumes); ok {
		return to.CopyFrom(r.job.ctx, from.Archive, o)
	}
	return r.listVersions(from)
}

// copySnapshots copies from one deduplicated archive to another.
func (r *replication) copySnapshots(from *deduplicated) error {
	to, ok := r.to.(*deduplicated)
	if !ok {
		return r.listVersions(from)
	}
	return to.CopyFrom(r.job.ctx, from.Repository, restic.CopyOptions{
		Before: r.plan.Before, DryRun: r.plan.DryRun,
		Copied: func(s *restic.Snapshot) { r.copied(snapshotVersion(s)) },
	})
}

// listVersions is a dry run where the target does not exist yet.
func (r *replication) listVersions(from archive) error {
	all, err := from.versions(r.job.ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if v := all[len(all)-1-i]; r.wanted(v.Time) && !v.Partial {
			r.copied(v)
		}
	}
	return nil
}
