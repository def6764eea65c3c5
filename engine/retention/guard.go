package retention

import (
	"fmt"
	"slices"
	"time"
)

// Decision tells whether a plan is to be carried out.
type Decision uint8

// The decisions.
const (
	Proceed Decision = iota // nothing speaks against it
	Ask                     // a person must see the plan first
	Refuse                  // not before the next good run
)

// String names it in a word.
func (d Decision) String() string { return [...]string{"proceed", "ask", "refuse"}[d] }

// Guard is one thing that speaks against dropping versions now.
type Guard struct {
	Kind GuardKind
	// Sentence says it to a person.
	Sentence string
}

// GuardKind is what speaks against it.
type GuardKind uint8

// The guards. Those up to NoWholeVersion refuse, the others ask.
const (
	LastRunFailed GuardKind = iota
	LastRunStopped
	LastRunSuspicious
	NewestNotWhole
	NoWholeVersion
	LongAbsence
	UnusuallyMany
	ClockWrong
	StillUnanswered
)

// String names it for programs.
func (k GuardKind) String() string {
	return [...]string{
		"last run failed", "last run stopped", "last run suspicious", "newest not whole", "no whole version", "long absence",
		"unusually many", "clock wrong", "still unanswered",
	}[k]
}

func (k GuardKind) refuses() bool { return k <= NoWholeVersion }

// decide looks for what speaks against dropping what the plan would.
func (c *chooser) decide(p *Planned, now time.Time, o Options) {
	if p.Dropped == 0 {
		return
	}
	against := func(k GuardKind, format string, args ...any) {
		p.Guards = append(p.Guards, Guard{k, fmt.Sprintf(format, args...)})
		switch {
		case k.refuses():
			p.Decision = Refuse
		case p.Decision == Proceed && !o.Agreed:
			p.Decision = Ask
		}
	}
	switch o.LastRun {
	case RunFailed:
		against(LastRunFailed, "The last run failed, so nothing is removed until one succeeds.")
	case RunStopped:
		against(LastRunStopped, "The last run was stopped, so nothing is removed until one is complete.")
	case RunSuspicious:
		against(LastRunSuspicious, "The last run looks as if files had been emptied or encrypted, so nothing is removed until somebody has looked.")
	}
	newest := &c.items[len(c.items)-1]
	switch whole := slices.ContainsFunc(c.items, func(it item) bool { return !it.Partial }); {
	case !whole:
		against(NoWholeVersion, "No version is whole, so nothing is removed.")
	case newest.Partial:
		against(NewestNotWhole, "The newest version is not whole, so nothing is removed until one is.")
	}
	if newest.Time.After(now.Add(24 * time.Hour)) {
		against(ClockWrong, "The newest version is dated %s, and the clock shows %s: one of the two is wrong.",
			c.date(newest.Time), c.date(now))
	}
	if gap, long := c.absence(now, o); long && p.Dropped > 1 && p.Dropped*4 > len(c.items) {
		against(LongAbsence, "No version was made for %s, and now %s would go at once.", roughly(gap), share(p))
	}
	if p.Dropped > c.usual(o) {
		against(UnusuallyMany, "Far more than usual would go: %s.", share(p))
	}
	if o.Unanswered {
		against(StillUnanswered, "It was asked before whether versions may go, and nobody has answered.")
	}
}

func share(p *Planned) string { return fmt.Sprintf("%d of %d versions", p.Dropped, len(p.Verdicts)) }

// What counts as an absence: a gap among the newest that is so many times the
// rhythm, and longer than a weekend, or than the whole policy reaches back.
const (
	recentGaps   = 3
	absentRhythm = 5
	weekend      = 3 * 24 * time.Hour
	fewVersions  = 10
	usualTimes   = 4
)

// absence finds the longest of the newest gaps, and tells whether it is much
// longer than the rhythm.
func (c *chooser) absence(now time.Time, o Options) (gap time.Duration, long bool) {
	gaps := []time.Duration{now.Sub(c.items[len(c.items)-1].Time)}
	for i := len(c.items) - 1; i > 0 && len(gaps) <= fewVersions; i-- {
		gaps = append(gaps, c.items[i].Time.Sub(c.items[i-1].Time))
	}
	at := 0
	for i, g := range gaps[:min(len(gaps), recentGaps)] {
		if g > gaps[at] {
			at = i
		}
	}
	gap = gaps[at]
	rhythm := o.Rhythm
	if rhythm <= 0 {
		rhythm = 24 * time.Hour
		// The time since the newest is no gap that is over.
		if others := slices.Delete(slices.Clone(gaps), at, at+1); len(others) > 2 {
			slices.Sort(others)
			rhythm = others[len(others)/2]
		}
	}
	return gap, gap > absentRhythm*rhythm && gap > min(weekend, c.widest())
}

// widest is how far the policy reaches back.
func (c *chooser) widest() time.Duration {
	seconds := c.policy.Time.Length()
	if n := len(c.frames); n > 0 {
		seconds = c.frames[n-1].reach()
	}
	if seconds == 0 || seconds > int64(weekend/time.Second) {
		return weekend
	}
	return time.Duration(seconds) * time.Second
}

// usual is how many versions may go without a question. When nothing is known
// that is as many as were made in the last week, which no habit exceeds.
func (c *chooser) usual(o Options) int {
	if o.Usual > 0 {
		return max(fewVersions, usualTimes*o.Usual)
	}
	newest := c.items[len(c.items)-1].Time
	week := 0
	for i := range c.items {
		if newest.Sub(c.items[i].Time) < 7*24*time.Hour {
			week++
		}
	}
	return max(fewVersions, week)
}

// roughly says a time in its largest unit.
func roughly(d time.Duration) string {
	for _, u := range units {
		if n := int64(d/time.Second) / u.seconds; n > 1 && u.letter != 'M' && u.letter != 'Y' {
			return countOf(int(n), u.word)
		}
	}
	return countOf(int(d/time.Second), "second")
}
