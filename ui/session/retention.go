package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
)

// Keeping says how long versions of a job stay.
type Keeping struct {
	// Text is a policy as engine/retention reads it; "" keeps every version.
	Text string
	// FullEvery is after how many days a version stands for itself again, 0 for
	// never. Versions that are deduplicated always do.
	FullEvery int
}

// Going is a version that is to be removed.
type Going struct {
	engine.Version
	// Why is the rule, in words, without a capital and a full stop.
	Why string
}

// Removal is what a policy would remove from the destination of a job.
type Removal struct {
	// Going are newest first, and Kept is how many stay.
	Going []Going
	Kept  int
	// Freed is how many bytes that gives back, -1 when it is not known.
	Freed int64
	// Pinned are those that the rules would drop, and that somebody wants kept.
	Pinned []Going
	// Bound is how many versions the rules would drop, and others are built on.
	Bound int
	// Against says in sentences what speaks against it now.
	Against []string
}

// unknown is how much room is given back when nobody can tell.
const unknown = -1

// SetRetention changes how long versions of a job stay. With ask, nothing is
// removed before a person agreed: the next run only asks.
func (s *Session) SetRetention(ctx context.Context, id int64, k Keeping, ask bool) error {
	policy, err := retention.Parse(k.Text)
	if err != nil {
		return &engine.Error{Op: "choosing how long versions stay", Kind: engine.Invalid, Err: err}
	}
	why := ""
	if ask && !policy.KeepsAll() {
		why = lang.Mark("What is kept was changed, and nobody has seen yet which versions go.")
	}
	err = errors.Join(s.store.SetRetention(ctx, id, k.Text, k.FullEvery), s.store.Hold(ctx, id, why))
	s.changed()
	return err
}

// KnownVersions are those of a job, as far as they were learnt. They are told
// from this computer alone.
func (s *Session) KnownVersions(ctx context.Context, j *settings.Job) ([]retention.Version, error) {
	a := ArchiveOf(j)
	past := s.Past(a)
	lines, err := past.Lines(ctx)
	if err != nil {
		return nil, err
	}
	roots, err := s.rootsOf(ctx, j)
	if err != nil {
		return nil, err
	}
	var all []retention.Version
	for _, l := range lines {
		if !a.holdsOf(roots, l.Host, strings.Split(l.Root, ", ")) {
			continue
		}
		versions, err := past.Versions(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		for i := range versions {
			all = append(all, versionOf(&versions[i].Version))
		}
	}
	slices.SortStableFunc(all, func(a, b retention.Version) int { return b.Time.Compare(a.Time) })
	return all, nil
}

func versionOf(v *engine.Version) retention.Version {
	r := retention.Version{ID: v.ID, Time: v.Time, Partial: v.Partial || v.Damaged != "", Tags: v.Tags, Pin: v.Pin}
	if !v.Chain.IsZero() {
		// Deduplicated versions are chains of their own, also within a second.
		r.Chain = v.Chain.UTC().Format(time.RFC3339Nano)
	}
	return r
}

// holdsOf tells whether versions of a machine and of folders are the archive's
// own, which had these roots. Versions in volumes know neither: there is one
// source at a destination.
func (a *Archive) holdsOf(roots []string, host string, paths []string) bool {
	paths = slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return p == "" })
	return (host == "" || host == a.Host) && (len(paths) == 0 || len(paths) == 1 && slices.Contains(roots, paths[0]))
}

// errNotTheirs is why nothing is removed.
var errNotTheirs = errors.New("the destination holds no versions of these folders")

// ErrOthers: other versions would go than those that the person saw.
var ErrOthers = errors.New("other versions would go by now")

// survey is what a policy would do to a job's own versions.
type survey struct {
	plan engine.RetentionPlan
	line engine.RetentionLine
	// deduplicated versions take room until it is given back.
	deduplicated bool
}

