package engine

import (
	"context"
	"errors"
	"time"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/reread"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/restic/id"
)

// Severity is how bad a finding is.
type Severity = repository.Severity

// The severities: nothing is wrong; to be repaired, and everything can still be
// restored; something cannot be restored.
const (
	Hint   = repository.Hint
	Damage = repository.Damaged
	Loss   = repository.Lost
)

// Finding is one thing that a check found.
type Finding struct {
	Severity Severity
	// Text is a sentence or two.
	Text string
	// File is the stored file that is meant, Pack the pack; neither need be.
	File string
	Pack id.ID
	// Paths are the first files and folders that are not whole.
	Paths []string

	damagedPack bool // it is there, and what is whole in it can be saved
}

// CheckFound: a check found something. Hints count as no problem.
type CheckFound struct{ Finding Finding }

func (CheckFound) event() {}

// DataCheck says which stored data a check reads to the last byte.
type DataCheck = reread.Plan

// NewDataCheck reads a share of the data: one of so many parts; all for 1 of 1,
// none for 0.
func NewDataCheck(part, of int) DataCheck {
	switch of {
	case 0:
		return DataCheck{}
	case 1:
		return DataCheck{Mode: reread.Everything}
	}
	return DataCheck{Mode: reread.Share, Part: part, Of: of}
}

// DataWithin reads what was read longest ago first, for so long.
func DataWithin(d time.Duration) DataCheck { return DataCheck{Mode: reread.Oldest, For: d} }

// CheckPlan proves an archive.
type CheckPlan struct {
	Destination Destination
	Data        DataCheck
}

// Checked is what a check looked at.
type Checked struct {
	Format Format
	// Versions and Files are what there is: Files are packs or volumes. Folders
	// is 0 where they are not looked into.
	Versions, Files, Folders int
	// FilesRead and BytesRead were read to the last byte.
	FilesRead int
	BytesRead int64
	// Fresh is how much of what is stored was read to the last byte in the last
	// 90 days by this machine, and found whole, and how much was not whole when
	// it was last read.
	Fresh reread.Fresh
}

// Check makes a job that looks at everything that an archive consists of, and
// at as much of its data as the plan says. What it finds are CheckFound events.
func (e *Engine) Check(p CheckPlan, done func(Checked)) *Job {
	return e.job("checking", func(j jobRun) (Summary, error) {
		j.report(PhaseChanged{Preparing})
		a, err := e.openArchive(j.ctx, p.Destination, j.observer(), false)
		if err != nil {
			return Summary{}, err
		}
		j.report(PhaseChanged{Working})
		checked, err := a.check(j.ctx, p.Data, func(f Finding) {
			if f.Severity > Hint {
				j.problems.Add(1)
			}
			j.report(CheckFound{f})
		})
		done(checked)
		return Summary{}, errors.Join(err, a.close())
	})
}

func (a *deduplicated) check(ctx context.Context, plan DataCheck, report func(Finding)) (Checked, error) {
	c, err := a.Check(ctx, restic.CheckOptions{Data: plan}, func(f restic.Finding) {
		name, damagedPack := stored(&f)
		report(Finding{Severity: f.Severity, Text: f.Text, File: name, Pack: f.Pack, Paths: f.Paths, damagedPack: damagedPack})
	})
	return Checked{
		Format: Deduplicated, Versions: c.Snapshots, Files: c.Packs, Folders: c.Trees,
		FilesRead: c.PacksRead, BytesRead: c.BytesRead, Fresh: c.Fresh,
	}, err
}

func (a *volumes) check(ctx context.Context, plan DataCheck, report func(Finding)) (Checked, error) {
	c, err := a.Check(ctx, plan, func(f duplicity.Finding) {
		report(Finding{Severity: f.Severity, Text: f.Text, File: f.File})
	})
	return Checked{
		Format: Volumes, Versions: c.Versions, Files: c.Volumes,
		FilesRead: c.FilesRead, BytesRead: c.BytesRead, Fresh: c.Fresh,
	}, err
}
