package session

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session/scheduler"
)

// Timing is when a job runs by itself, and how that stands.
type Timing struct {
	Plan schedule.Plan
	// Status is the scheduler's; Looked tells that it has looked at the job.
	scheduler.Status
	Looked bool
	// Skipped are runs that did not take place when they were due, newest first.
	Skipped []settings.Skip
}

// Waiting says what the job waits for, "" for nothing. moment words a time.
func (t *Timing) Waiting(moment func(time.Time) string) string {
	return t.Status.Waiting(&t.Plan, moment)
}

// shownSkips is how many skipped runs a state holds.
const shownSkips = 20

// addTiming completes a state by when the job runs, and whether it is late.
func (s *Session) addTiming(ctx context.Context, st *JobState) error {
	kept, err := s.store.Timing(ctx, st.ID)
	if err != nil {
		return err
	}
	st.Timing.Plan = planOf(&kept)
	if st.Timing.Skipped, err = s.store.Skips(ctx, st.ID, shownSkips); err != nil {
		return err
	}
	if calls := s.calls(); calls != nil {
		st.Timing.Status, st.Timing.Looked = calls.Status(st.ID)
	}
	h := schedule.History{Created: st.Created, FirstChange: st.Timing.Changed, LastChange: st.Timing.Changed}
	if st.Health == Protected && schedule.Late(&st.Timing.Plan, h, st.LastGood, s.config.Now(), zone.Here()) {
		st.Health = Late
	}
	return nil
}

// planOf is a plan as the schedule takes it.
func planOf(t *settings.Timing) schedule.Plan {
	p := schedule.Plan{
		Days: schedule.Days(t.Days), Every: t.Every,
		OnChange:   schedule.OnChange{Quiet: t.Quiet, Patience: t.Patience, PerHour: t.PerHour},
		Conditions: schedule.Conditions{OnMains: t.OnMains, Battery: t.Battery, Unmetered: t.Unmetered, NoPowerSaver: t.NoPowerSaver, Networks: t.Networks},
	}
	for _, minute := range t.Times {
		p.Times = append(p.Times, schedule.Clock(minute))
	}
	if p.Validate() != nil {
		return schedule.Plan{} // nobody wrote this: it runs by hand
	}
	return p
}

// timingOf is a plan as the settings keep it.
func timingOf(p *schedule.Plan) settings.Timing {
	t := settings.Timing{
		Days: uint8(p.Days), Every: p.Every, Quiet: p.OnChange.Quiet, Patience: p.OnChange.Patience, PerHour: p.OnChange.PerHour,
		OnMains: p.Conditions.OnMains, Battery: p.Conditions.Battery, Unmetered: p.Conditions.Unmetered, NoPowerSaver: p.Conditions.NoPowerSaver,
		Networks: p.Conditions.Networks,
	}
	for _, c := range p.Times {
		t.Times = append(t.Times, int(c))
	}
	return t
}

// SetPlan says when a job runs by itself. Times that have passed by then were
// not missed, but what was missed before stays so if only conditions change.
func (s *Session) SetPlan(ctx context.Context, id int64, p schedule.Plan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	before, err := s.store.Timing(ctx, id)
	if err != nil {
		return err
	}
	t := timingOf(&p)
	t.Since = s.config.Now()
	if was := planOf(&before); slices.Equal(was.Times, p.Times) && was.Days == p.Days && was.Every == p.Every && was.OnChange == p.OnChange {
		t.Since = before.Since
	}
	err = s.store.SetTiming(ctx, id, t)
	s.wakeScheduler()
	s.changed()
	return err
}

// Surroundings tells what conditions see of this computer now; ok is false
// without Schedule.
func (s *Session) Surroundings(ctx context.Context) (f surroundings.Facts, ok bool) {
	s.mu.Lock()
	m := s.machine
	s.mu.Unlock()
	if m == nil {
		return f, false
	}
	return m.Facts(ctx), true
}

// NeedsNetwork tells that a destination cannot be reached without a network.
func NeedsNetwork(url string) bool { return !isLocal(URL(url)) }

// Schedule has jobs run by themselves until the session is closed, unless
// another program has them run.
func (s *Session) Schedule(m scheduler.Machine, settle time.Duration, log *slog.Logger) {
	calls := s.newScheduler(m, settle, log)
	s.running.Go(func() { calls.Run(s.ctx) })
}

