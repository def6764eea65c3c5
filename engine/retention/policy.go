package retention

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Policy says which versions stay. It is plain data: change a frame and String
// writes the new text. At most one of Frames, Versions, Time and Keep is used;
// when none is, every version stays.
type Policy struct {
	// Frames are Duplicati's retention policy. Their order counts only between
	// two of the same reach: the first one takes all.
	Frames []Frame
	// Versions is Duplicati's keep-versions: how many; 0 and less is not used.
	Versions int
	// Time is Duplicati's keep-time: how old a version may become.
	Time Span
	// Keep are restic's and Borg's rules.
	Keep Keep

	// AtLeast is how many whole versions stay whatever the rules say: the
	// newest of those that they would drop. 0 adds nothing to the one that
	// always stays.
	AtLeast int
	// Tolerance is by how much too soon a version may come: of frames, so that
	// a job that starts some seconds early loses nothing (at most half an
	// interval counts); of Time, in place of Duplicati's 1 %. nil leaves frames
	// and Time as Duplicati has them.
	Tolerance *Span
	// Slots makes intervals of frames slots of the calendar of a time zone, of
	// which the first version stays, instead of distances. For Keep it is the
	// zone of the periods, in place of that of each version. time.Local stands
	// for the zone in which the policy is applied.
	Slots *time.Location
}

// Frame is how densely versions are kept up to some age.
type Frame struct {
	// Reach is that age; Forever stands for one without end.
	Reach   Span
	Forever bool
	// Every is how far apart versions must be; zero keeps all.
	Every Span
}

// Keep are restic's and Borg's rules. A version stays when one of them says so.
type Keep struct {
	// Last keeps that many of the newest. The others keep the newest of each of
	// so many periods that have any, and the oldest of all while they have not
	// found so many. Weeks are those of ISO 8601. Negative numbers are without
	// end.
	Last, Hourly, Daily, Weekly, Monthly, Yearly int
	// Within keeps what is at most that much older than the newest, and the
	// others the newest of each period in it, all by the calendar.
	Within, WithinHourly, WithinDaily, WithinWeekly, WithinMonthly, WithinYearly Span
	// Tags keeps what carries one of them; "a,b" asks for both. As text that is
	// "a&b".
	Tags []string
}

// IsEmpty reports that no rule is there.
func (k *Keep) IsEmpty() bool {
	for _, r := range k.rules() {
		if *r.count != 0 || !r.within.IsZero() {
			return false
		}
	}
	return len(k.Tags) == 0
}

// keepRule is one rule of Keep with both its forms.
type keepRule struct {
	name   string // after "keep-", and after "keep-within-"
	period period
	count  *int
	within *Span
}

func (k *Keep) rules() []keepRule {
	return []keepRule{
		{"last", each, &k.Last, &k.Within},
		{"hourly", hour, &k.Hourly, &k.WithinHourly},
		{"daily", day, &k.Daily, &k.WithinDaily},
		{"weekly", week, &k.Weekly, &k.WithinWeekly},
		{"monthly", month, &k.Monthly, &k.WithinMonthly},
		{"yearly", year, &k.Yearly, &k.WithinYearly},
	}
}

// Text is what the rule is called.
func (r *keepRule) text() string { return "keep-" + r.name }

func (r *keepRule) withinText() string {
	if r.period == each {
		return "keep-within"
	}
	return "keep-within-" + r.name
}

// KeepsAll reports that no rule drops anything.
func (p *Policy) KeepsAll() bool {
	return len(p.Frames) == 0 && p.Versions <= 0 && p.Time.IsZero() && p.Keep.IsEmpty()
}

// String writes the text that Parse reads, always the same one for the same
// policy, frames by their reach.
func (p Policy) String() string {
	var entries []string
	add := func(name string, value any) { entries = append(entries, fmt.Sprintf("%s=%v", name, value)) }
	for _, f := range p.sorted() {
		entries = append(entries, f.String())
	}
	if p.Versions > 0 {
		add("keep-versions", p.Versions)
	}
	if !p.Time.IsZero() {
		add("keep-time", p.Time)
	}
	p.Keep.write(add)
	if p.AtLeast > 0 {
		add("at-least", p.AtLeast)
	}
	if p.Tolerance != nil {
		add("tolerance", *p.Tolerance)
	}
	if p.Slots != nil {
		add("slots", p.Slots)
	}
	return strings.Join(entries, ",")
}

func (k *Keep) write(add func(name string, value any)) {
	for _, r := range k.rules() {
		switch {
		case *r.count < 0:
			add(r.text(), "unlimited")
		case *r.count > 0:
			add(r.text(), *r.count)
		}
	}
	for _, r := range k.rules() {
		if !r.within.IsZero() {
			add(r.withinText(), *r.within)
		}
	}
	for _, tag := range k.Tags {
		add("keep-tag", strings.ReplaceAll(tag, ",", "&"))
	}
}

