package retention

import (
	"slices"
	"strings"
	"time"
)

// Version is one version, as far as retention is concerned.
type Version struct {
	// ID names it to the caller.
	ID   string
	Time time.Time
	// Partial tells that it is not whole: its run was stopped, or something of
	// it is lost.
	Partial bool
	// Chain names the versions that need one another: each needs those of its
	// chain that are older. "" stands alone.
	Chain string
	Tags  []string
	// Pin keeps it, nil does not.
	Pin *Pin
	// Size is how many bytes removing it gives back, 0 when that is not known.
	Size int64
}

// Rule is what keeps a version or drops it.
type Rule uint8

// The rules. Those up to NeededLater keep, the others drop.
const (
	Newest       Rule = iota // the newest always stays
	NewestWhole              // so does the newest that is whole
	Pinned                   // somebody wants it kept
	KeepAll                  // its frame keeps all
	FirstOfFrame             // the oldest of its frame
	FarEnough                // far enough after the one kept before it
	FirstOfSlot              // the first of its slot of the calendar
	NotWhole                 // not whole, and frames and rules leave it
	Counted                  // among so many of the newest
	Young                    // younger than keep-time
	InPeriod                 // the newest of its hour, day and so on
	Tagged                   // carries a tag
	NoRules                  // there are no rules
	MinimumCount             // so that enough stay
	NeededLater              // versions that stay are built on it, or it is of a chain that cannot be shortened

	TooSoon  // too close to the one kept before it
	SlotHas  // its slot has an older one
	TooOld   // older than every frame, or than keep-time
	TooMany  // there are enough newer ones
	Unwanted // no keep rule wants it
	Replaced // not whole, and a whole one followed
)

// Keeps reports that the rule keeps.
func (r Rule) Keeps() bool { return r <= NeededLater }

// String names the rule for programs.
func (r Rule) String() string {
	return [...]string{
		"newest", "newest whole", "pinned", "keep all", "first of frame", "far enough", "first of slot", "not whole", "counted", "young",
		"in period", "tagged", "no rules", "minimum count", "needed later", "too soon", "slot has one", "too old", "too many", "unwanted", "replaced",
	}[r]
}

// mark is what becomes of a version.
type mark struct {
	rule Rule
	// frame is the index of its frame, or of the rule among those of Keep.
	frame int32
	// other is the index of the version that was kept before it, -1 for none.
	other int32
}

// item is a version prepared for choosing again and again.
type item struct {
	*Version
	clock         // in the zone where distances are measured
	slots   clock // in the zone of slots, or in the version's own
	chainNo int   // -1 for none
}

// width is a frame in seconds, and what choosing in it has come to.
type width struct {
	reach   int64
	keepAll bool
	apart   int64   // less the tolerance
	slots   slotter // of the interval
	bound   int64   // the oldest second that it reaches
	last    int32   // the last one kept, -1 for none
	first   int32   // the first one in it, -1 for none
	leaves  int64   // the second after which it no longer reaches one of them
}

// chooser applies a policy to a growing and shrinking list. Frames are walked
// from the first version on of which something may have changed: what becomes of
// one depends on older ones alone.
type chooser struct {
	policy Policy
	frames []Frame
	widths []width // of frames
	zone   *time.Location
	items  []item // oldest first
	marks  []mark
	chains map[string]int
	pins   bool // some were pinned

	settled int   // the marks before this index stay, and keep
	walked  int   // the settled of the last choice, from which on something may go
	wall    int64 // of the last walk through frames
}

func newChooser(p Policy, zone *time.Location) *chooser {
	if zone == nil {
		zone = time.Local
	}
	c := &chooser{policy: p, frames: p.sorted(), zone: zone, chains: map[string]int{}}
	for _, f := range c.frames {
		every := f.Every.Length()
		w := width{reach: f.reach(), keepAll: every == 0, apart: every, slots: slotterOf(f.Every), last: -1, first: -1, leaves: forever}
		if p.Tolerance != nil {
			w.apart -= min(p.Tolerance.Length(), every/2)
		}
		c.widths = append(c.widths, w)
	}
	return c
}

// add puts a version behind those that are there; it must not be older.
func (c *chooser) add(v *Version) {
	own := v.Time.Location()
	switch c.policy.Slots {
	case nil:
	case time.Local: // which package time reads once
		own = c.zone
	default:
		own = c.policy.Slots
	}
	it := item{Version: v, clock: clock{wall: wallOf(v.Time, c.zone)}, slots: clockOf(v.Time, own), chainNo: -1}
	if v.Chain != "" {
		no, ok := c.chains[v.Chain]
		if !ok {
			no = len(c.chains)
			c.chains[v.Chain] = no
		}
		it.chainNo = no
	}
	c.pins = c.pins || v.Pin != nil
	c.items = append(c.items, it)
}

