package retention

import (
	"math"
	"time"
)

// byFrames thins as Duplicati does: the newest aside, each version belongs to
// the smallest frame that reaches it, and each frame is walked from its oldest
// version on.
func (c *chooser) byFrames(now int64) {
	w := c.widths
	c.rewind(now)
	for f := range w {
		w[f].bound = math.MinInt64
		if w[f].reach != forever {
			w[f].bound = now - w[f].reach
		}
	}
	newest, f := len(c.items)-1, len(w)
	c.walked, c.settled = c.settled, newest
	c.marks[newest] = mark{Newest, 0, -1}
	for i := c.walked; i < newest; i++ {
		wall := c.items[i].wall
		// Where clocks were turned back, the next version is in a wider frame.
		for f > 0 && wall >= w[f-1].bound {
			f--
		}
		for f < len(w) && wall < w[f].bound {
			f++
		}
		if f == len(w) {
			c.marks[i] = mark{TooOld, int32(f - 1), -1}
			continue
		}
		w[f].reaches(i, wall)
		c.marks[i] = mark{c.inFrame(&w[f], &c.items[i]), int32(f), w[f].last}
		if m := c.marks[i].rule; m.Keeps() && m != NotWhole {
			w[f].last = int32(i)
		}
	}
}

// reaches notes that a version is in the frame.
func (w *width) reaches(i int, wall int64) {
	if w.first < 0 {
		w.first = int32(i)
	}
	if w.reach != forever {
		w.leaves = min(w.leaves, wall+w.reach)
	}
}

// rewind goes back to the first version of which something may have changed
// since the last walk: it has left its frame.
func (c *chooser) rewind(now int64) {
	to := c.settled
	for f := range c.widths {
		if w := &c.widths[f]; now > w.leaves {
			to = min(to, int(w.first))
		}
	}
	if now < c.wall { // where clocks were turned back, it may be in one again
		to = 0
	}
	c.wall = now
	c.unwind(to)
}

// unwind forgets what the walk through frames came to from an index on.
func (c *chooser) unwind(to int) {
	c.settled = to
	for f := range c.widths {
		w := &c.widths[f]
		for int(w.last) >= to {
			w.last = c.marks[w.last].other
		}
		if int(w.first) >= to {
			w.first, w.leaves = -1, forever
		}
	}
}

// inFrame decides about a version of a frame of which all older ones were seen.
func (c *chooser) inFrame(w *width, it *item) Rule {
	switch {
	case it.Partial:
		return NotWhole
	case w.keepAll:
		return KeepAll
	case w.last < 0:
		return FirstOfFrame
	case c.policy.Slots != nil:
		if w.slots.of(it.slots) == w.slots.of(c.items[w.last].slots) {
			return SlotHas
		}
		return FirstOfSlot
	case it.wall-c.items[w.last].wall < w.apart:
		return TooSoon
	}
	return FarEnough
}

// byCount is Duplicati's keep-versions.
func (c *chooser) byCount() {
	n := c.policy.Versions
	whole, pending := 0, len(c.items)
	for i := len(c.items) - 1; i >= 0; i-- {
		switch {
		case n >= len(c.items):
			c.marks[i] = mark{Counted, 0, -1}
		case whole == n:
			c.marks[i] = mark{TooMany, 0, -1}
		case c.items[i].Partial:
			c.marks[i] = mark{NotWhole, 0, -1}
		default:
			// What is not whole and lies between two that count goes.
			for j := i + 1; j < pending && whole > 0; j++ {
				c.marks[j] = mark{Replaced, 0, -1}
			}
			c.marks[i], pending = mark{Counted, 0, -1}, i
			whole++
		}
	}
}

// byAge is Duplicati's keep-time.
func (c *chooser) byAge(now int64) {
	t := c.policy.Time
	tolerance := min(t.Length()/100, 3600)
	if c.policy.Tolerance != nil {
		tolerance = c.policy.Tolerance.Length()
	}
	threshold := t.before(now) - tolerance
	whole, ended := false, false
	for i := len(c.items) - 1; i >= 0; i-- {
		it := &c.items[i]
		young := it.wall >= threshold
		ended = ended || !young && whole
		switch {
		case ended:
			c.marks[i] = mark{TooOld, 0, -1}
		case young:
			c.marks[i] = mark{Young, 0, -1}
		case it.Partial:
			c.marks[i] = mark{NotWhole, 0, -1}
		default:
			c.marks[i] = mark{NewestWhole, 0, -1}
		}
		whole = whole || !it.Partial
	}
}

// quota counts the periods that still keep a version.
type quota struct {
	rule   int // its index among those of Keep, and from periods on those of within
	period period
	left   int   // negative without end
	from   int64 // the oldest second that it looks at
	seen   bool
	last   int64
}

// wants reports that the rule keeps a version, the next older one.
func (q *quota) wants(it *item, oldest bool) bool {
	number := it.slots.number(q.period)
	if q.left == 0 || it.Time.Unix() < q.from || q.seen && q.period != each && number == q.last && !oldest {
		return false
	}
	q.seen, q.last = true, number
	if q.left > 0 {
		q.left--
	}
	return true
}

// byKeep is restic's forget. What is not whole takes no place, and goes once a
// whole version followed.
func (c *chooser) byKeep(now time.Time) {
	quotas := c.quotas(now)
	oldest := 0
	for oldest < len(c.items)-1 && c.items[oldest].Partial {
		oldest++
	}
	whole := false
	for i := len(c.items) - 1; i >= 0; i-- {
		it := &c.items[i]
		m := mark{Unwanted, 0, -1}
		switch {
		case hasTags(it.Version, c.policy.Keep.Tags):
			m = mark{Tagged, 0, -1}
		case it.Partial && !whole:
			m.rule = NotWhole
		case it.Partial:
			m.rule = Replaced
		}
		if !it.Partial {
			whole = true
			for q := range quotas {
				if quotas[q].wants(it, i == oldest) && m.rule == Unwanted {
					m = mark{InPeriod, int32(quotas[q].rule), -1}
				}
			}
		}
		c.marks[i] = m
	}
}

// quotas are the rules that are used. Those within a time count it back from
// the newest version that is not in the future.
func (c *chooser) quotas(now time.Time) (all []quota) {
	latest := &c.items[0]
	for i := range c.items {
		if !c.items[i].Time.After(now) {
			latest = &c.items[i]
		}
	}
	back := func(s Span) int64 { return latest.Time.Unix() - (latest.slots.wall - s.before(latest.slots.wall)) }
	for i, r := range c.policy.Keep.rules() {
		if *r.count != 0 {
			all = append(all, quota{rule: i, period: r.period, left: *r.count, from: math.MinInt64})
		}
		if !r.within.IsZero() {
			all = append(all, quota{rule: int(periods) + i, period: r.period, left: -1, from: back(*r.within)})
		}
	}
	return all
}
