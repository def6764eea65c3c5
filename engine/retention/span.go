package retention

import (
	"fmt"
	"strings"
	"time"
)

// Span is a length of time in the units it was written in. Where a length is
// needed, a month is 30 days and a year 365, as Duplicati has it since 2025;
// where a date is needed, they are those of the calendar.
type Span struct {
	Years, Months, Weeks, Days, Hours, Minutes, Seconds int
}

// unit is one unit of a Span.
type unit struct {
	letter  byte
	word    string
	seconds int64
}

// units are from large to small, as the fields of Span are.
var units = [...]unit{
	{'Y', "year", 365 * 86400},
	{'M', "month", 30 * 86400},
	{'W', "week", 7 * 86400},
	{'D', "day", 86400},
	{'h', "hour", 3600},
	{'m', "minute", 60},
	{'s', "second", 1},
}

// parts are the fields, in the order of units.
func (s *Span) parts() [len(units)]*int {
	return [len(units)]*int{&s.Years, &s.Months, &s.Weeks, &s.Days, &s.Hours, &s.Minutes, &s.Seconds}
}

// Days is a Span of so many days.
func Days(n int) Span { return Span{Days: n} }

// SpanOf is a Span of whole seconds in the largest units that leave no rest,
// months and years not among them.
func SpanOf(d time.Duration) Span {
	rest := int64(d / time.Second)
	var s Span
	for i, part := range s.parts() {
		if units[i].letter != 'Y' && units[i].letter != 'M' && rest%units[i].seconds == 0 {
			*part = int(rest / units[i].seconds)
			break
		}
	}
	return s
}

// Length is how many seconds it is, by months of 30 and years of 365 days.
func (s Span) Length() int64 {
	var n int64
	for i, part := range s.parts() {
		n += int64(*part) * units[i].seconds
	}
	return n
}

// IsZero reports that it has no length.
func (s Span) IsZero() bool { return s.Length() == 0 }

// String writes it as Parse reads it: "1D12h", "0s".
func (s Span) String() string {
	var b strings.Builder
	for i, part := range s.parts() {
		if *part != 0 {
			fmt.Fprintf(&b, "%d%c", *part, units[i].letter)
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// Words writes it for people: "1 day 12 hours".
func (s Span) Words() string {
	var words []string
	for i, part := range s.parts() {
		if *part != 0 {
			words = append(words, countOf(*part, units[i].word))
		}
	}
	if len(words) == 0 {
		return "no time"
	}
	return strings.Join(words, " ")
}

func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// single returns the one unit that it is written in, and how many of it; ok is
// false when there are several, or none.
func (s Span) single() (n int, letter byte, ok bool) {
	for i, part := range s.parts() {
		switch {
		case *part == 0:
		case ok:
			return 0, 0, false
		default:
			n, letter, ok = *part, units[i].letter, true
		}
	}
	return n, letter, ok
}

// before is that long before a moment of a wall clock by the calendar: a month
// before 31 March is the last day of February.
func (s Span) before(wall int64) int64 { return s.shift(wall, -1) }

// after is that long after it.
func (s Span) after(wall int64) int64 { return s.shift(wall, 1) }

func (s Span) shift(wall int64, sign int) int64 {
	t := time.Unix(wall, 0).UTC()
	year, month, day := t.Date()
	months := year*12 + int(month) - 1 + sign*(s.Years*12+s.Months)
	first := time.Date(months/12, time.Month(months%12+1), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	rest := Span{Weeks: s.Weeks, Days: s.Days, Hours: s.Hours, Minutes: s.Minutes, Seconds: s.Seconds}
	return first.Unix() + int64(min(day, last)-1)*86400 + wall - floor(wall, 86400)*86400 + int64(sign)*rest.Length()
}

// floor divides and rounds down.
func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}