func (s *Session) newScheduler(m scheduler.Machine, settle time.Duration, log *slog.Logger) *scheduler.Scheduler {
	calls := scheduler.New(scheduler.Config{
		Backups: calendar{s}, Checks: s, Machine: m, Settle: settle, Changed: s.changed, Telling: s.config.Telling, Now: s.config.Now, Log: log,
	})
	s.mu.Lock()
	s.scheduler, s.machine = calls, m
	s.mu.Unlock()
	return calls
}

// ScheduleOnce runs the jobs that are due now, and returns when they have ended
// and no more are due: how many there were, 0 too when another program has them
// run.
func (s *Session) ScheduleOnce(ctx context.Context, m scheduler.Machine, log *slog.Logger) (ran int) {
	calls := s.newScheduler(m, 0, log)
	defer calls.Close()
	ended := make(chan struct{}, 1)
	s.Listen(func() {
		select {
		case ended <- struct{}{}:
		default:
		}
	})
	for ctx.Err() == nil {
		n := calls.Once(ctx)
		if n == 0 && s.idle() {
			return ran
		}
		ran += n
		for busy := s.count(); ctx.Err() == nil && !s.idle() && s.count() >= busy; {
			select {
			case <-ended:
			case <-ctx.Done():
			}
		}
	}
	return ran
}

func (s *Session) idle() bool { return s.count() == 0 }

// count is how many runs there are now.
func (s *Session) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.runs)
}

// calls is the scheduler, nil without one.
func (s *Session) calls() *scheduler.Scheduler {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scheduler
}

// wakeScheduler has the scheduler look at the jobs anew.
func (s *Session) wakeScheduler() {
	if calls := s.calls(); calls != nil {
		calls.Wake()
	}
}

// calendar is what the scheduler sees of a session.
type calendar struct{ *Session }

// Scheduled implements scheduler.Backups.
func (c calendar) Scheduled(ctx context.Context) ([]scheduler.Job, error) {
	jobs, err := c.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	var all []scheduler.Job
	for i := range jobs {
		j, err := c.scheduled(ctx, &jobs[i])
		if err != nil {
			return nil, err
		}
		all = append(all, j)
	}
	return all, nil
}

func (c calendar) scheduled(ctx context.Context, j *settings.Job) (scheduler.Job, error) {
	kept, err := c.store.Timing(ctx, j.ID)
	if err != nil {
		return scheduler.Job{}, err
	}
	runs, err := c.recent(ctx, j.ID)
	if err != nil {
		return scheduler.Job{}, err
	}
	s := scheduler.Job{ID: j.ID, Name: j.Name, Plan: planOf(&kept), History: historyOf(runs), Place: placeOf(j.Destination)}
	if s.Kept, err = c.keptSince(ctx, j.ID, runs); err != nil {
		return scheduler.Job{}, err
	}
	s.History.Created = j.Created
	if kept.Since.After(j.Created) {
		s.History.Created = kept.Since
	}
	s.Ignore = append(s.Ignore, c.config.DataDir, c.config.CacheDir)
	if path := Path(j.Destination); path != j.Destination {
		s.Ignore = append(s.Ignore, path)
	}
	from, err := sourcesOf(j.Folders, j.Rules)
	s.Root, s.Rules = from.root, from.conditions
	if err != nil {
		s.Plan.OnChange = schedule.OnChange{} // nothing to watch; a run tells what is wrong
	}
	return s, nil
}

// recentRuns is how many runs tell how often a job failed in a row.
const recentRuns = 20

// recent are the newest backups of a job. One that a program began which is gone
// is over.
func (c calendar) recent(ctx context.Context, id int64) ([]settings.Run, error) {
	runs, err := c.store.Runs(ctx, id, recentRuns, settings.BackupRun)
	if err != nil || len(runs) == 0 || runs[0].Outcome != settings.Running || c.Running(id) != nil {
		return runs, err
	}
	if err := c.store.EndOrphans(ctx); err != nil {
		return nil, err
	}
	return c.store.Runs(ctx, id, recentRuns, settings.BackupRun)
}

// historyOf is what the newest runs tell.
func historyOf(runs []settings.Run) (h schedule.History) {
	if len(runs) == 0 {
		return h
	}
	h.Started, h.Ended = runs[0].Started, runs[0].Ended
	for _, r := range runs {
		if r.Outcome != settings.Failed && r.Outcome != settings.Interrupted {
			break
		}
		h.Failures++
	}
	h.Failed = h.Failures > 0
	return h
}

