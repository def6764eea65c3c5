package retention

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Rhythm is how backups will be made.
type Rhythm struct {
	// Every is how often; days and longer are of the calendar. Zero makes none,
	// and less than a minute counts as one.
	Every Span
	// FullEvery begins a new chain with each so many-th backup; 0 makes versions
	// that stand alone.
	FullEvery int
}

// Life is how long a version exists.
type Life struct {
	Version Version
	// Until is the time of the run that removes it, zero when it is still there at
	// the end; Rule is why.
	Until time.Time
	Rule  Rule
}

// Future is what will exist.
type Future struct {
	// Lives are by the time of the versions, the oldest first. Those to come
	// have no ID.
	Lives []Life
	// Runs are the times of the backups to come.
	Runs []time.Time
}

// At are the versions that exist at a moment, newest first.
func (f *Future) At(t time.Time) []Version {
	var there []Version
	for _, l := range slices.Backward(f.Lives) {
		if !l.Version.Time.After(t) && (l.Until.IsZero() || l.Until.After(t)) {
			there = append(there, l.Version)
		}
	}
	return there
}

// Simulate tells which versions exist from now until some day, when backups are
// made in a rhythm and the policy is applied now and a second after each of them
// began. It asks nobody: guards that depend on what a person says are left out.
func Simulate(p Policy, history []Version, r Rhythm, now, until time.Time, zone *time.Location) *Future {
	future, _ := SimulateContext(context.Background(), p, history, r, now, until, zone) // it never ends early
	return future
}

// SimulateContext is Simulate for a person who may no longer want to know: it
// stops when ctx does, with its cause.
func SimulateContext(ctx context.Context, p Policy, history []Version, r Rhythm, now, until time.Time, zone *time.Location) (*Future, error) {
	s := &simulation{chooser: newChooser(p, zone), future: &Future{}, lives: map[*Version]int{}}
	history = slices.Clone(history)
	slices.SortStableFunc(history, func(a, b Version) int { return a.Time.Compare(b.Time) })
	for i := range history {
		s.born(&history[i])
	}
	s.apply(now, now)
	chain, links := "", 0
	if len(history) > 0 {
		chain = history[len(history)-1].Chain
		links = chainLength(history, chain)
	}
	for at := range s.runs(r, now, until) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if links++; r.FullEvery > 0 && (chain == "" || links > r.FullEvery) {
			chain, links = fmt.Sprint(at.Unix()), 1
		}
		v := &Version{Time: at}
		if r.FullEvery > 0 {
			v.Chain = chain
		}
		s.born(v)
		s.future.Runs = append(s.future.Runs, at)
		s.apply(at, at.Add(toApply))
	}
	return s.future, nil
}

func chainLength(history []Version, chain string) (n int) {
	for _, v := range history {
		if v.Chain == chain {
			n++
		}
	}
	return n
}

// simulation is one call of Simulate.
type simulation struct {
	*chooser
	future *Future
	lives  map[*Version]int
}

func (s *simulation) born(v *Version) {
	s.lives[v] = len(s.future.Lives)
	s.future.Lives = append(s.future.Lives, Life{Version: *v})
	s.add(v)
}

// toApply is how long after the beginning of a run the policy is applied.
const toApply = time.Second

// apply removes what the policy drops at a moment, of which the run began
// before.
func (s *simulation) apply(run, at time.Time) {
	if s.policy.KeepsAll() {
		return
	}
	s.choose(at)
	s.sweep(func(v *Version, r Rule) {
		l := &s.future.Lives[s.lives[v]]
		l.Until, l.Rule = run, r
		delete(s.lives, v)
	})
}

// runs are the moments of the backups to come: in step with the newest version,
// and none before now.
func (s *simulation) runs(r Rhythm, now, until time.Time) func(yield func(time.Time) bool) {
	every, length := r.Every, r.Every.Length()
	switch {
	case length <= 0 || length > until.Unix()-now.Unix():
		return func(func(time.Time) bool) {}
	case length < 60:
		every = Span{Minutes: 1}
	case slices.ContainsFunc(partsOf(every), func(n int) bool { return n < 0 }):
		every = Span{Seconds: int(length)}
	}
	base := now
	if n := len(s.items); n > 0 {
		if newest := s.items[n-1].Time; newest.Before(now) && now.Unix()-newest.Unix() < inStep*length {
			base = newest
		}
	}
	return func(yield func(time.Time) bool) {
		for k := 1; ; k++ {
			at := s.later(base, every, k)
			if at.After(until) || at.After(now) && !yield(at) {
				return
			}
		}
	}
}

// inStep is after how many intervals without a backup the next one is not
// expected in step with the last.
const inStep = 100

func partsOf(s Span) (all []int) {
	for _, part := range s.parts() {
		all = append(all, *part)
	}
	return all
}

// later is k intervals after a moment. What is written in hours and less is
// passed time, the rest keeps the hour of the day.
func (s *simulation) later(base time.Time, every Span, k int) time.Time {
	times := every
	for _, part := range times.parts() {
		*part *= k
	}
	if every.Years|every.Months|every.Weeks|every.Days == 0 {
		return base.Add(time.Duration(times.Length()) * time.Second)
	}
	t := time.Unix(times.after(wallOf(base, s.zone)), 0).UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, s.zone)
}
