package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/reread"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
)

// Proof is how far what a job stored is proved to be whole.
type Proof struct {
	settings.Checking
	// Runs are the checks, the newest first.
	Runs []settings.Run
	// Running tells that the job's Progress is that of a check.
	Running bool
}

// ReadLately is how much of what is stored was read back in the last 90 days,
// as far as the last check knows.
func (p *Proof) ReadLately(now time.Time) reread.Fresh {
	f := reread.Fresh{Read: p.Read, Of: p.Of}
	if now.Sub(p.Proved) > reread.Lately {
		f.Read = 0
	}
	return f
}

// Next is when the next check is due, zero for never.
func (p *Proof) Next() time.Time {
	if p.EveryDays == 0 || p.Proved.IsZero() {
		return time.Time{}
	}
	return p.Proved.AddDate(0, 0, p.EveryDays)
}

// early is how much earlier than planned a check may begin: it follows backups,
// which do not end at the same minute each day.
const early = 6 * time.Hour

// isDue tells that what is stored is to be read back again.
func isDue(c *settings.Checking, now time.Time) bool {
	return c.EveryDays > 0 && !now.Before(c.Proved.AddDate(0, 0, c.EveryDays).Add(-early))
}

// deferral is why a check that is due does not begin yet.
type deferral struct {
	until time.Time
	away  bool // only because the destination was not at hand
}

const (
	// afterAway is when a destination that was not at hand is looked for again.
	afterAway = time.Hour
	// afterFailure is when a check that failed, or was stopped, is tried again.
	afterFailure = 24 * time.Hour
)

// checkRun is what a run that checks has besides.
type checkRun struct {
	asked    bool          // for by a person, who can be asked things
	limit    time.Duration // 0 for none
	whole    int64         // bytes that are stored, as far as was known before
	checked  engine.Checked
	findings []engine.Finding
	drill    *engine.Drilled // nil for a check proper
	then     func() error    // begins the backup that it gave way to; guarded by Session.mu
	done     chan struct{}
}

// errGaveWay is why a check ends when the job is to do something else.
var errGaveWay = errors.New("a backup goes first")

// SetChecking changes how often what a job stored is read back, in days, and how
// many minutes that may take. 0 is never, and as long as it takes.
func (s *Session) SetChecking(ctx context.Context, id int64, everyDays, minutes int) error {
	err := s.store.SetChecking(ctx, id, everyDays, minutes)
	s.mu.Lock()
	delete(s.deferred, id)
	s.mu.Unlock()
	s.changed()
	return err
}

// CheckDue are the jobs that made versions which are to be read back again, or of
// which a restore is to be tried out.
func (s *Session) CheckDue(ctx context.Context, now time.Time) []int64 {
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return nil
	}
	var due []int64
	for i := range jobs {
		if id := jobs[i].ID; !s.isBusy(id) && (s.checkIsDue(ctx, id, now) || s.drillIsDue(ctx, id, now)) {
			due = append(due, id)
		}
	}
	return due
}

func (s *Session) checkIsDue(ctx context.Context, id int64, now time.Time) bool {
	return !s.isDeferred(id, now) && s.wantsCheck(ctx, id, now)
}

func (s *Session) drillIsDue(ctx context.Context, id int64, now time.Time) bool {
	return !s.isDeferred(drillKey(id), now) && s.wantsDrill(ctx, id, now)
}

func (s *Session) isBusy(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[id] != nil || s.removing[id]
}

func (s *Session) isDeferred(id int64, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.deferred[id]
	return ok && now.Before(d.until)
}

// wantsCheck tells that a job has made versions, and a check of them is due.
func (s *Session) wantsCheck(ctx context.Context, id int64, now time.Time) bool {
	c, err := s.store.Checking(ctx, id)
	if err != nil || !isDue(&c, now) {
		return false
	}
	runs, err := s.store.Runs(ctx, id, historyLength, settings.BackupRun)
	return err == nil && slices.ContainsFunc(runs, madeVersion)
}

