package retention

import (
	"slices"
	"time"
)

// Options are what Plan knows besides versions and policy.
type Options struct {
	// Zone is where local time is told, nil for that of the machine.
	Zone *time.Location
	// Rhythm is how often backups run, 0 when that is to be guessed.
	Rhythm time.Duration
	// LastRun is how the run ended after which versions are to be dropped.
	LastRun Run
	// Usual is how many versions go at a time, 0 when that is not known.
	Usual int
	// Unanswered tells that an earlier plan asked, and nobody has answered.
	Unanswered bool
	// Agreed tells that a person saw this plan and agreed.
	Agreed bool
}

// Run is how a run ended.
type Run uint8

// The ends of runs.
const (
	RunUnknown Run = iota
	RunFine
	RunFailed
	RunStopped    // part of the way
	RunSuspicious // it looks as if the source was emptied or encrypted
)

// Planned is what becomes of the versions of one source.
type Planned struct {
	Policy Policy
	// Verdicts are newest first.
	Verdicts      []Verdict
	Kept, Dropped int
	// Freed is how many bytes the dropped ones give back, -1 when that is not
	// known.
	Freed int64
	// Decision tells whether to do it now; Guards say what speaks against it.
	Decision Decision
	Guards   []Guard

	chooser *chooser
}

// Why says in words by which rule the i-th verdict was made, without a capital
// and a full stop.
func (p Planned) Why(i int) string { return p.chooser.words(len(p.Verdicts) - 1 - i) }

// Verdict is what becomes of a version, and by which rule.
type Verdict struct {
	Version Version
	Rule    Rule
	// Frame is the index of the frame that it is in, by reach; -1 when it is in
	// none.
	Frame int
}

// Kept reports that it stays.
func (v *Verdict) Kept() bool { return v.Rule.Keeps() }

// Removed are the versions that go, newest first.
func (p Planned) Removed() []Version {
	var all []Version
	for _, v := range p.Verdicts {
		if !v.Kept() {
			all = append(all, v.Version)
		}
	}
	return all
}

// Plan says what becomes of every version of one source if the policy is
// applied now. It never drops the newest one, the newest whole one, or one that
// is pinned.
func Plan(versions []Version, p Policy, now time.Time, o Options) Planned {
	c := newChooser(p, o.Zone)
	c.addAll(versions)
	c.choose(now)
	out := Planned{Policy: p, Verdicts: make([]Verdict, 0, len(versions)), chooser: c}
	for i, m := range c.marks {
		v := Verdict{Version: *c.items[i].Version, Rule: m.rule, Frame: -1}
		if len(c.frames) > 0 && slices.Contains(framed, m.rule) {
			v.Frame = int(m.frame)
		}
		out.Verdicts = append(out.Verdicts, v)
		switch {
		case v.Kept():
			out.Kept++
		case v.Version.Size == 0 || out.Freed < 0:
			out.Freed = -1
		default:
			out.Freed += v.Version.Size
		}
	}
	out.Dropped = len(out.Verdicts) - out.Kept
	c.decide(&out, now, o)
	slices.Reverse(out.Verdicts)
	return out
}

// framed are the rules that speak of a frame.
var framed = []Rule{KeepAll, FirstOfFrame, FarEnough, FirstOfSlot, NotWhole, TooSoon, SlotHas}
