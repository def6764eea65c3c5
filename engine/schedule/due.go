package schedule

import (
	"slices"
	"time"
)

// History is what is known of a job's earlier runs and of its files.
type History struct {
	// Created is when the job was set up: slots before it were never missed.
	Created time.Time
	// Started is the start of the last run, whatever became of it, and Ended its
	// end, zero while it runs.
	Started, Ended time.Time
	// Failed tells that the last run failed, and Failures how often in a row.
	Failed   bool
	Failures int
	// FirstChange and LastChange are of the files that changed since the last
	// run began; zero when none did.
	FirstChange, LastChange time.Time
}

// Surroundings are what conditions look at.
type Surroundings struct {
	OnBattery bool
	Battery   int // percent
	Metered   bool
	// Local: the destination is not on a network, which need not be unmetered
	// then, nor of a certain name.
	Local      bool
	PowerSaver bool
	// Offline: there is no network, and the destination needs one.
	Offline bool
	// Wired tells of a connection by wire, Network is the name of the Wi-Fi.
	Wired   bool
	Network string
	// Nameless: nobody can tell which network this is, so none is the wrong one.
	Nameless bool
	// NoDrive: the drive of the destination is not connected.
	NoDrive bool
	// NoPassphrase: the passphrase is not at hand, and nobody is asked.
	NoPassphrase bool
	// PausedUntil is when the person wants runs again; zero is now.
	PausedUntil time.Time
}

// Cause is why a run is due.
type Cause int

// The causes.
const (
	NotDue  Cause = iota
	Slot          // a time of the plan
	Missed        // a time of the plan that passed while nothing could run
	Changes       // files changed
	Retry         // the last run failed
)

// Wait is what keeps a run that is due.
type Wait int

// What there may be to wait for.
const (
	Paused Wait = iota
	Running
	Drive
	Passphrase
	Network
	Battery
	PowerSaver
	Metered
	WrongNetwork
)

// Verdict is what Decide found.
type Verdict struct {
	// Cause is why it is due, NotDue when it is not.
	Cause Cause
	// Since is when it became due.
	Since time.Time
	// Waits are what it waits for; a run starts when it is due and there are
	// none.
	Waits []Wait
	// Next is when to ask again at the latest, zero for never: when it will be
	// due, or when a pause ends.
	Next time.Time
}

// Start reports whether the job is to be started now.
func (v *Verdict) Start() bool { return v.Cause != NotDue && len(v.Waits) == 0 }

const (
	// late is from when on a slot counts as missed, and not as the present one.
	late = 5 * time.Minute
	// firstRetry and longestRetry bound how long after a failure a job is tried
	// again, doubling each time.
	firstRetry   = 10 * time.Minute
	longestRetry = 6 * time.Hour
	// skew is by how much a clock may be set back before what lies ahead is no
	// longer believed.
	skew = time.Minute
)

// Decide tells whether a job is due at a moment, and what it waits for.
func Decide(p *Plan, h History, s *Surroundings, now time.Time, zone *time.Location) Verdict {
	h = h.believe(now)
	if !h.Started.IsZero() && h.Ended.IsZero() {
		return Verdict{Waits: []Wait{Running}}
	}
	v := Verdict{}
	for _, d := range []Verdict{p.bySlot(h, now, zone), p.byInterval(h, now), p.byRetry(h, now), p.byChange(h, now)} {
		v.add(d)
	}
	if v.Cause == NotDue {
		return v
	}
	v.Next = time.Time{}
	if s.PausedUntil.After(now) {
		v.Next = s.PausedUntil
	}
	v.Waits = Waits(p, s, now)
	return v
}

// Waits are what work that is due waits for, a run or anything else that is done
// for the job without a person.
func Waits(p *Plan, s *Surroundings, now time.Time) (all []Wait) {
	if s.PausedUntil.After(now) {
		all = append(all, Paused)
	}
	return append(all, p.Conditions.waits(s)...)
}

