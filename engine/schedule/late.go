package schedule

import (
	"slices"
	"time"
)

const (
	// grace is how old a newest version may always be: a computer sleeps at night.
	grace = 24 * time.Hour
	// byHand is how old it may be when nothing says when the next one comes.
	byHand = 7 * 24 * time.Hour
	// atWork is how long a run may take, and still be in time.
	atWork = time.Hour
)

// Late reports whether the newest version, made at good, is older than the plan
// promises: two times of it have passed since, or changes are a day old. Where
// nothing changed, a plan that follows changes is never late.
func Late(p *Plan, h History, good, now time.Time, zone *time.Location) bool {
	h = h.believe(now)
	if age := now.Sub(good); age <= grace {
		return false
	} else if !p.Runs() {
		return age > byHand
	}
	if p.Every > 0 && now.Sub(good) > 2*p.Every+atWork {
		return true
	}
	if o := p.OnChange; o.Quiet > 0 && !h.FirstChange.IsZero() && now.Sub(h.FirstChange) > grace+o.patience() {
		return true
	}
	return p.slotsPassed(good, now.Add(-atWork), zone, 2)
}

// slotsPassed reports whether n slots lie after a moment and not after another.
func (p *Plan) slotsPassed(after, until time.Time, zone *time.Location, n int) bool {
	for range n {
		slot, ok := p.nextSlot(after, zone)
		if !ok || slot.After(until) {
			return false
		}
		after = slot
	}
	return true
}

// MissedSlots are the newest times of the plan since the last run that count as
// missed, oldest first and most of them at most: what a run made up for, or will.
func MissedSlots(p *Plan, h History, now time.Time, zone *time.Location, most int) (slots []time.Time) {
	h = h.believe(now)
	served := h.Started
	if h.Created.After(served) {
		served = h.Created
	}
	for end := now.Add(-late); len(slots) < most; {
		slot, ok := p.lastSlotBefore(end, zone)
		if !ok || !slot.After(served) {
			break
		}
		slots = append(slots, slot)
		end = slot.Add(-time.Second)
	}
	slices.Reverse(slots)
	return slots
}

// lastSlotBefore is the newest slot at or before a moment.
func (p *Plan) lastSlotBefore(at time.Time, zone *time.Location) (time.Time, bool) {
	return p.lastSlot(at.AddDate(0, 0, -longestWeek), at, zone)
}
