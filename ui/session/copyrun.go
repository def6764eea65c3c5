package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// copying is a copy that is made now.
type copying struct {
	copy   settings.Copy
	job    settings.Job
	plan   engine.SyncPlan
	engine *engine.Job
	insist bool // a person says that it is right what is in the way
	stop   context.CancelCauseFunc
	claim  func() error    // gives up what keeps other programs from what is copied
	source []int64         // the jobs that store where it copies from
	done   chan struct{}   // closed when it is over
	record *settings.Run   // nil before it is sure that there is something to tell
	result engine.Mirrored // once it is over
	newest time.Time       // the version that it holds then
	here   int             // versions at the source
	there  int             // versions that the copy held before

	mu     sync.Mutex
	events []settings.RunEvent
}

// mostRemoved is how many percent of a copy may go when nothing is known to have
// been removed from what it is a copy of.
const mostRemoved = 50

// CopyNow copies to a second place in the background, as a person wants it, who
// can be asked what opens it. insist accepts a place that was emptied, and a
// backup that has lost most of what the copy holds.
func (s *Session) CopyNow(id int64, insist bool) error { return s.startCopy(s.ctx, id, insist) }

// copyUnasked copies without a person. Why it cannot is told by the next state;
// the end of a pause takes it up.
func (s *Session) copyUnasked(id int64) {
	if s.isPaused(s.ctx) {
		return
	}
	_ = s.startCopy(context.WithValue(s.ctx, unasked{}, true), id, false)
}

func (s *Session) startCopy(ctx context.Context, id int64, insist bool) error {
	c, err := s.store.Copy(ctx, id)
	if err != nil {
		return err
	}
	j, err := s.store.Job(ctx, c.Job)
	if err != nil {
		return err
	}
	sharing, err := s.sharing(ctx, j.Destination)
	if err != nil {
		return err
	}
	k := &copying{copy: c, job: j, insist: insist, source: sharing, done: make(chan struct{})}
	k.plan = s.copyPlan(ctx, k)
	k.engine = s.engine.Sync(k.plan, func(r engine.Mirrored) { k.result = r })
	s.mu.Lock()
	defer s.mu.Unlock()
	busy := func(job int64) bool { return s.removing[job] || s.runs[job] != nil && s.runs[job].check == nil }
	if s.copies[id] != nil || slices.ContainsFunc(sharing, busy) || s.ctx.Err() != nil {
		return ErrRuns
	}
	claim, claimed, err := s.store.ClaimCopy(id, sharing)
	if err != nil {
		return err
	}
	if !claimed {
		return ErrRuns // in another program
	}
	k.claim = claim
	ctx, k.stop = context.WithCancelCause(ctx)
	s.copies[id] = k
	s.running.Go(func() { s.followCopy(ctx, k) })
	return nil
}

// copyPlan is how a copy is made. A folder is never made: it was when the copy
// was added, so that one that is missing is on a drive that is not there.
func (s *Session) copyPlan(ctx context.Context, k *copying) engine.SyncPlan {
	p := engine.SyncPlan{
		Source: s.reach(ctx, ArchiveOf(&k.job)), Destination: s.reach(ctx, CopyArchive(&k.job, &k.copy)), Copy: true, Known: !k.copy.Finished.IsZero(),
		MirrorOptions: engine.MirrorOptions{MaxRemove: mostRemoved}, NoCreate: isFolder(k.copy.Destination),
	}
	p.Source.Encryption.Mode, p.Destination.Encryption.Mode = engine.EncryptNone, engine.EncryptNone // nothing is opened
	if k.copy.Shrunk || k.insist {
		p.MaxRemove = all
	}
	return p
}

// sharing are the jobs with a destination.
func (s *Session) sharing(ctx context.Context, destination string) (ids []int64, err error) {
	jobs, err := s.store.Jobs(ctx)
	for i := range jobs {
		if jobs[i].Destination == destination {
			ids = append(ids, jobs[i].ID)
		}
	}
	return ids, err
}

// followCopy makes a copy, and records what became of it.
func (s *Session) followCopy(ctx context.Context, k *copying) {
	defer close(k.done)
	defer k.stop(nil)
	s.changed()
	err := s.mirrorUnlessWanted(ctx, k)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	now := s.standingAfter(k, err)
	// It is written even when the session is about to end.
	always := context.WithoutCancel(s.ctx)
	failed := s.store.RecordCopy(always, k.copy.ID, now)
	if k.record == nil && now.Outcome != settings.Cancelled && now.Outcome != settings.Interrupted && now.Waiting.IsZero() {
		k.record, _ = s.store.BeginCopy(always, &k.copy) // without it the copy tells it alone
	}
	if k.record != nil {
		k.close(now, err)
		failed = errors.Join(failed, s.store.EndRun(always, k.record, k.events))
	}
	failed = errors.Join(failed, k.claim())
	s.mu.Lock()
	delete(s.copies, k.copy.ID)
	s.mu.Unlock()
	if failed == nil || errors.Is(failed, settings.ErrNotFound) {
		s.changed()
	}
}