// Check begins what CheckDue found: to read back a part of what a job stored, as
// long as was chosen, or else to try out a restore. Nobody is asked for anything: what is not at hand leaves the check due.
func (s *Session) Check(ctx context.Context, id int64) error {
	if now := s.config.Now(); !s.checkIsDue(ctx, id, now) && s.drillIsDue(ctx, id, now) {
		return s.occupyByCheck(newDrill(id, false))
	}
	r, err := s.newCheck(ctx, id, false)
	if err != nil {
		return err
	}
	return s.occupyByCheck(r)
}

// Prove is a check that a person wants now, and which takes so many minutes at
// most, 0 for as long as it takes.
func (s *Session) Prove(ctx context.Context, id int64, minutes int) error {
	r, err := s.newCheck(ctx, id, true)
	if err != nil {
		return err
	}
	r.check.limit = time.Duration(minutes) * time.Minute
	return s.occupyByCheck(r)
}

// newCheck makes a check that is not begun.
func (s *Session) newCheck(ctx context.Context, id int64, asked bool) (*Run, error) {
	c, err := s.store.Checking(ctx, id)
	if err != nil {
		return nil, err
	}
	limit := time.Duration(c.Minutes) * time.Minute
	return &Run{Job: id, check: &checkRun{asked: asked, limit: limit, whole: c.Of, done: make(chan struct{})}}, nil
}

// checkAfter is the check that follows a good backup, nil when none is due.
func (s *Session) checkAfter(r *Run) *Run {
	now := s.config.Now()
	s.mu.Lock()
	if s.deferred[r.Job].away { // it is at hand now
		delete(s.deferred, r.Job)
	}
	s.mu.Unlock()
	if s.ctx.Err() != nil || !madeVersion(*r.record) || s.isDeferred(r.Job, now) || !s.wantsCheck(s.ctx, r.Job, now) {
		return nil
	}
	next, err := s.newCheck(s.ctx, r.Job, false)
	if err != nil {
		return nil // the next look at what is due tells
	}
	return next
}