// survey looks at the destination. Of what others keep there, nothing goes: it
// is pinned.
func (s *Session) survey(ctx context.Context, j *settings.Job, text string, o retention.Options) (*survey, error) {
	policy, err := retention.Parse(text)
	o.Zone = zone.Here()
	if err != nil {
		return nil, &engine.Error{Op: "removing versions", Kind: engine.Invalid, Err: err}
	}
	roots, err := s.rootsAlone(ctx, j)
	if err != nil {
		return nil, err
	}
	a := ArchiveOf(j)
	own := func(host string, paths []string) bool { return a.holdsOf(roots, host, paths) }
	v := &survey{plan: engine.RetentionPlan{Destination: s.reach(ctx, a), Policy: policy, Options: o, Pins: map[string]retention.Pin{}, Together: own}}
	r, err := s.engine.PlanRetention(ctx, v.plan)
	if err != nil {
		return nil, err
	}
	v.deduplicated = r.Format == engine.Deduplicated
	found := false
	for _, l := range r.Lines {
		if n := l.Versions; !found && len(n) > 0 && own(n[0].Host, n[0].Paths) {
			v.line, found = l, true
			continue
		}
		for _, other := range l.Versions {
			v.plan.Pins[other.ID] = retention.Pin{Reason: "of another backup"}
		}
	}
	if !found && len(r.Lines) > 0 {
		return nil, &engine.Error{Op: "removing versions", Kind: engine.SourceMismatch, Err: errNotTheirs}
	}
	return v, nil
}

// errMixed is why nothing is removed where versions cannot be told apart.
var errMixed = errors.New("another backup keeps versions there under the same folder")

// rootsOf are the root of a job, and then those that it had before its folders
// were changed: versions of all of them are its own.
func (s *Session) rootsOf(ctx context.Context, j *settings.Job) ([]string, error) {
	former, err := s.store.FormerRoots(ctx, j.ID)
	return append([]string{ArchiveOf(j).Root}, former...), err
}

// rootsAlone are the roots of a job that no other job at its destination has, or
// had. A job whose root of today is not among them is refused: the rules would
// take the versions of two for one row, and drop those of one for those of the
// other.
func (s *Session) rootsAlone(ctx context.Context, j *settings.Job) ([]string, error) {
	roots, err := s.rootsOf(ctx, j)
	if err != nil {
		return nil, err
	}
	own := roots[0]
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		o := &jobs[i]
		if o.ID == j.ID || o.Destination != j.Destination {
			continue
		}
		theirs, err := s.rootsOf(ctx, o)
		if err != nil {
			return nil, err
		}
		roots = slices.DeleteFunc(roots, func(root string) bool { return slices.Contains(theirs, root) })
	}
	if !slices.Contains(roots, own) {
		return nil, &engine.Error{Op: "removing versions", Path: destination.Display(Path(j.Destination)), Kind: engine.Invalid, Err: errMixed}
	}
	return roots, nil
}

// removal words a survey.
func (v *survey) removal() Removal {
	r := Removal{Freed: unknown, Kept: v.line.Kept}
	for i, verdict := range v.line.Verdicts {
		switch {
		case !verdict.Kept():
			r.Going = append(r.Going, Going{v.line.Versions[i], v.line.Why(i)})
		case verdict.Rule == retention.Pinned:
			r.Pinned = append(r.Pinned, Going{v.line.Versions[i], v.line.Why(i)})
		case verdict.Rule == retention.NeededLater:
			r.Bound++
		}
	}
	for _, g := range v.line.Guards {
		r.Against = append(r.Against, g.Sentence)
	}
	return r
}

// PlanRetention says what a policy would remove if a person agreed. It looks at
// the destination, and may ask for what opens it.
func (s *Session) PlanRetention(ctx context.Context, id int64, text string) (Removal, error) {
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return Removal{}, err
	}
	runs, err := s.store.Runs(ctx, id, historyLength, settings.BackupRun)
	if err != nil {
		return Removal{}, err
	}
	v, err := s.survey(ctx, &j, text, retention.Options{LastRun: endOf(runs)})
	if err != nil {
		return Removal{}, err
	}
	return v.removal(), nil
}

