package schedule

import (
	"slices"
	"time"
)

// longestWeek bounds the search for a slot: a week, and a day that a zone left
// out.
const longestWeek = 9

// nextSlot is the first slot after a moment.
func (p *Plan) nextSlot(after time.Time, zone *time.Location) (t time.Time, ok bool) {
	if len(p.Times) == 0 {
		return t, false
	}
	times := slices.Sorted(slices.Values(p.Times))
	year, month, day := after.In(zone).Date()
	// A day earlier: a slot of yesterday may lie after midnight where clocks
	// changed.
	for offset := -1; offset < longestWeek; offset++ {
		for _, c := range times {
			slot := wall(year, month, day+offset, c, zone)
			if slot.After(after) && p.Days.Has(weekday(year, month, day+offset)) {
				return slot, true
			}
		}
	}
	return t, false
}

// lastSlot is the last slot at or before a moment, and after another.
func (p *Plan) lastSlot(after, at time.Time, zone *time.Location) (t time.Time, ok bool) {
	start := at.AddDate(0, 0, -longestWeek)
	if start.Before(after) {
		start = after
	}
	for {
		next, more := p.nextSlot(start, zone)
		if !more || next.After(at) {
			return t, ok
		}
		t, ok, start = next, true, next
	}
}

// weekday is that of a day of the calendar, wherever.
func weekday(year int, month time.Month, day int) time.Weekday {
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Weekday()
}

// wall is when the clocks of a zone show a time: the first of two such moments,
// and the moment of the change where there is none.
func wall(year int, month time.Month, day int, c Clock, zone *time.Location) time.Time {
	// As if the zone were at UTC, and then as in each of the offsets around.
	naive := time.Date(year, month, day, 0, int(c), 0, 0, time.UTC)
	var first time.Time
	for _, near := range []time.Time{naive.Add(-26 * time.Hour), naive.Add(26 * time.Hour)} {
		_, offset := near.In(zone).Zone()
		t := naive.Add(-time.Duration(offset) * time.Second).In(zone)
		if shown(t).Equal(naive) && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if !first.IsZero() {
		return first
	}
	// Neither offset shows it: the clocks went past it, and what Go makes of it
	// lies on one side of the change or the other.
	t := time.Date(year, month, day, 0, int(c), 0, 0, zone)
	start, end := t.ZoneBounds()
	if shown(t).After(naive) {
		return start
	}
	return end
}

// shown is the time in UTC at which clocks there show what those at t do.
func shown(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}