// String writes one frame: "1W:1D", "U:1M", "7D:U".
func (f Frame) String() string {
	reach, every := f.Reach.String(), f.Every.String()
	if f.Forever {
		reach = "U"
	}
	if f.Every.IsZero() {
		every = "U"
	}
	return reach + ":" + every
}

// reach is the age in seconds, the largest number when it has no end.
func (f *Frame) reach() int64 {
	if f.Forever {
		return forever
	}
	return f.Reach.Length()
}

const forever = 1<<63 - 1

// sorted are the frames by their reach.
func (p *Policy) sorted() []Frame {
	frames := slices.Clone(p.Frames)
	slices.SortStableFunc(frames, func(a, b Frame) int { return cmp.Compare(a.reach(), b.reach()) })
	return frames
}

// Validate says what is wrong with a policy that was not parsed. Its errors are
// *Error, which tells the frame.
func (p *Policy) Validate() error {
	for i, f := range p.Frames {
		if err := f.check(p.Slots != nil); err != nil {
			err.Frame = i
			return err
		}
	}
	kinds := 0
	for _, used := range []bool{len(p.Frames) > 0, p.Versions > 0, !p.Time.IsZero(), !p.Keep.IsEmpty()} {
		if used {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		return problem(exclusive)
	case !p.Time.IsZero() && p.Time.Length() <= shortestTime:
		return problem(tooShortTime)
	case p.Tolerance != nil && (p.Tolerance.Length() < 0 || p.Tolerance.Length() > longestTolerance):
		return problem(badTolerance)
	case p.Tolerance != nil && len(p.Frames) == 0 && p.Time.IsZero():
		return problem(idleTolerance)
	case p.Slots != nil && len(p.Frames) == 0 && p.Keep.IsEmpty():
		return problem(idleSlots)
	}
	return nil
}

// The sentences that are needed in two places.
const (
	exclusive     = "frames, keep-versions, keep-time and the other keep rules exclude one another"
	tooShortTime  = "keep-time must be longer than 5 minutes"
	badTolerance  = "a tolerance is from 0s to 1h"
	idleTolerance = "tolerance belongs to frames and to keep-time"
	idleSlots     = "slots belong to frames and to keep rules by hours, days, weeks, months or years"
	tooFar        = "that reaches back more than 2000 years: write U for a frame without end"

	shortestTime     = 5 * 60
	longestTolerance = 3600
	longestReach     = 2000 * 365 * 86400
)

// check looks at one frame; the error is at its interval unless Half says that
// it is at its reach.
func (f *Frame) check(slots bool) *Error {
	every := f.Every.Length()
	switch {
	case !f.Forever && f.Reach.Length() < 0:
		return &Error{Half: 1, Problem: "a frame cannot be negative"}
	case !f.Forever && f.Reach.Length() > longestReach:
		return &Error{Half: 1, Problem: tooFar}
	case every < 0:
		return &Error{Half: 2, Problem: "an interval cannot be negative"}
	case every > longestReach:
		return &Error{Half: 2, Problem: tooFar}
	case !f.Forever && every > 0 && every >= f.Reach.Length():
		return &Error{Half: 2, Problem: fmt.Sprintf("the interval must be shorter than its frame, and %s is not shorter than %s", f.Every, f.Reach)}
	}
	if n, _, ok := f.Every.single(); slots && every > 0 && (!ok || n < 0) {
		return &Error{Half: 2, Problem: "with slots, an interval is written in one unit, such as 1D or 2M"}
	}
	return nil
}

// Error says what is wrong with a policy, and where.
type Error struct {
	// Text is what was parsed, "" when nothing was.
	Text string
	// Offset is the first byte in Text that is wrong, and Length how many are;
	// at the end of Text, where something is missing, that is 0.
	Offset, Length int
	// Frame is the index of the frame that it is in, -1 when it is in none; Half
	// is 1 for the reach of that frame, 2 for its interval, 0 for the whole.
	Frame, Half int
	// Problem is the sentence, without a capital and a full stop.
	Problem string
}

func problem(sentence string) *Error { return &Error{Frame: -1, Problem: sentence} }

// Error tells the character, counted from 1.
func (e *Error) Error() string {
	if e.Text == "" {
		return e.Problem
	}
	return fmt.Sprintf("%q: character %d: %s", e.Text, e.Column(), e.Problem)
}

// Column counts the characters up to the one that is wrong, from 1.
func (e *Error) Column() int { return len([]rune(e.Text[:e.Offset])) + 1 }

// Caret returns the text, and a line with a mark below what is wrong.
func (e *Error) Caret() (text, mark string) {
	printable := func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}
	wide := max(len([]rune(e.Text[e.Offset:e.Offset+e.Length])), 1)
	return strings.Map(printable, e.Text), strings.Repeat(" ", e.Column()-1) + strings.Repeat("^", wide)
}
