package engine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
)

// ReplicatePlan copies versions from one archive to another, which may be of
// the other format and under other keys.
type ReplicatePlan struct {
	From, To Destination
	// Before leaves out versions that are not older; zero means none.
	Before time.Time
	// SameFormat gives an empty target the format of the source instead of
	// that of To.
	SameFormat bool
	// DryRun only names what would be copied.
	DryRun bool
	// VolumeSize and FullIfOlderThan are those of BackupPlan, where snapshots
	// become volumes.
	VolumeSize      int64
	FullIfOlderThan time.Duration
}

// VersionCopied: a version is whole in the other archive, or would be copied in
// a dry run. Version is described as the source knows it.
type VersionCopied struct{ Version Version }

func (VersionCopied) event() {}

var errSamePlace = errors.New("the source and the target are the same archive")

// Replicate makes a job that copies every version that the target does not
// hold, oldest first, and their pins. A run that was stopped is continued: what is there is not
// copied again. Every version of the target is whole at any time.
func (e *Engine) Replicate(p ReplicatePlan) *Job {
	return e.job("copying versions", func(j jobRun) (Summary, error) {
		j.report(PhaseChanged{Preparing})
		r := &replication{engine: e, plan: p, job: j}
		err := r.open()
		if err == nil {
			j.report(PhaseChanged{Working})
			err = r.run()
			err = errors.Join(err, r.carryPins())
		}
		return r.summary, errors.Join(err, r.close())
	})
}

// replication is one run of Replicate.
type replication struct {
	engine  *Engine
	plan    ReplicatePlan
	job     jobRun
	from    archive
	to      archive // nil in a dry run where nothing is there
	target  Format
	summary Summary
}

// open opens both archives.
func (r *replication) open() (err error) {
	p, ctx := &r.plan, r.job.ctx
	if strings.TrimRight(p.From.URL, "/") == strings.TrimRight(p.To.URL, "/") {
		return fmt.Errorf("%w: %w", errInvalid, errSamePlace)
	}
	if r.from, err = r.engine.openArchive(ctx, p.From, r.job.observer(), false); err != nil {
		return err
	}
	there, format, err := r.engine.formatAt(ctx, p.To)
	if err != nil {
		return err
	}
	switch {
	case there:
		p.To.Format = format
	case p.SameFormat:
		p.To.Format = formatOf(r.from)
	}
	r.target = p.To.Format
	if p.DryRun && !there {
		return nil
	}
	r.to, err = r.engine.openArchive(ctx, p.To, r.job.observer(), !p.DryRun)
	return err
}

func formatOf(a archive) Format {
	if _, ok := a.(*deduplicated); ok {
		return Deduplicated
	}
	return Volumes
}

// formatAt tells whether there is an archive, and of which format.
func (e *Engine) formatAt(ctx context.Context, d Destination) (there bool, f Format, err error) {
	store, err := e.openPlace(ctx, d.URL, e.reach(d, false))
	if errors.Is(err, backends.ErrNotExist) {
		return false, Volumes, nil
	}
	if err != nil {
		return false, Volumes, err
	}
	var found Found
	err = e.inspectArchive(ctx, d, store, &found)
	if err = errors.Join(err, store.Close()); errors.Is(err, backends.ErrNotExist) {
		err = nil
	}
	return found.Format == Deduplicated || found.Versions > 0, found.Format, err
}

func (r *replication) close() error {
	var errs []error
	for _, a := range []archive{r.from, r.to} {
		if a != nil {
			errs = append(errs, a.close())
		}
	}
	return errors.Join(errs...)
}

// run copies in the way that the two formats need.
func (r *replication) run() error {
	switch from := r.from.(type) {
	case *volumes:
		if r.target == Deduplicated {
			return r.importVolumes(from)
		}
		return r.copyVolumes(from)
	case *deduplicated:
		if r.target == Deduplicated {
			return r.copySnapshots(from)
		}
		return r.exportSnapshots(from)
	}
	return fmt.Errorf("%w: it is of no known format", errInvalid)
}

// copied reports a version, and counts it.
func (r *replication) copied(v Version) {
	r.summary.Items++
	r.summary.Version = v
	r.job.report(VersionCopied{v})
}

// wanted tells that the plan asks for versions of that time.
func (r *replication) wanted(at time.Time) bool {
	return r.plan.Before.IsZero() || at.Before(r.plan.Before)
}

// folderOf is the folder that an archive of volumes names, as restic writes
// folders. Without a name the items get one all the same: only the root of the
// file system could do without, and that has no attributes there.
func folderOf(dir string) string {
	if dir == "" {
		return "/unknown"
	}
	return path.Clean("/" + dir)
}

// sameEntry compares all that is known of two items.
func sameEntry(a, b *repository.Entry) bool {
	return a.Type == b.Type && a.Mode == b.Mode && a.UID == b.UID && a.GID == b.GID && a.User == b.User && a.Group == b.Group &&
		a.ModTime.Equal(b.ModTime) && a.Size == b.Size && a.Target == b.Target && a.Major == b.Major && a.Minor == b.Minor &&
		a.Flags == b.Flags && a.HardLink == b.HardLink && a.ContentKey == b.ContentKey && repository.SameXattrs(a.Xattrs, b.Xattrs)
}
