package retention

import (
	"fmt"
	"time"
)

// words says why a version stays or goes.
func (c *chooser) words(i int) string {
	m, p := c.marks[i], &c.policy
	switch m.rule {
	case Newest:
		return "the newest version always stays"
	case NewestWhole:
		return "the newest whole version always stays"
	case Pinned:
		return c.pinWords(c.items[i].Pin)
	case MinimumCount:
		return fmt.Sprintf("so that at least %s stay", countOf(p.AtLeast, "version"))
	case NeededLater:
		if int(m.other) > i {
			return fmt.Sprintf("the rules would drop it, but the version of %s, which stays, is built on it", c.date(c.items[m.other].Time))
		}
		return "the rules would drop it, but a chain is removed as a whole, and older versions of its chain stay"
	case NoRules:
		return "every version stays"
	case Tagged:
		return "it carries a tag that keeps it"
	case Counted:
		if p.Versions == 1 {
			return "the newest whole version"
		}
		return fmt.Sprintf("one of the newest %s", countOf(p.Versions, "version"))
	case TooMany:
		if p.Versions == 1 {
			return "there is a whole version that is newer"
		}
		return fmt.Sprintf("there are %s that are newer", countOf(p.Versions, "whole version"))
	case Young:
		return fmt.Sprintf("not older than %s", p.Time.Words())
	case InPeriod:
		return c.periodWords(int(m.frame))
	case Unwanted:
		return "none of the rules keeps it"
	case Replaced:
		return "not whole, and a whole version followed"
	}
	if len(c.frames) > 0 {
		return c.frameWords(i)
	}
	if m.rule == TooOld {
		return fmt.Sprintf("older than %s", p.Time.Words())
	}
	return "not whole, and no whole version followed yet"
}

func (c *chooser) pinWords(p *Pin) string {
	words := "pinned"
	if p.Reason != "" {
		words += ": " + p.Reason
	}
	if !p.Until.IsZero() {
		words += ", until " + c.date(p.Until)
	}
	return words
}

func (c *chooser) periodWords(rule int) string {
	rules := c.policy.Keep.rules()
	if rule >= int(periods) {
		r := rules[rule-int(periods)]
		if r.period == each {
			return fmt.Sprintf("within %s of the newest", r.within.Words())
		}
		return fmt.Sprintf("the newest of its %s, within %s of the newest of all", periodNames[r.period], r.within.Words())
	}
	r := rules[rule]
	switch {
	case r.period == each && *r.count < 0:
		return "every version stays"
	case r.period == each && *r.count == 1:
		return "the newest version"
	case r.period == each:
		return fmt.Sprintf("one of the newest %s", countOf(*r.count, "version"))
	case *r.count < 0:
		return fmt.Sprintf("the newest of its %s, or the oldest of all", periodNames[r.period])
	}
	return fmt.Sprintf("the newest of its %s, one of the last %d that have any, or the oldest of all", periodNames[r.period], *r.count)
}

var periodNames = [periods]string{hour: "hour", day: "day", week: "week", month: "month", year: "year"}

// frameWords says what a frame does with a version.
func (c *chooser) frameWords(i int) string {
	m := c.marks[i]
	if m.rule == TooOld {
		return "older than " + lengthWords(c.frames[m.frame].Reach)
	}
	promise := promises(c.frames)[m.frame]
	where, f := promise.Ages(), &c.frames[m.frame]
	switch m.rule {
	case KeepAll:
		return fmt.Sprintf("every version stays %s", where)
	case FirstOfFrame:
		return fmt.Sprintf("the oldest one %s", where)
	case FirstOfSlot:
		return fmt.Sprintf("the first of its %s", slotWords(f.Every))
	case SlotHas:
		return fmt.Sprintf("its %s has an older one, of %s", slotWords(f.Every), c.date(c.items[m.other].Time))
	case NotWhole:
		return "not whole, and those stay as long as a frame reaches them"
	}
	apart := SpanOf(time.Duration(c.items[i].wall-c.items[m.other].wall) * time.Second).mixed()
	kept := c.date(c.items[m.other].Time)
	if m.rule == FarEnough {
		return fmt.Sprintf("%s after the one of %s, and %s %s is kept", apart, kept, once(f.Every), where)
	}
	return fmt.Sprintf("only %s after the one of %s, and %s %s is kept", apart, kept, once(f.Every), where)
}

// mixed writes a length in its two largest units.
func (s Span) mixed() string {
	rest, words := s.Length(), ""
	for _, u := range units {
		if u.letter == 'Y' || u.letter == 'M' || u.letter == 'W' || rest < u.seconds {
			continue
		}
		if words != "" {
			return words + " " + countOf(int(rest/u.seconds), u.word)
		}
		words, rest = countOf(int(rest/u.seconds), u.word), rest%u.seconds
	}
	if words == "" {
		return "no time"
	}
	return words
}

func (c *chooser) date(t time.Time) string { return t.In(c.zone).Format("2006-01-02 15:04") }
