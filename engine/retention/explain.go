package retention

import (
	"fmt"
	"strings"
	"time"
)

// Promise is what one frame does, as data.
type Promise struct {
	// From and To are the ages it is about, in seconds; To is the largest number
	// when it has no end. When they are equal, the frame gets nothing.
	From, To int64
	// Apart is how many seconds there are at least between two versions that are
	// whole; 0 keeps all.
	Apart int64

	from, to Frame
}

// Promises are those of the frames, by their reach. With slots or a tolerance
// versions may be closer than Apart: in neighbouring slots, or by the tolerance.
func Promises(p Policy) []Promise { return promises(p.sorted()) }

func promises(frames []Frame) []Promise {
	all := make([]Promise, len(frames))
	for i, f := range frames {
		all[i] = Promise{To: f.reach(), Apart: f.Every.Length(), to: f}
		if i > 0 {
			all[i].From, all[i].from = frames[i-1].reach(), frames[i-1]
		}
	}
	return all
}

// Ages says which versions it is about.
func (p *Promise) Ages() string {
	switch {
	case p.From == 0 && p.to.Forever:
		return "at any age"
	case p.From == 0:
		return fmt.Sprintf("up to %s back", lengthWords(p.to.Reach))
	case p.to.Forever:
		return fmt.Sprintf("more than %s back", lengthWords(p.from.Reach))
	}
	return fmt.Sprintf("between %s and %s back", lengthWords(p.from.Reach), lengthWords(p.to.Reach))
}

// Explain says in plain sentences what a policy does: first one of each frame,
// by their reach, and then what else there is to know.
func Explain(p Policy) []string {
	var said []string
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	frames := p.sorted()
	for _, promise := range promises(frames) {
		say("%s", p.frameSentence(promise))
	}
	switch {
	case len(frames) > 0 && !frames[len(frames)-1].Forever:
		say("Older versions are removed.")
	case p.Versions > 0:
		say("The newest %s, and older ones are removed.", stay(p.Versions, "whole version"))
	case !p.Time.IsZero():
		say("Versions stay for %s, and older ones are removed.", p.Time.Words())
	case !p.Keep.IsEmpty():
		p.Keep.explain(say)
	case p.KeepsAll():
		say("Every version stays.")
		return said
	}
	if p.Slots != nil && !p.Keep.IsEmpty() {
		say("Hours, days, weeks, months and years are those of %s.", zoneWords(p.Slots))
	}
	if p.Tolerance != nil {
		say("A version may come up to %s too early.", p.Tolerance.Words())
	}
	if p.AtLeast > 1 {
		say("At least %s stay, however old they are.", countOf(p.AtLeast, "version"))
	}
	say("The newest version always stays.")
	return said
}

func (p *Policy) frameSentence(f Promise) string {
	ages := f.Ages()
	begin := strings.ToUpper(ages[:1]) + ages[1:]
	switch {
	case f.To == 0:
		return "A frame of no time gets nothing."
	case f.From == f.To:
		return fmt.Sprintf("A second frame of %s gets nothing: the first one takes all.", lengthWords(f.to.Reach))
	case f.Apart == 0:
		return begin + ", every version stays."
	case p.Slots != nil:
		return fmt.Sprintf("%s, the first version of each %s stays (calendar of %s).", begin, slotWords(f.to.Every), zoneWords(p.Slots))
	}
	return fmt.Sprintf("%s, %s stays: the oldest, and then each that comes at least %s after the one kept before it.",
		begin, once(f.to.Every), lengthWords(f.to.Every))
}

// stay says that one or so many of the newest do.
func stay(n int, noun string) string {
	if n == 1 {
		return noun + " stays"
	}
	return countOf(n, noun) + " stay"
}

func (k *Keep) explain(say func(string, ...any)) {
	for _, r := range k.rules() {
		n, name := *r.count, periodNames[r.period]
		switch {
		case n == 0:
		case r.period == each && n < 0:
			say("Every version stays.")
		case r.period == each:
			say("The newest %s.", stay(n, "version"))
		case n < 0:
			say("The newest version of every %s stays, and the oldest of all.", name)
		case n == 1:
			say("The newest version of the last %s that has any stays.", name)
		default:
			say("The newest version of each of the last %s that have any stays.", countOf(n, name))
		}
	}
	for _, r := range k.rules() {
		name := periodNames[r.period]
		switch {
		case r.within.IsZero():
		case r.period == each:
			say("Versions at most %s older than the newest stay.", r.within.Words())
		default:
			say("The newest version of every %s stays for %s, counted back from the newest of all.", name, r.within.Words())
		}
	}
	for _, tag := range k.Tags {
		say("Versions tagged %s stay.", strings.ReplaceAll(tag, ",", " and "))
	}
	say("Other versions are removed.")
}

// once says how often a version stays.
func once(every Span) string {
	if n, letter, ok := every.single(); ok && n == 1 {
		return "one version per " + units[strings.IndexByte(letters, letter)].word
	}
	return "one version per " + every.Words()
}

// slotWords names a slot of the calendar.
func slotWords(every Span) string {
	n, letter, ok := every.single()
	if !ok {
		return "slot of " + every.Words()
	}
	word := units[strings.IndexByte(letters, letter)].word
	if n == 1 {
		return word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// lengthWords writes a length of time, and how many days it is where months or
// years leave that open.
func lengthWords(s Span) string {
	if (s.Months != 0 || s.Years != 0) && s.Length()%86400 == 0 {
		return fmt.Sprintf("%s (%d days)", s.Words(), s.Length()/86400)
	}
	return s.Words()
}

func zoneWords(z *time.Location) string {
	if z == time.Local {
		return "this machine"
	}
	return z.String()
}
