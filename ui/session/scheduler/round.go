package scheduler

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/engine/watch"
)

// Status is when a job runs next, or why it does not.
type Status struct {
	schedule.Verdict
	// Started tells that it was started just now.
	Started bool
	// Coming are the times at which it runs next.
	Coming []time.Time
	// Behind names the job that must end first, "" for none.
	Behind string
	// Changed is since when files have been changed that no version holds, zero
	// when none are known.
	Changed time.Time
	// Watch tells how changes are noticed, for a job that follows them.
	Watch watch.State
	// Surroundings are what conditions saw.
	Surroundings schedule.Surroundings
	// Elsewhere: another program starts jobs.
	Elsewhere bool
}

// Status tells about a job; ok is false before it was looked at.
func (s *Scheduler) Status(job int64) (st Status, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok = s.status[job]
	return st, ok
}

// All tells about all jobs.
func (s *Scheduler) All() map[int64]Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.status)
}

// round looks at all jobs, starts those that are due, and tells when to look
// again, zero for when something happens.
func (s *Scheduler) round(ctx context.Context) (next time.Time) {
	s.hang()
	jobs, err := s.config.Backups.Scheduled(ctx)
	if err != nil {
		s.config.Log.Warn("looking at the jobs", slog.Any("error", err))
		return s.config.Now().Add(tick)
	}
	leads := s.lead()
	s.follow(ctx, jobs, leads)
	facts := sync.OnceValue(func() surroundings.Facts { return s.config.Machine.Facts(ctx) })
	all := map[int64]*Status{}
	for i := range jobs {
		st := s.judge(ctx, &jobs[i], facts)
		st.Elsewhere = !leads
		all[jobs[i].ID] = st
		if leads {
			s.record(ctx, &jobs[i], st)
		}
	}
	if leads {
		s.start(jobs, all)
		s.check(ctx, jobs, all, facts)
	}
	for _, st := range all {
		if !st.Next.IsZero() && (next.IsZero() || st.Next.Before(next)) {
			next = st.Next
		}
	}
	if s.settled.After(s.config.Now()) && (next.IsZero() || s.settled.Before(next)) {
		next = s.settled
	}
	s.publish(all)
	return next
}

// hang finds out where the clock hangs. What is told of any time is another
// thing in another zone.
func (s *Scheduler) hang() {
	before := s.zone
	s.zone = s.config.Zone()
	if before != nil && s.zone != before {
		s.config.Changed()
	}
}

// lead reports whether this program starts jobs.
func (s *Scheduler) lead() bool {
	if s.release != nil {
		return true
	}
	release, claimed, err := s.config.Backups.Claim()
	if err != nil {
		s.config.Log.Warn("claiming the schedule", slog.Any("error", err))
	}
	if claimed {
		s.release = release
	}
	return claimed
}

// judge decides about one job.
func (s *Scheduler) judge(ctx context.Context, j *Job, facts func() surroundings.Facts) *Status {
	now := s.config.Now()
	st := &Status{}
	st.Surroundings.PausedUntil = s.config.Backups.PausedUntil(ctx)
	if w := s.watches[j.ID]; w != nil {
		st.Watch = w.State()
		j.History.FirstChange, j.History.LastChange = st.Watch.First, st.Watch.Last
		st.Changed = st.Watch.First
	}
	st.Verdict = schedule.Decide(&j.Plan, j.History, &st.Surroundings, now, s.zone)
	if st.Cause != schedule.NotDue { // asking these takes time
		f := facts()
		f.Apply(&st.Surroundings)
		s.config.Backups.Around(ctx, j.ID, &st.Surroundings)
		st.Verdict = schedule.Decide(&j.Plan, j.History, &st.Surroundings, now, s.zone)
	}
	if until := s.refused[j.ID]; st.Start() && until.After(now) {
		st.Cause, st.Next = schedule.NotDue, until
	}
	st.Coming = schedule.Coming(&j.Plan, j.History, now, s.zone, coming)
	return st
}

// mostMissed is how many missed times of a job are recorded one by one.
const mostMissed = 50

// record keeps why a job did not run when it was due.
func (s *Scheduler) record(ctx context.Context, j *Job, st *Status) {
	switch st.Cause {
	case schedule.NotDue:
		return
	case schedule.Slot:
		s.first(j.ID, st.Since, "seen") // somebody was there
	case schedule.Missed:
		for _, slot := range schedule.MissedSlots(&j.Plan, j.History, s.config.Now(), s.zone, mostMissed) {
			if !s.noted[noted{j.ID, slot.UnixNano(), "seen"}] {
				s.skip(ctx, Skip{Job: j.ID, Slot: slot, Cause: "off", Sentence: offSentence(), Unknown: true})
			}
		}
	}
	if len(st.Waits) > 0 {
		w := st.Waits[0]
		s.skip(ctx, Skip{Job: j.ID, Slot: st.Since, Cause: causes[w], Sentence: reason(w, &st.Surroundings)})
	}
}

// first reports that something was not noted before, and notes it.
func (s *Scheduler) first(job int64, slot time.Time, cause string) bool {
	n := noted{job, slot.UnixNano(), cause}
	if s.noted[n] {
		return false
	}
	if len(s.noted) >= 10_000 {
		clear(s.noted)
	}
	s.noted[n] = true
	return true
}

func (s *Scheduler) skip(ctx context.Context, k Skip) {
	if !s.first(k.Job, k.Slot, k.Cause) {
		return
	}
	if err := s.config.Backups.Skip(ctx, k); err != nil {
		s.config.Log.Warn("recording a skipped run", slog.Any("error", err))
	}
}