// add takes the other's cause if it is the first, and the earlier time.
func (v *Verdict) add(other Verdict) {
	if v.Cause == NotDue && other.Cause != NotDue {
		v.Cause, v.Since = other.Cause, other.Since
	}
	if !other.Next.IsZero() && (v.Next.IsZero() || other.Next.Before(v.Next)) {
		v.Next = other.Next
	}
}

// believe takes what lies ahead, after a clock was set back, for just now.
func (h History) believe(now time.Time) History {
	for _, t := range []*time.Time{&h.Created, &h.Started, &h.Ended, &h.FirstChange, &h.LastChange} {
		if t.After(now.Add(skew)) {
			*t = now
		}
	}
	return h
}

func (p *Plan) bySlot(h History, now time.Time, zone *time.Location) (v Verdict) {
	v.Next, _ = p.nextSlot(now, zone)
	served := h.Started
	if h.Created.After(served) {
		served = h.Created
	}
	slot, ok := p.lastSlot(served, now, zone)
	if !ok {
		return v
	}
	v.Cause, v.Since = Slot, slot
	if now.Sub(slot) > late {
		v.Cause = Missed
	}
	return v
}

func (p *Plan) byInterval(h History, now time.Time) (v Verdict) {
	if p.Every <= 0 {
		return v
	}
	due := h.Started.Add(p.Every)
	if h.Started.IsZero() {
		due = h.Created
	}
	if due.After(now) {
		return Verdict{Next: due}
	}
	return Verdict{Cause: Slot, Since: due, Next: now.Add(p.Every)}
}

// byRetry tries again what failed, ever more rarely, if the job runs by itself
// at all.
func (p *Plan) byRetry(h History, now time.Time) (v Verdict) {
	if !h.Failed || !p.Runs() {
		return v
	}
	pause := longestRetry
	if n := max(h.Failures, 1) - 1; n < 6 {
		pause = min(firstRetry<<n, longestRetry)
	}
	due := h.Ended.Add(pause)
	if due.After(now) {
		return Verdict{Next: due}
	}
	return Verdict{Cause: Retry, Since: due}
}

func (p *Plan) byChange(h History, now time.Time) (v Verdict) {
	o := p.OnChange
	if o.Quiet <= 0 || h.LastChange.IsZero() {
		return v
	}
	due := h.LastChange.Add(o.Quiet)
	if limit := h.FirstChange.Add(o.patience()); limit.Before(due) {
		due = limit
	}
	if gap := h.Started.Add(o.gap()); !h.Started.IsZero() && gap.After(due) {
		due = gap
	}
	if due.After(now) {
		return Verdict{Next: due}
	}
	return Verdict{Cause: Changes, Since: due}
}

func (c *Conditions) waits(s *Surroundings) (all []Wait) {
	add := func(w Wait, holds bool) {
		if holds {
			all = append(all, w)
		}
	}
	add(Drive, s.NoDrive)
	add(Passphrase, s.NoPassphrase)
	add(Network, s.Offline)
	add(Battery, c.OnMains && s.OnBattery && (c.Battery == 0 || s.Battery < c.Battery))
	add(PowerSaver, c.NoPowerSaver && s.PowerSaver)
	add(Metered, c.Unmetered && s.Metered && !s.Local && !s.Offline)
	add(WrongNetwork, len(c.Networks) > 0 && !s.Local && !s.Offline && !s.Wired && !s.Nameless && !slices.Contains(c.Networks, s.Network))
	return all
}

// Coming are the next n times at which the plan runs if all goes well, changes
// of files left out.
func Coming(p *Plan, h History, now time.Time, zone *time.Location, n int) (times []time.Time) {
	h = h.believe(now)
	h.Failed, h.LastChange = false, time.Time{}
	free := *p
	free.Conditions = Conditions{} // all goes well
	for t := now; len(times) < n; {
		v := Decide(&free, h, &Surroundings{}, t, zone)
		switch {
		case v.Start():
			times = append(times, t.In(zone))
			h.Started, h.Ended = t, t
		case v.Next.After(t):
			t = v.Next
		default:
			return times
		}
	}
	return times
}