// Frees says how many bytes a policy would give back, -1 where that cannot be
// told. It takes as long as a look at all folders of all versions.
func (s *Session) Frees(ctx context.Context, id int64, text string) (int64, error) {
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return unknown, err
	}
	v, err := s.survey(ctx, &j, text, agreed)
	if err != nil {
		return unknown, err
	}
	v.plan.Space = true
	r, err := s.engine.PlanRetention(ctx, v.plan)
	return r.Freed, err
}

// agreed is a plan that a person saw. How the last run ended is told beside it.
var agreed = retention.Options{Agreed: true}

// RemoveVersions removes what the policy of a job does not keep, when that is
// among what a person saw and agreed to, and gives the room back. ErrOthers
// means that more would go by now, and that nothing went.
func (s *Session) RemoveVersions(ctx context.Context, id int64, seen []Going) (removed int, err error) {
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return 0, err
	}
	s.endCheck(ctx, id)
	leave, err := s.occupy(ctx, &j)
	if err != nil {
		return 0, err
	}
	defer leave()
	v, err := s.survey(ctx, &j, j.Retention, agreed)
	if err != nil {
		return 0, err
	}
	for _, g := range v.removal().Going {
		if !slices.ContainsFunc(seen, func(x Going) bool { return x.ID == g.ID && x.Time.Equal(g.Time) }) {
			return 0, ErrOthers
		}
	}
	gone, err := s.engine.Forget(ctx, v.forget())
	if err != nil {
		return 0, err
	}
	s.copiesFollow(ctx, &j, len(gone.Removed))
	err = s.store.Hold(ctx, id, "")
	if v.deduplicated && len(gone.Removed) > 0 {
		err = errors.Join(err, s.sweep(ctx, &j, v.plan.Destination))
	}
	s.Learn(ArchiveOf(&j), false)
	return len(gone.Removed), err
}

func (v *survey) forget() engine.ForgetPlan {
	return engine.ForgetPlan{Destination: v.plan.Destination, Policy: v.plan.Policy, Options: v.plan.Options, Pins: v.plan.Pins, Together: v.plan.Together}
}

// sweep gives back the room of what no version needs.
func (s *Session) sweep(ctx context.Context, j *settings.Job, d engine.Destination) error {
	if _, err := s.engine.Prune(ctx, d, engine.PruneOptions{MaxUnused: -1}); err != nil {
		return err
	}
	return s.store.Sweep(ctx, j.ID, s.config.Now())
}