// start starts what is due and waits for nothing, the longest due first, and
// one after the other where they would be in each other's way.
func (s *Scheduler) start(jobs []Job, all map[int64]*Status) {
	if s.settled.After(s.config.Now()) {
		return
	}
	var running []*Job
	var due []*Job
	for i := range jobs {
		if j := &jobs[i]; j.runs() {
			running = append(running, j)
		} else if all[j.ID].Start() {
			due = append(due, j)
		}
	}
	slices.SortStableFunc(due, func(a, b *Job) int { return cmp.Or(all[a.ID].Since.Compare(all[b.ID].Since), cmp.Compare(a.ID, b.ID)) })
	for _, j := range due {
		st := all[j.ID]
		if st.Behind = inTheWay(j, running); st.Behind != "" {
			continue
		}
		if err := s.config.Backups.Start(j.ID); err != nil {
			s.config.Log.Warn("starting a backup", slog.Int64("job", j.ID), slog.Any("error", err))
			s.refused[j.ID] = s.config.Now().Add(pauseAfterRefusal)
			st.Cause, st.Next = schedule.NotDue, s.refused[j.ID]
			continue
		}
		s.config.Log.Info("started", slog.Int64("job", j.ID), slog.String("why", why(st.Cause)))
		st.Started = true
		s.started++
		running = append(running, j)
	}
}

// check starts checks that are due of jobs that do nothing else, one at a time
// at a place, when the plan of the job has nothing against it.
func (s *Scheduler) check(ctx context.Context, jobs []Job, all map[int64]*Status, facts func() surroundings.Facts) {
	now := s.config.Now()
	if s.config.Checks == nil || s.settled.After(now) {
		return
	}
	var busy []*Job
	for i := range jobs {
		if j := &jobs[i]; j.runs() || all[j.ID].Started {
			busy = append(busy, j)
		}
	}
	for _, id := range s.config.Checks.CheckDue(ctx, now) {
		i := slices.IndexFunc(jobs, func(j Job) bool { return j.ID == id })
		if i < 0 || inTheWay(&jobs[i], busy) != "" {
			continue
		}
		around := schedule.Surroundings{PausedUntil: s.config.Backups.PausedUntil(ctx)}
		f := facts()
		f.Apply(&around)
		s.config.Backups.Around(ctx, id, &around)
		if len(schedule.Waits(&jobs[i].Plan, &around, now)) > 0 {
			continue
		}
		if err := s.config.Checks.Check(ctx, id); err != nil {
			s.config.Log.Warn("starting a check", slog.Int64("job", id), slog.Any("error", err))
		}
		busy = append(busy, &jobs[i])
	}
}

// inTheWay names a running job that another one must wait for.
func inTheWay(j *Job, running []*Job) string {
	for _, r := range running {
		if r.Place == j.Place {
			return r.Name
		}
	}
	if len(running) >= mostAtOnce {
		return running[0].Name
	}
	return ""
}

// publish shows what was found, and tells if it is news.
func (s *Scheduler) publish(all map[int64]*Status) {
	fresh := map[int64]Status{}
	for id, st := range all {
		fresh[id] = *st
	}
	s.mu.Lock()
	news := !reflect.DeepEqual(fresh, s.status)
	s.status = fresh
	s.mu.Unlock()
	if news {
		s.config.Changed()
	}
}

// looking reports that files were still looked through for the first time when
// the last round saw them. What was found since is for another round.
func (s *Scheduler) looking() bool {
	for id, st := range s.All() {
		if s.watches[id] != nil && !st.Watch.Ready {
			return true
		}
	}
	return false
}

// watched is a job whose files are followed.
type watched struct {
	Watcher
	key string
}

// lookForTelling is how often the files of a job are looked through for whoever
// wants to know what is not kept, where the system tells nothing of changes and
// no run waits for them.
const lookForTelling = 2 * time.Hour

// follow has the files of those jobs watched that run after changes and, where
// somebody is told what is not kept, of those that made a version.
func (s *Scheduler) follow(ctx context.Context, jobs []Job, leads bool) {
	wanted := map[int64]bool{}
	for i := range jobs {
		j := &jobs[i]
		starts := leads && j.Plan.OnChange.Quiet > 0
		if j.Root == "" && s.config.Telling || !starts && (!s.config.Telling || j.Kept.IsZero()) {
			continue
		}
		wanted[j.ID] = true
		since := j.History.Started
		if since.IsZero() {
			since = j.History.Created
		}
		var look time.Duration // as it is usual
		if !starts {
			look = lookForTelling
		}
		if key := fmt.Sprint(j.Root, j.Rules, j.Ignore, look); s.watches[j.ID] == nil || s.watches[j.ID].key != key {
			s.unwatch(j.ID)
			w, err := s.config.Watch(ctx, watch.Config{Root: j.Root, Rules: j.Rules, Ignore: j.Ignore, Since: since, Kept: j.Kept, Look: look, Tell: s.Wake})
			if err != nil {
				s.config.Log.Warn("watching files", slog.Int64("job", j.ID), slog.Any("error", err))
				continue
			}
			s.watches[j.ID] = &watched{w, key}
		}
		s.watches[j.ID].Ran(since)
		s.watches[j.ID].Kept(j.Kept)
	}
	for id := range s.watches {
		if !wanted[id] {
			s.unwatch(id)
		}
	}
}

func (s *Scheduler) unwatch(id int64) {
	if w := s.watches[id]; w != nil {
		w.Close()
		delete(s.watches, id)
	}
}
