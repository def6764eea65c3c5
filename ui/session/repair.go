package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
)

// repairRun is what a run that repairs has besides.
type repairRun struct {
	mended engine.Mended
	step   engine.MendStep // guarded by the mu of the run
}

// Why a repair did not bring everything back.
var (
	errGivenUp  = errors.New("something was lost, and is marked so")
	errUnmended = errors.New("something is damaged still")
)

// Repair mends in the background what is damaged of what a job stored: from its
// second places, from its folders, and by marking as lost what is in neither. A
// check of the job gives way to it.
func (s *Session) Repair(id int64) error {
	job, err := s.store.Job(s.ctx, id)
	if err != nil {
		return err
	}
	plan, err := s.mendPlan(&job)
	if err != nil {
		return err
	}
	return s.beginAlone(id, func() error { return s.beginRepair(&job, plan) })
}

// mendPlan is how what a job stored is mended. A second place that was never
// finished has nothing that counts on.
func (s *Session) mendPlan(j *settings.Job) (engine.MendPlan, error) {
	sources, err := s.backupPlan(s.ctx, j)
	if err != nil {
		return engine.MendPlan{}, err
	}
	p := engine.MendPlan{Destination: sources.Destination, Sources: sources}
	copies, err := s.copiesOf(s.ctx, j.ID)
	for i := range copies {
		if !copies[i].Finished.IsZero() {
			p.Copies = append(p.Copies, s.reach(s.ctx, CopyArchive(j, &copies[i])))
		}
	}
	return p, err
}

// beginRepair begins a repair in the background. s.mu is held.
func (s *Session) beginRepair(job *settings.Job, plan engine.MendPlan) error {
	record, err := s.store.BeginRun(s.ctx, job.ID, settings.RepairRun)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(s.ctx)
	r := &Run{Job: job.ID, stop: stop, record: record, repair: &repairRun{step: engine.MendLooking}}
	r.engine = s.engine.Mend(plan, func(m engine.Mended) { r.repair.mended = m })
	s.runs[job.ID] = r
	s.running.Go(func() { s.followRepair(ctx, r, job) })
	return nil
}

// followRepair runs a repair to its end and records it.
func (s *Session) followRepair(ctx context.Context, r *Run, job *settings.Job) {
	defer r.stop(nil)
	s.changed()
	release, err := s.claimChange(ctx, job)
	if err == nil {
		err = s.checkDestination(ctx, job)
	}
	if err == nil {
		err = r.engine.Run(ctx, func(e engine.Event) {
			if step, is := e.(engine.MendStepped); is {
				r.setMendStep(step.Step)
				s.changed()
			}
		})
	}
	r.closeRepair(err)
	endedByQuit(ctx, r.record)
	keep := context.WithoutCancel(s.ctx)
	if err == nil {
		if err := s.keepRepair(keep, r); err != nil {
			r.events = append(r.events, settings.RunEvent{Text: err.Error()})
		}
	}
	if err := s.store.EndRun(keep, r.record, r.events); err != nil {
		r.record.Sentence = fmt.Sprintf("The history could not be written: %v", err)
	}
	release()
	s.mu.Lock()
	delete(s.runs, r.Job)
	s.mu.Unlock()
	s.wakeScheduler()
	s.changed()
	s.Learn(ArchiveOf(job), false)
	s.copyAfter(r.Job, err == nil)
}

// keepRepair records what a repair proves: it has read all that is stored. A
// restore that failed before is tried out again soon.
func (s *Session) keepRepair(ctx context.Context, r *Run) error {
	m := &r.repair.mended
	err := s.keepProof(ctx, r.record, &m.Checked, m.Left, nil)
	d, drillErr := s.store.Drill(ctx, r.Job)
	if drillErr != nil || d.Failed == 0 || len(m.Left) > 0 {
		return errors.Join(err, drillErr)
	}
	d.Failed, d.Tried = 0, time.Time{}
	return errors.Join(err, s.store.Drilled(ctx, r.Job, &d))
}

// closeRepair words how a repair ended.
func (r *Run) closeRepair(err error) {
	m := &r.repair.mended
	r.record.Files, r.record.Bytes = int64(m.Fetched), m.Checked.BytesRead
	r.record.Problems = int64(len(m.Lost) + len(m.Left))
	for _, path := range m.Lost {
		r.events = append(r.events, settings.RunEvent{Kind: settings.DamageFound, Path: path, Text: lang.Mark("Lost: nothing holds it whole any more.")})
	}
	for i := range m.Left {
		r.events = append(r.events, damageEvents(&m.Left[i])...)
	}
	switch {
	case kindOf(err) == engine.Cancelled:
		r.record.Outcome = settings.Cancelled
	case err != nil:
		r.fail(err)
	case len(m.Left) > 0:
		r.record.Outcome, r.record.Sentence = settings.Warnings, sentenceOf(errUnmended)
	case len(m.Lost) > 0:
		r.record.Outcome, r.record.Sentence = settings.Warnings, sentenceOf(errGivenUp)
	default:
		r.record.Outcome = settings.Fine
	}
}

// mendStep is the step of a repair, 0 for what is none.
func (r *Run) mendStep() engine.MendStep {
	if r.repair == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.repair.step
}

func (r *Run) setMendStep(step engine.MendStep) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.repair.step = step
}

// sample is the progress of a repair: its steps, for nobody knows before how long
// each takes.
func (*repairRun) sample(p engine.Progress, step engine.MendStep) engine.Progress {
	p.Phase, p.Counted, p.TotalFiles = engine.Working, false, 0
	p.Bytes, p.TotalBytes = int64(step)-1, int64(engine.MendProving)
	return p
}