// occupy keeps a job from running while versions of it are removed, here and in
// other programs, until leave.
func (s *Session) occupy(ctx context.Context, j *settings.Job) (leave func(), err error) {
	s.mu.Lock()
	busy := s.runs[j.ID] != nil || s.removing[j.ID]
	if !busy {
		s.removing[j.ID] = true
	}
	s.mu.Unlock()
	if busy {
		return nil, ErrRuns
	}
	s.changed()
	release, err := s.claimChange(ctx, j)
	leave = func() {
		release()
		s.mu.Lock()
		delete(s.removing, j.ID)
		s.mu.Unlock()
		s.changed()
		s.copyAfter(j.ID, false)
	}
	if err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

func (s *Session) isRemoving(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removing[id]
}

// endOf is how the newest run that is over ended.
func endOf(runs []settings.Run) retention.Run {
	for _, r := range runs {
		switch r.Outcome {
		case settings.Fine, settings.Warnings:
			return retention.RunFine
		case settings.Failed:
			return retention.RunFailed
		case settings.Cancelled, settings.Interrupted:
			return retention.RunStopped
		case settings.Running:
		}
	}
	return retention.RunUnknown
}

// fewItems are too few to tell anything from.
const fewItems = 20

// isSuspicious tells that a run looks as if its source had been emptied, or all
// of it encrypted by somebody: more than half of the files of the run before are
// gone, or nine in ten are no longer what they were.
func isSuspicious(f engine.Summary, before int64) bool {
	return before >= fewItems && (f.Files*2 < before || (f.Changed+f.Deleted)*10 > before*9)
}

// filesBefore is how many files the newest version held before a run.
func (s *Session) filesBefore(ctx context.Context, r *Run) (int64, error) {
	runs, err := s.store.Runs(ctx, r.Job, historyLength, settings.BackupRun)
	for i := range runs {
		if runs[i].ID != r.record.ID && madeVersion(runs[i]) {
			return runs[i].Files, nil
		}
	}
	return 0, err
}

// suspected is why nothing is removed after such a run, and after the next ones:
// those look like any other.
const suspected = "A run looked as if files had been emptied or encrypted, so nothing is removed until somebody has looked."

// sweepEvery is how often room is given back by itself, which reads all folders
// of all versions.
const sweepEvery = 7 * 24 * time.Hour

// retain applies the policy of a job after a run that was good, and notes what
// it did. Nobody is asked for anything: what needs an answer waits for it.
func (s *Session) retain(ctx context.Context, r *Run, id int64) {
	j, err := s.store.Job(ctx, id) // it may have been changed since the run began
	if err != nil || !madeVersion(*r.record) || j.Retention == "" {
		return
	}
	if r.record.Removal = s.heldByDamage(ctx, id); r.record.Removal != "" {
		return
	}
	ctx = context.WithValue(ctx, unasked{}, true)
	if err := s.retainVersions(ctx, r, &j); err != nil {
		r.record.Removal = sentenceOf(err)
		r.events = append(r.events, settings.RunEvent{Text: err.Error()})
	}
}

func (s *Session) retainVersions(ctx context.Context, r *Run, j *settings.Job) error {
	before, err := s.filesBefore(ctx, r)
	if err != nil {
		return err
	}
	if isSuspicious(r.summary, before) {
		r.record.Removal = suspected
		return s.store.Hold(ctx, j.ID, suspected)
	}
	v, err := s.survey(ctx, j, j.Retention, retention.Options{LastRun: retention.RunFine, Unanswered: j.Held != ""})
	switch {
	case err != nil:
		return err
	case v.line.Dropped == 0 && j.Held != suspected:
		return s.store.Hold(ctx, j.ID, "")
	case v.line.Dropped == 0:
		return nil
	case v.line.Decision != retention.Proceed:
		return s.holdBack(ctx, r, j, v)
	}
	gone, err := s.engine.Forget(ctx, v.forget())
	if err != nil {
		return err
	}
	r.record.Removed = int64(len(gone.Removed))
	s.copiesFollow(ctx, j, len(gone.Removed))
	for _, g := range v.removal().Going {
		r.events = append(r.events, settings.RunEvent{Kind: settings.VersionRemoved, Text: removalWords(g)})
	}
	if v.deduplicated && s.config.Now().Sub(j.Swept) > sweepEvery {
		return s.sweep(ctx, j, v.plan.Destination)
	}
	return nil
}

// holdBack records why nothing was removed, and the question, if it is one: what
// was asked before is still the reason where nothing else is.
func (s *Session) holdBack(ctx context.Context, r *Run, j *settings.Job, v *survey) error {
	why := v.line.Guards[0].Sentence
	if j.Held != "" && v.line.Guards[0].Kind == retention.StillUnanswered {
		why = j.Held
	}
	r.record.Removal = why
	if v.line.Decision == retention.Refuse {
		return nil
	}
	return s.store.Hold(ctx, j.ID, why)
}

// removalWords say which version went, and why.
func removalWords(g Going) string {
	return fmt.Sprintf("The version of %s: %s.", zone.Of(g.Time).Format("2 January 2006 15:04"), g.Why)
}
