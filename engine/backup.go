package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/source"
)

// DefaultVolumeSize is the size at which a volume ends, in bytes: duplicity's.
const DefaultVolumeSize = 200 << 20

// Backup makes a job that writes a version.
func (e *Engine) Backup(p BackupPlan) *Job {
	return e.job("backing up", func(j jobRun) (Summary, error) { return e.backup(j, p) })
}

func (e *Engine) backup(j jobRun, p BackupPlan) (Summary, error) {
	j.report(PhaseChanged{Preparing})
	watch := j.observer()
	// The folder is looked at first: a missing one needs no destination.
	probe, err := e.openSource(sourceOf(p), repository.Ignore(), source.Hooks{})
	if err != nil {
		return Summary{}, err
	}
	defer probe.Close()
	archive, err := e.openArchive(j.ctx, p.Destination, watch, !p.DryRun)
	if err != nil {
		return Summary{}, err
	}
	defer archive.close()
	var counting sync.WaitGroup
	ctx, stopCounting := context.WithCancel(j.ctx)
	defer counting.Wait()
	defer stopCounting()
	if p.Estimate {
		counting.Go(func() { j.estimate(ctx, probe) })
	}
	summary, err := archive.backup(j, p, watch)
	if err == nil && !summary.Unchanged && !p.DryRun {
		j.report(VersionSaved{summary.Version})
	}
	return summary, err
}

// sourcePlan says which folder is read, and how.
type sourcePlan struct {
	Root                      string
	Rules                     []selection.Condition
	FollowLinks, NumericOwner bool
}

func sourceOf(p BackupPlan) sourcePlan {
	return sourcePlan{p.Root, p.Rules, p.FollowLinks, p.NumericOwner}
}

// openSource opens a folder with its rules.
func (e *Engine) openSource(p sourcePlan, watch repository.Observer, h source.Hooks) (*source.Tree, error) {
	o := source.Options{
		FollowLinks: p.FollowLinks, NumericOwner: p.NumericOwner, Watch: watch, Hooks: h,
	}
	if len(p.Rules) > 0 {
		r, err := selection.New(p.Root, p.Rules)
		if err != nil {
			return nil, errors.Join(errInvalid, err)
		}
		o.Select = r.Judge
	}
	return source.Open(p.Root, o)
}

// estimate counts the source beside the run. It is a help for progress only:
// what it cannot see, the run itself reports.
func (j jobRun) estimate(ctx context.Context, tree *source.Tree) {
	err := tree.Estimate(ctx, func(files, bytes int64) {
		j.totalFiles.Store(files)
		j.totalBytes.Store(bytes)
	})
	j.counted.Store(err == nil)
}