// addAll puts versions in their order.
func (c *chooser) addAll(all []Version) {
	sorted := make([]*Version, len(all))
	for i := range all {
		sorted[i] = &all[i]
	}
	slices.SortStableFunc(sorted, func(a, b *Version) int { return a.Time.Compare(b.Time) })
	for _, v := range sorted {
		c.add(v)
	}
}

// choose fills marks with what becomes of items. Before it is called again, what
// was dropped must be swept.
func (c *chooser) choose(now time.Time) {
	c.marks = slices.Grow(c.marks[:c.settled], len(c.items)-c.settled)[:len(c.items)]
	if len(c.items) == 0 {
		return
	}
	p := &c.policy
	wall := wallOf(now, c.zone)
	c.walked = 0
	switch {
	case len(c.frames) > 0:
		c.byFrames(wall)
	case p.Versions > 0:
		c.byCount()
	case !p.Time.IsZero():
		c.byAge(wall)
	case !p.Keep.IsEmpty():
		c.byKeep(now)
	default:
		for i := range c.marks {
			c.marks[i] = mark{NoRules, 0, -1}
		}
	}
	c.guard(now)
}

// guard keeps what no rule may drop.
func (c *chooser) guard(now time.Time) {
	newest := len(c.items) - 1
	c.rescue(newest, Newest)
	for i := newest; i >= 0; i-- {
		if !c.items[i].Partial {
			c.rescue(i, NewestWhole)
			break
		}
	}
	for i := 0; c.pins && i < len(c.items); i++ {
		if c.items[i].Pin.Holds(now) {
			c.rescue(i, Pinned)
		}
	}
	if c.policy.AtLeast > 1 {
		c.keepEnough()
	}
	if len(c.chains) > 0 {
		c.keepChains()
	}
}

// rescue keeps a version that would go.
func (c *chooser) rescue(i int, r Rule) {
	if !c.marks[i].rule.Keeps() {
		c.marks[i] = mark{r, 0, -1}
		c.settled = min(c.settled, i)
	}
}

// keepEnough keeps the newest of what would go, so that enough whole ones stay.
func (c *chooser) keepEnough() {
	missing := c.policy.AtLeast
	for i, m := range c.marks {
		if m.rule.Keeps() && !c.items[i].Partial {
			missing--
		}
	}
	for i := len(c.marks) - 1; i >= 0 && missing > 0; i-- {
		if !c.marks[i].rule.Keeps() && !c.items[i].Partial {
			c.rescue(i, MinimumCount)
			missing--
		}
	}
}

// keepChains keeps every chain of which anything stays.
func (c *chooser) keepChains() {
	newest := make([]int32, len(c.chains))
	for i := range newest {
		newest[i] = -1
	}
	for i, m := range c.marks {
		if n := c.items[i].chainNo; n >= 0 && m.rule.Keeps() {
			newest[n] = int32(i)
		}
	}
	for i := range c.marks {
		if n := c.items[i].chainNo; n >= 0 && newest[n] >= 0 && !c.marks[i].rule.Keeps() {
			c.marks[i] = mark{NeededLater, 0, newest[n]}
			c.settled = min(c.settled, i)
		}
	}
}

// sweep forgets what was dropped.
func (c *chooser) sweep(dropped func(*Version, Rule)) {
	first := slices.IndexFunc(c.marks[c.walked:], func(m mark) bool { return !m.rule.Keeps() })
	if first < 0 {
		return
	}
	first += c.walked
	c.unwind(min(c.settled, first)) // while marks and items go together
	left := c.items[:first]
	for i := first; i < len(c.items); i++ {
		if m := c.marks[i]; m.rule.Keeps() {
			left = append(left, c.items[i])
		} else {
			dropped(c.items[i].Version, m.rule)
		}
	}
	clear(c.items[len(left):])
	c.items = left
}

// hasTags reports that a version carries all tags of one of the lists.
func hasTags(v *Version, lists []string) bool {
	return slices.ContainsFunc(lists, func(list string) bool {
		for tag := range strings.SplitSeq(list, ",") {
			if !slices.Contains(v.Tags, tag) {
				return false
			}
		}
		return true
	})
}
