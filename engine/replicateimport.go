package engine

import (
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
)

// importVolumes makes a snapshot of every version of an archive of volumes.
func (r *replication) importVolumes(from *volumes) error {
	to, ok := r.to.(*deduplicated)
	if !ok {
		return r.listVersions(from)
	}
	ctx := r.job.ctx
	all, err := from.Versions(ctx)
	if err != nil {
		return err
	}
	there, err := to.Snapshots(ctx)
	if err != nil {
		return err
	}
	var bad []error
	for i := range all {
		v := &all[len(all)-1-i]
		if !r.wanted(v.Time) {
			continue
		}
		err := r.importVersion(from, to, v, there)
		if errors.Is(err, duplicity.ErrDamaged) || errors.Is(err, duplicity.ErrManifest) {
			bad = append(bad, err)
			continue
		}
		if err != nil {
			return errors.Join(append(bad, err)...)
		}
	}
	return errors.Join(bad...)
}

// importVersion makes one snapshot, unless it is there.
func (r *replication) importVersion(from *volumes, to *deduplicated, v *duplicity.Version, there []restic.Snapshot) error {
	ctx := r.job.ctx
	host, dir, err := from.Origin(ctx, v)
	if err != nil {
		return err
	}
	o := restic.ImportOptions{
		Time: v.Time, Host: host, Path: folderOf(dir),
		Tolerable: func(err error) bool { return errors.Is(err, duplicity.ErrDamaged) },
	}
	if slices.ContainsFunc(there, func(s restic.Snapshot) bool { return isImported(&s, &o) }) {
		return nil
	}
	if !r.plan.DryRun {
		c, err := from.Contents(ctx, v, nil)
		if err != nil {
			return err
		}
		_, err = to.Import(ctx, o, r.items(c))
		for _, lost := range c.Lost() {
			r.job.report(FileProblem{Path: "", Problem: repository.Unreadable, Err: lost})
		}
		if err := errors.Join(err, c.Close()); err != nil {
			return err
		}
	}
	r.copied(versionOf(*v))
	return nil
}

// isImported tells that a snapshot is of the version that would be imported.
func isImported(s *restic.Snapshot, o *restic.ImportOptions) bool {
	return s.Time.Truncate(time.Second).Equal(o.Time) && s.Hostname == o.Host && slices.Equal(s.Paths, []string{o.Path}) && !s.IsPartial()
}

// items yields what a version holds. What cannot be brought back is reported
// and left out.
func (r *replication) items(c *duplicity.Contents) iter.Seq2[restic.ImportItem, error] {
	return func(yield func(restic.ImportItem, error) bool) {
		for {
			it, err := c.Next(r.job.ctx)
			if err != nil {
				yield(restic.ImportItem{}, err)
				return
			}
			if it == nil {
				return
			}
			if it.Broken != nil {
				r.job.report(FileProblem{Path: it.Path, Problem: repository.Unreadable, Err: it.Broken})
				continue
			}
			if !yield(restic.ImportItem{Entry: &it.Entry, Open: func() (io.ReadCloser, error) { return it.Open() }}, nil) {
				return
			}
		}
	}
}
