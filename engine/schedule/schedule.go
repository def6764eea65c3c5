// Package schedule decides when a job is due, and why it waits. It is pure: the
// caller brings the time, what is known of earlier runs and the surroundings,
// and asks again at the time that it is told, or when one of these changes.
//
// Slots are points on the wall clock of a zone. One that was missed, because the
// machine slept or was off, is made up for once, however many were missed. A
// time that a change of clocks leaves out is the moment of the change, and one
// that comes twice is the first of both.
package schedule

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Plan says when a job runs. The zero value never does by itself.
type Plan struct {
	// Times are times of the day, on Days; no days mean all of them.
	Times []Clock
	Days  Days
	// Every is an interval between the starts of runs; 0 is none. A plan has
	// Times or Every.
	Every time.Duration
	// OnChange runs as well when files have changed.
	OnChange OnChange
	// Conditions must hold.
	Conditions Conditions
}

// Clock is a time of the day in minutes since midnight, from 0 to 1439.
type Clock int

// String writes it as 18:05.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// Days is a set of weekdays: bit 0 is Sunday, as in time.Weekday. The empty set
// stands for every day.
type Days uint8

// OnDays makes a set.
func OnDays(days ...time.Weekday) (d Days) {
	for _, day := range days {
		d |= 1 << day
	}
	return d
}

// Has tells whether a day is in the set.
func (d Days) Has(day time.Weekday) bool { return d == 0 || d&(1<<day) != 0 }

// OnChange runs a job after files have changed.
type OnChange struct {
	// Quiet is how long nothing must have changed; 0 means not at all.
	Quiet time.Duration
	// Patience is how long changes wait at most while others keep coming; 0
	// means an hour.
	Patience time.Duration
	// PerHour is how many runs an hour may have; 0 means one.
	PerHour int
}

func (o OnChange) patience() time.Duration {
	if o.Patience == 0 {
		return time.Hour
	}
	return max(o.Patience, o.Quiet)
}

// gap is the least time between two starts.
func (o OnChange) gap() time.Duration { return time.Hour / time.Duration(max(o.PerHour, 1)) }

// Conditions are what a run waits for.
type Conditions struct {
	// OnMains: not on battery below Battery percent; Battery 0 is any battery.
	OnMains bool
	Battery int
	// Unmetered: not over a connection that is paid by volume.
	Unmetered bool
	// NoPowerSaver: not while the system saves power.
	NoPowerSaver bool
	// Networks are the names of the Wi-Fi networks that will do; none means any.
	// A connection by wire always does.
	Networks []string
}

// ErrPlan: a plan contradicts itself.
var ErrPlan = errors.New("this is no schedule")

// Validate says what is wrong with a plan.
func (p *Plan) Validate() error {
	bad := slices.ContainsFunc(p.Times, func(c Clock) bool { return c < 0 || c >= 24*60 })
	switch {
	case bad:
		return fmt.Errorf("%w: a day has the times from 00:00 to 23:59", ErrPlan)
	case len(p.Times) > 0 && p.Every != 0:
		return fmt.Errorf("%w: it has times of the day or an interval, not both", ErrPlan)
	case p.Every != 0 && p.Every < time.Minute:
		return fmt.Errorf("%w: the interval is less than a minute", ErrPlan)
	case p.Days >= 1<<7:
		return fmt.Errorf("%w: a week has seven days", ErrPlan)
	case p.OnChange.Quiet < 0 || p.OnChange.Patience < 0 || p.OnChange.PerHour < 0 || p.OnChange.PerHour > 60:
		return fmt.Errorf("%w: after changes, it waits for a time and runs up to 60 times an hour", ErrPlan)
	case p.Conditions.Battery < 0 || p.Conditions.Battery > 100:
		return fmt.Errorf("%w: a battery has 0 to 100 percent", ErrPlan)
	}
	return nil
}

// Runs reports whether the plan ever runs by itself.
func (p *Plan) Runs() bool { return len(p.Times) > 0 || p.Every > 0 || p.OnChange.Quiet > 0 }