// placeOf is the same for destinations that are on one drive or one server.
func placeOf(url string) string {
	if path := Path(url); path != url {
		parts := strings.Split(path, "/")
		for _, above := range []string{"/run/media/*/*", "/media/*/*", "/Volumes/*", "/mnt/*"} {
			pattern := strings.Split(above, "/")
			if len(parts) < len(pattern) {
				continue
			}
			if slices.EqualFunc(parts[:len(pattern)], pattern, func(part, p string) bool { return p == "*" || p == part }) {
				return strings.Join(parts[:len(pattern)], "/")
			}
		}
		return "this computer"
	}
	if a, err := destination.Parse(url); err == nil && a.Host != "" {
		return a.Host
	}
	return url
}

// isLocal tells that no network is needed for a destination.
func isLocal(url string) bool {
	if strings.HasPrefix(url, "file://") {
		return true
	}
	if _, several := destination.SeveralPath(url); several {
		members, err := destination.Members(url)
		return err == nil && !slices.ContainsFunc(members, func(m destination.Member) bool { return !isLocal(URL(m.URL)) })
	}
	a, err := destination.Parse(url)
	return err == nil && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, a.Host)
}

// Around implements scheduler.Backups.
func (c calendar) Around(ctx context.Context, id int64, s *schedule.Surroundings) {
	j, err := c.store.Job(ctx, id)
	if err != nil {
		return // a run tells it
	}
	s.Local = isLocal(j.Destination)
	s.Offline = s.Offline && !s.Local
	s.NoDrive = strings.HasPrefix(j.Destination, "file://") && c.isAway(ctx, &j)
	s.NoPassphrase = j.Encryption == settings.Passphrase && !c.opensUnasked(ctx, j.Destination)
}

// opensUnasked tells that a passphrase is at hand.
func (c calendar) opensUnasked(ctx context.Context, url string) bool {
	_, err := c.findPassphrase(context.WithValue(ctx, unasked{}, true), engine.PassphraseQuestion{URL: url})
	return err == nil
}

// probeTime is how long a drive may take to answer. One that hangs is as good
// as one that is away.
const probeTime = 10 * time.Second

// isAway tells that the drive of a job is not connected.
func (c calendar) isAway(ctx context.Context, j *settings.Job) bool {
	c.mu.Lock()
	hangs := c.probing[j.ID]
	c.probing[j.ID] = true
	c.mu.Unlock()
	if hangs {
		return true
	}
	answer := make(chan bool, 1)
	// Nobody can wait for a call into a file system that hangs.
	go func() {
		away := c.lookForDrive(ctx, j)
		c.mu.Lock()
		delete(c.probing, j.ID)
		c.mu.Unlock()
		answer <- away
	}()
	limit := time.NewTimer(probeTime)
	defer limit.Stop()
	select {
	case away := <-answer:
		return away
	case <-limit.C:
	case <-ctx.Done():
	}
	return true
}

func (c calendar) lookForDrive(ctx context.Context, j *settings.Job) bool {
	there, err := c.engine.Present(ctx, ArchiveOf(j).destination())
	if e, ok := errors.AsType[*engine.Error](err); ok && e.Kind == engine.Offline {
		return true
	}
	if there || err != nil {
		return false // whatever else is wrong, a run tells it
	}
	runs, err := c.store.Runs(ctx, j.ID, historyLength, settings.BackupRun)
	return err == nil && slices.ContainsFunc(runs, madeVersion)
}

// Start implements scheduler.Backups: nobody is asked for anything.
func (c calendar) Start(id int64) error {
	return c.backUp(context.WithValue(c.ctx, unasked{}, true), id)
}

// Skip implements scheduler.Backups.
func (c calendar) Skip(ctx context.Context, k scheduler.Skip) error {
	if k.Unknown {
		known, err := c.store.Skips(ctx, k.Job, shownSkips*10)
		if err != nil || slices.ContainsFunc(known, func(s settings.Skip) bool { return s.Slot.Equal(k.Slot) }) {
			return err
		}
	}
	_, err := c.store.AddSkip(ctx, settings.Skip{Job: k.Job, Slot: k.Slot, Noticed: c.config.Now(), Cause: k.Cause, Sentence: k.Sentence})
	return err
}

// Claim implements scheduler.Backups.
func (c calendar) Claim() (release func() error, claimed bool, err error) {
	return c.store.ClaimSchedule()
}

// endedByQuit makes a run that ends with the program one that is gone on with by
// itself; one that a person stopped is not.
func endedByQuit(ctx context.Context, r *settings.Run) {
	if r.Outcome == settings.Cancelled && errors.Is(context.Cause(ctx), errQuit) {
		r.Outcome = settings.Interrupted
	}
}