// wantedEvery is how often a copy looks whether another program wants to change
// what is copied.
const wantedEvery = 2 * time.Second

// mirrorUnlessWanted is mirror, until another program wants to change what is
// copied.
func (s *Session) mirrorUnlessWanted(ctx context.Context, k *copying) error {
	over, end := context.WithCancel(ctx)
	var looking sync.WaitGroup
	looking.Go(func() {
		yield(over, func() (bool, error) { return s.store.IsWanted(k.source) }, func() { k.end(errGivesWay) })
	})
	defer looking.Wait()
	defer end()
	return s.mirror(ctx, k)
}

// yield gives way as soon as something is wanted, until ctx ends.
func yield(ctx context.Context, isWanted func() (bool, error), giveWay func()) {
	tick := time.NewTicker(wantedEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// An error leaves the other one waiting, which is safe.
		if wanted, err := isWanted(); wanted && err == nil {
			giveWay()
			return
		}
	}
}

// end ends a copy for a reason, also one that is halted.
func (k *copying) end(why error) {
	k.stop(why)
	k.engine.Resume()
}

// mirror makes a copy, if both places are what they were.
func (s *Session) mirror(ctx context.Context, k *copying) error {
	found, err := s.engine.Inspect(ctx, k.plan.Source)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil || found.Versions == 0 {
		return &engine.Error{Op: "copying", Kind: engine.Offline, Err: errors.Join(errNoSource, err)}
	}
	k.here = found.Versions
	if s.heldByDamage(ctx, k.job.ID) != "" {
		return &engine.Error{Op: "copying", Kind: engine.Damaged, Err: errSourceDamaged}
	}
	if err := s.checkCopy(ctx, k); err != nil {
		return err
	}
	if k.newest, err = s.newestOf(ctx, &k.job, found.Latest); err != nil {
		return err
	}
	if k.record, err = s.store.BeginCopy(ctx, &k.copy); err != nil {
		return err
	}
	if err := k.engine.Run(ctx, k.note); err != nil {
		return err
	}
	if n := k.result.NotCopied; n > 0 {
		return &engine.Error{Op: "copying", Kind: engine.Other, Err: notAll{n}}
	}
	return nil
}

// checkCopy refuses a place where the copy is not that was there.
func (s *Session) checkCopy(ctx context.Context, k *copying) error {
	there, err := s.engine.Inspect(ctx, k.plan.Destination)
	k.there = there.Versions
	switch had := !k.copy.Finished.IsZero(); {
	case err != nil:
		return err
	case !there.Exists && isFolder(k.copy.Destination):
		return &engine.Error{Op: "copying", Path: Path(k.copy.Destination), Kind: engine.Offline, Err: errPlaceAway}
	case had && there.Versions == 0 && !k.insist:
		return &engine.Error{Op: "copying", Kind: engine.NoArchive, Err: errCopyGone}
	}
	return nil
}

// newestOf is the time of a job's newest version, or of another's if it has none.
func (s *Session) newestOf(ctx context.Context, j *settings.Job, otherwise time.Time) (time.Time, error) {
	runs, err := s.store.Runs(ctx, j.ID, historyLength, settings.BackupRun)
	for _, r := range runs {
		if madeVersion(r) {
			return r.Version, nil
		}
	}
	return otherwise, err
}

// standingAfter is how a copy stands once it is over.
func (s *Session) standingAfter(k *copying, err error) settings.CopyStanding {
	was := k.copy.CopyStanding
	now := settings.CopyStanding{Finished: was.Finished, Version: was.Version, Tried: s.config.Now(), Shrunk: was.Shrunk}
	switch {
	case err == nil:
		now.Finished, now.Version, now.Shrunk, now.Outcome = now.Tried, k.newest, false, settings.Fine
		if k.result.NotRemoved > 0 {
			now.Outcome = settings.Warnings
		}
		return now
	case errors.Is(err, errGivesWay), errors.Is(err, errQuit):
		now.Outcome = settings.Interrupted
		return now
	case errors.Is(err, errStopped):
		now.Outcome = settings.Cancelled
		return now
	case errors.Is(err, errCopyGone):
		now.Outcome = settings.Emptied
	case errors.Is(err, engine.ErrMirrorRemoves):
		now.Outcome = settings.Doubted
	default:
		now.Outcome = settings.Failed
	}
	now.Sentence, now.Trouble = sentenceOf(err), copyTroubleOf(err)
	if now.Outcome == settings.Doubted && k.there > k.here {
		now.Sentence = fmt.Sprintf("The copy holds %s, and the backup %d. Nothing was changed in the copy, in case that is a mistake.", versionsWords(k.there), k.here)
	}
	away := kindOf(err) == engine.Offline && !errors.Is(err, errNoSource)
	if k.record == nil && away || k.record != nil && s.wentAway(k) {
		now.Waiting = was.Waiting
		if now.Waiting.IsZero() {
			now.Waiting = now.Tried
		}
	}
	return now
}

