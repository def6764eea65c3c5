package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/varve-backup/varve/engine/reread"
	"github.com/varve-backup/varve/engine/restic"
)

// Mending has an order in which nothing that could still be had is given up:
// first what another place has whole, then what the sources still have, and only
// then what is left is marked as lost. Each step is whole by itself, and an error
// ends it before the next: a place or a folder that is not at hand loses nothing.

// MendPlan mends what is damaged in an archive, as far as that is possible.
type MendPlan struct {
	Destination Destination
	// Copies are other places with the same files, the best first. All of them
	// must be at hand.
	Copies []Destination
	// Sources is the backup that reads again what the sources still have. Its
	// Destination and Kind are of no account. Without a Root nothing is read.
	Sources BackupPlan
}

// MendStep is what is done at the moment.
type MendStep uint8

// The steps, in their order.
const (
	MendLooking MendStep = iota + 1 // reads everything that is stored
	MendCopies                      // takes what is damaged from other places
	MendSaving                      // saves what is whole of damaged files
	MendSources                     // reads the sources again
	MendMarking                     // takes what is lost out of the versions
	MendProving                     // reads everything that is stored again
)

// MendStepped: a step begins.
type MendStepped struct{ Step MendStep }

func (MendStepped) event() {}

// Mended is what mending brought.
type Mended struct {
	// Found are the findings before, and Left those that are left, both without
	// hints.
	Found, Left []Finding
	// Fetched are stored files that another place had whole.
	Fetched int
	// Again tells that the sources were read again.
	Again bool
	// Lost are paths that versions no longer hold, or not whole.
	Lost []string
	// Checked is what the check at the end looked at.
	Checked Checked
}

// Mend makes a job that mends an archive, and done gets what came of it before
// the job ends, also when it ends early.
func (e *Engine) Mend(p MendPlan, done func(Mended)) *Job {
	return e.job("mending the archive", func(j jobRun) (Summary, error) {
		m := &mending{e: e, jobRun: j, plan: p}
		err := m.run()
		done(m.result)
		return Summary{Problems: int64(len(m.result.Left) + len(m.result.Lost))}, err
	})
}

// mending is one run of Mend.
type mending struct {
	jobRun
	e      *Engine
	plan   MendPlan
	result Mended
	whole  map[string]bool // damaged files that were fetched
}

func (m *mending) run() (err error) {
	m.step(MendLooking)
	if m.result.Found, err = m.look(); err != nil || len(m.result.Found) == 0 {
		return err
	}
	if err := m.fetchAll(); err != nil {
		return err
	}
	if err := m.save(); err != nil {
		return err
	}
	if err := m.readSources(); err != nil {
		return err
	}
	if err := m.mark(); err != nil {
		return err
	}
	m.step(MendProving)
	m.result.Left, err = m.look()
	return err
}

func (m *mending) step(s MendStep) {
	m.report(PhaseChanged{Working})
	m.report(MendStepped{s})
}

// look reads everything, and returns what is damaged.
func (m *mending) look() (found []Finding, err error) {
	err = m.open(m.plan.Destination, func(a archive) (err error) {
		m.result.Checked, err = a.check(m.ctx, reread.Plan{Mode: reread.Everything}, func(f Finding) {
			if f.Severity > Hint {
				found = append(found, f)
			}
		})
		return err
	})
	return found, err
}

// open opens an archive for as long as do takes. Each step opens it anew: what it
// remembers of what is stored is not true after the one before.
func (m *mending) open(d Destination, do func(archive) error) error {
	a, err := m.e.openArchive(m.ctx, d, m.observer(), false)
	if err != nil {
		return err
	}
	return errors.Join(do(a), a.close())
}

// deduplicated is open for an archive that is repaired in place; others are left
// as they are.
func (m *mending) deduplicated(do func(*deduplicated) error) error {
	return m.open(m.plan.Destination, func(a archive) error {
		if d, ok := a.(*deduplicated); ok {
			return do(d)
		}
		return nil
	})
}

// save makes the index true, and saves what is whole in damaged packs.
func (m *mending) save() error {
	m.step(MendSaving)
	return m.deduplicated(func(a *deduplicated) error {
		repaired, err := a.RepairIndex(m.ctx)
		if err != nil {
			return err
		}
		packs := repaired.Unreadable
		for _, f := range m.result.Found {
			if f.damagedPack && !m.whole[f.File] && !slices.Contains(packs, f.Pack) {
				packs = append(packs, f.Pack)
			}
		}
		if len(packs) > 0 {
			_, err = a.RepairPacks(m.ctx, packs)
		}
		return err
	})
}

// readSources stores again what the sources still have: a deduplicated archive
// takes the parts that it lacks, whatever version they are of, and one of volumes
// gets a version that needs none of the others.
func (m *mending) readSources() error {
	isLacking := func(f Finding) bool { return !m.whole[f.File] }
	if m.plan.Sources.Root == "" || !slices.ContainsFunc(m.result.Found, isLacking) {
		return nil
	}
	m.step(MendSources)
	p := m.plan.Sources
	p.Destination, p.Kind, p.Estimate = m.plan.Destination, Full, false
	m.result.Again = true
	if _, err := m.e.backup(m.jobRun, p); err != nil {
		return fmt.Errorf("reading the sources again: %w", err)
	}
	return nil
}

// mark takes out of the versions what is lost.
func (m *mending) mark() error {
	m.step(MendMarking)
	return m.deduplicated(func(a *deduplicated) error {
		_, err := a.RepairSnapshots(m.ctx, func(path string, _ error) { m.result.Lost = append(m.result.Lost, path) })
		slices.Sort(m.result.Lost)
		m.result.Lost = slices.Compact(m.result.Lost)
		return err
	})
}

// stored is the file of a finding, "" where it is about none.
func stored(f *restic.Finding) (name string, damagedPack bool) {
	return f.File(), f.Kind == restic.PackDamaged || f.Kind == restic.PackSize || f.Kind == restic.TreeDamaged && !f.Pack.IsZero()
}