// endBackup ends a backup, and begins the check that follows it: there is no
// moment between them in which the job does not run.
func (s *Session) endBackup(r *Run) {
	next := s.checkAfter(r)
	var job *settings.Job
	if next != nil {
		var err error
		if job, err = s.prepareCheck(next); err != nil {
			next = nil // the next look at what is due tells
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.runs, r.Job)
	if next != nil {
		_ = s.beginCheck(next, job) // it stays due
	}
}

func (s *Session) occupyByCheck(r *Run) error {
	job, err := s.prepareCheck(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[r.Job] != nil || s.removing[r.Job] {
		return ErrRuns
	}
	return s.beginCheck(r, job)
}

// prepareCheck makes the engine's part of a check. It may wait for the keyring.
func (s *Session) prepareCheck(r *Run) (*settings.Job, error) {
	job, err := s.store.Job(s.ctx, r.Job)
	if err != nil {
		return nil, err
	}
	ctx := s.ctx
	if !r.check.asked {
		ctx = context.WithValue(ctx, unasked{}, true)
	}
	if r.check.drill != nil {
		r.engine = s.drillOf(ctx, r, &job)
		return &job, nil
	}
	plan := engine.CheckPlan{Destination: s.reach(ctx, ArchiveOf(&job)), Data: engine.DataWithin(r.check.limit)}
	r.engine = s.engine.Check(plan, func(c engine.Checked) { r.check.checked = c })
	return &job, nil
}

// beginCheck begins a check in the background. s.mu is held.
func (s *Session) beginCheck(r *Run, job *settings.Job) (err error) {
	kind := settings.VerifyRun
	if r.check.drill != nil {
		kind = settings.DrillRun
	}
	if r.record, err = s.store.BeginRun(s.ctx, r.Job, kind); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(s.ctx)
	if !r.check.asked {
		ctx = context.WithValue(ctx, unasked{}, true)
	}
	r.stop = stop
	s.runs[r.Job] = r
	s.running.Go(func() { s.followCheck(ctx, r, job) })
	return nil
}

// followCheck runs a check to its end and records it.
func (s *Session) followCheck(ctx context.Context, r *Run, job *settings.Job) {
	defer close(r.check.done)
	defer r.stop(nil)
	s.changed()
	err := s.checkDestination(ctx, job)
	if err == nil {
		err = r.engine.Run(ctx, func(e engine.Event) {
			if ctx.Err() == nil { // what is cut off looks damaged
				r.noteFinding(e)
			}
		})
	}
	if r.check.drill != nil {
		s.recordDrill(ctx, r, err)
	} else {
		s.recordCheck(ctx, r, err)
	}
	s.mu.Lock()
	delete(s.runs, r.Job)
	if r.check.then != nil && s.ctx.Err() == nil {
		_ = r.check.then() // where nothing can be recorded, this cannot either
	}
	s.mu.Unlock()
	s.changed()
}

// noteFinding keeps what a check finds.
func (r *Run) noteFinding(e engine.Event) {
	f, ok := e.(engine.CheckFound)
	if !ok || f.Finding.Severity == engine.Hint {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.check.findings = append(r.check.findings, f.Finding)
	r.events = append(r.events, damageEvents(&f.Finding)...)
}

// damageEvents are what the history keeps of a finding.
func damageEvents(f *engine.Finding) []settings.RunEvent {
	events := []settings.RunEvent{{Kind: settings.DamageFound, Text: f.Text}}
	for _, path := range f.Paths {
		events = append(events, settings.RunEvent{Kind: settings.DamageFound, Path: path, Text: lang.Mark("Cannot be restored whole from some versions.")})
	}
	return events
}

// recordCheck records what a check brought. A destination that is not at hand
// says nothing about what is stored there: the check stays due.
func (s *Session) recordCheck(ctx context.Context, r *Run, err error) {
	keep := context.WithoutCancel(s.ctx)
	gaveWay, away := errors.Is(context.Cause(ctx), errGaveWay), isAway(err)
	switch {
	case err == nil, gaveWay, s.ctx.Err() != nil:
	case away && !r.check.asked:
		s.deferCheck(r.Job, deferral{s.config.Now().Add(afterAway), true})
	default:
		s.deferCheck(r.Job, deferral{s.config.Now().Add(afterFailure), away})
	}
	isNothing := err != nil && (away && !r.check.asked || gaveWay) && r.check.checked.FilesRead == 0 && len(r.check.findings) == 0
	if isNothing && s.store.DropRun(keep, r.record.ID) == nil {
		return
	}
	s.closeCheck(r, err)
	if err := s.keepProof(keep, r.record, &r.check.checked, r.check.findings, err); err != nil {
		r.events = append(r.events, settings.RunEvent{Text: err.Error()})
	}
	if err := s.store.EndRun(keep, r.record, r.events); err != nil {
		r.record.Sentence = fmt.Sprintf("The history could not be written: %v", err)
	}
}

func (s *Session) deferCheck(id int64, d deferral) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deferred[id] = d
}

// isAway tells that an error says only that the destination, or what opens it,
// is not at hand.
func isAway(err error) bool {
	e, _ := errors.AsType[*engine.Error](err)
	return errors.Is(err, errUnasked) || e != nil && slices.Contains([]engine.ErrorKind{engine.Offline, engine.Locked, engine.NoPassphrase}, e.Kind)
}

// closeCheck words how a check ended.
func (s *Session) closeCheck(r *Run, err error) {
	c := r.check
	r.record.Files, r.record.Bytes, r.record.Problems = int64(c.checked.FilesRead), c.checked.BytesRead, int64(len(c.findings))
	e, ok := errors.AsType[*engine.Error](err)
	switch {
	case err == nil && len(c.findings) > 0:
		r.record.Outcome, r.record.Sentence = settings.Warnings, sentenceOf(damageOf(c.findings))
	case err == nil:
		r.record.Outcome = settings.Fine
	case ok && e.Kind == engine.Cancelled:
		r.record.Outcome = settings.Cancelled
	default:
		r.fail(err)
	}
}

// Errors that say what a check found.
var (
	errLost     = errors.New("something stored is damaged, and cannot be restored")
	errMendable = errors.New("something stored is damaged, and everything can be restored")
)

// damageOf is the worst of findings that are no hints.
func damageOf(findings []engine.Finding) error {
	if slices.ContainsFunc(findings, func(f engine.Finding) bool { return f.Severity == engine.Loss }) {
		return errLost
	}
	return errMendable
}

// keepProof records what is known of what is stored. Damage is known until a
// check came to its end that found nothing, and that read what was damaged.
func (s *Session) keepProof(ctx context.Context, r *settings.Run, checked *engine.Checked, findings []engine.Finding, err error) error {
	p, loadErr := s.store.Checking(ctx, r.Job)
	if loadErr != nil {
		return loadErr
	}
	e, _ := errors.AsType[*engine.Error](err)
	damaged := e != nil && (e.Kind == engine.Damaged || e.Kind == engine.BadManifest)
	if f := checked.Fresh; f.Of > 0 {
		p.Read, p.Of = f.Read, f.Of
	}
	if err == nil {
		p.Proved = r.Started
	}
	switch {
	case damaged, len(findings) > 0 && errors.Is(damageOf(findings), errLost):
		p.Found, p.Sentence = settings.Lost, sentenceOf(errLost)
	case len(findings) > 0 && (err == nil || p.Found == settings.Whole):
		p.Found, p.Sentence = settings.Mendable, sentenceOf(errMendable)
	case err == nil && len(findings) == 0 && checked.Fresh.Damaged == 0:
		p.Found, p.Sentence = settings.Whole, ""
	}
	return s.store.Checked(ctx, r.Job, &p)
}

// giveWay stops a check of a job, and begins a backup once it has ended. It
// reports false when no check runs. s.mu is held.
func (s *Session) giveWay(id int64, backup func() error) bool {
	r := s.runs[id]
	if r == nil || r.check == nil {
		return false
	}
	r.check.then = backup
	r.stop(errGaveWay)
	r.engine.Resume()
	return true
}

// endCheck stops a check of a job, and waits for its end.
func (s *Session) endCheck(ctx context.Context, id int64) {
	s.mu.Lock()
	r := s.runs[id]
	s.mu.Unlock()
	if r == nil || r.check == nil {
		return
	}
	r.stop(errGaveWay)
	r.engine.Resume()
	select {
	case <-r.check.done:
	case <-ctx.Done():
	}
}

// heldByDamage says why nothing is removed of a job, "" when nothing is known to
// be damaged: what is older may be all that is whole.
func (s *Session) heldByDamage(ctx context.Context, id int64) string {
	c, err := s.store.Checking(ctx, id)
	d, drillErr := s.store.Drill(ctx, id)
	if err != nil || drillErr != nil || c.Found == settings.Whole && d.Failed == 0 {
		return ""
	}
	return lang.Mark("Something stored is damaged, so nothing is removed until it is found whole again.")
}

// sample is the progress of a check: what it reads is told as bytes, and the
// whole is what it can read in its time.
func (c *checkRun) sample(p engine.Progress) engine.Progress {
	if c.drill != nil {
		return p
	}
	p.Bytes, p.TotalBytes, p.Counted = p.Stored, c.whole, true
	if c.limit <= 0 || p.Elapsed <= 0 {
		return p
	}
	inTime := int64(float64(p.Stored) * float64(c.limit) / float64(min(p.Elapsed, c.limit)))
	if p.TotalBytes == 0 || inTime < p.TotalBytes {
		p.TotalBytes = inTime
	}
	return p
}

// addProof adds what is known of how whole it is what a job stored.
func (s *Session) addProof(ctx context.Context, st *JobState) (err error) {
	if st.Proof.Checking, err = s.store.Checking(ctx, st.ID); err != nil {
		return err
	}
	for _, r := range st.Others {
		if r.Kind == settings.VerifyRun {
			st.Proof.Runs = append(st.Proof.Runs, r)
		}
	}
	if r := s.Running(st.ID); r != nil && r.check != nil {
		p := r.Progress()
		st.Progress, st.Proof.Running = &p, true
	}
	if st.Proof.Found != settings.Whole && st.Health != Busy && st.Health != Paused {
		st.Health = max(st.Health, Damaged)
	}
	return nil
}