func versionsWords(n int) string {
	if n == 1 {
		return "1 version"
	}
	return fmt.Sprintf("%d versions", n)
}

// wentAway tells that the place of a copy went away while it was copied to.
func (s *Session) wentAway(k *copying) bool {
	there, err := s.engine.Inspect(context.WithValue(s.ctx, unasked{}, true), k.plan.Destination)
	return err != nil && kindOf(err) == engine.Offline || err == nil && !there.Exists
}

// note keeps what the history shows.
func (k *copying) note(e engine.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch e := e.(type) {
	case engine.MirrorFailed:
		k.events = append(k.events, settings.RunEvent{Text: fmt.Sprintf("%s: %v", e.Name, e.Err)})
	case engine.Notice:
		k.events = append(k.events, settings.RunEvent{Text: e.Text})
	case engine.Finished:
		k.record.Problems = e.Summary.Problems
	}
}

// close words how the run ended.
func (k *copying) close(now settings.CopyStanding, err error) {
	r := k.record
	r.Outcome, r.Sentence, r.Trouble = now.Outcome, now.Sentence, now.Trouble
	if now.Outcome == settings.Emptied || now.Outcome == settings.Doubted {
		r.Outcome = settings.Failed
	}
	r.Files, r.Stored, r.Bytes = k.result.Copied+k.result.Replaced, k.result.Bytes, k.result.Bytes
	if err == nil {
		r.Version = k.newest
	} else if r.Outcome == settings.Failed {
		k.events = append(k.events, settings.RunEvent{Text: err.Error()})
	}
}

// endCopies ends some copies for a reason, and waits until they are over.
func (s *Session) endCopies(which func(*copying) bool, why error) {
	s.mu.Lock()
	var ending []*copying
	for _, k := range s.copies {
		if which(k) {
			ending = append(ending, k)
		}
	}
	s.mu.Unlock()
	for _, k := range ending {
		k.end(why)
	}
	for _, k := range ending {
		<-k.done
	}
}

// clearCopies ends the copies of a destination that is about to change: they
// would hold half of it. They go on afterwards.
func (s *Session) clearCopies(destination string) {
	s.endCopies(func(k *copying) bool { return k.job.Destination == destination }, errGivesWay)
}

// copiesFollow tells the copies of a job's destination that so many versions were
// removed there. One that is not told asks before it removes most of what it
// holds.
func (s *Session) copiesFollow(ctx context.Context, j *settings.Job, removed int) {
	if removed > 0 {
		_ = s.store.ShrinkCopies(ctx, j.Destination)
	}
}

// copyAfter lets the copies of a job's destination follow: all of them after a
// backup that made a version, else those that gave way, or that versions are to
// be removed from.
func (s *Session) copyAfter(id int64, made bool) {
	j, err := s.store.Job(s.ctx, id)
	if err != nil {
		return // it was removed meanwhile
	}
	sharing, err := s.sharing(s.ctx, j.Destination)
	if err != nil {
		return
	}
	copies, err := s.store.Copies(s.ctx)
	if err != nil {
		return
	}
	for _, c := range copies {
		if slices.Contains(sharing, c.Job) && (made || c.Shrunk || c.Outcome == settings.Interrupted) {
			s.copyUnasked(c.ID)
		}
	}
}

// StopCopy ends a copy that is made now; what is there stays, and the next one
// goes on from there.
func (s *Session) StopCopy(id int64) {
	if k := s.copyingTo(id); k != nil {
		k.end(errStopped)
	}
}

// PauseCopy halts a copy or lets it go on.
func (s *Session) PauseCopy(id int64, paused bool) {
	k := s.copyingTo(id)
	if k == nil {
		return
	}
	if paused {
		k.engine.Pause()
	} else {
		k.engine.Resume()
	}
	s.running.Go(s.changed) // a main loop asks for it, and waits for nobody
}

// CopyProgress samples a copy that is made now; ok is false when it is not.
func (s *Session) CopyProgress(id int64) (p engine.Progress, ok bool) {
	if k := s.copyingTo(id); k != nil {
		return k.engine.Progress(), true
	}
	return p, false
}

func (s *Session) copyingTo(id int64) *copying {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copies[id]
}
