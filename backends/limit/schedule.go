package limit

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
)

// Rates are bytes per second; 0 means no limit.
type Rates struct{ Upload, Download int64 }

// Days is a set of days of the week: bit 0 is Sunday.
type Days uint8

// EveryDay is the whole week.
const EveryDay Days = 1<<7 - 1

func (d Days) has(day time.Weekday) bool { return d&(1<<day) != 0 }

// wholeDay is the minutes of a day.
const wholeDay = 24 * 60

// Rule says how fast it may go at some hours of some days.
type Rule struct {
	Days Days
	// From and To are minutes since midnight, To the first that is not meant.
	// When To is not after From, it is of the next day: Days are those on
	// which the time begins.
	From, To int
	Rates    Rates
}

// holds tells whether the rule is about that moment.
func (r *Rule) holds(t time.Time) bool {
	minute, today := t.Hour()*60+t.Minute(), t.Weekday()
	if r.From < r.To {
		return r.Days.has(today) && r.From <= minute && minute < r.To
	}
	yesterday := (today + 6) % 7
	return r.Days.has(today) && r.From <= minute || r.Days.has(yesterday) && minute < r.To
}

// Schedule says how fast it may go by the clock on the wall. The zero value
// says nothing. Of the rules that are about a moment the first counts.
type Schedule struct {
	Rules []Rule
	// Else is for the other times; nil leaves them to who asks.
	Else *Rates
}

// At returns what the schedule says about a moment, in the time zone that t
// has. False: nothing.
func (s *Schedule) At(t time.Time) (Rates, bool) {
	for i := range s.Rules {
		if s.Rules[i].holds(t) {
			return s.Rules[i].Rates, true
		}
	}
	if s.Else != nil {
		return *s.Else, true
	}
	return Rates{}, false
}

// mostRules is how many rules a schedule has at most.
const mostRules = 50

// errSchedule is what is wrong with any text that is none.
var errSchedule = errors.New(`a schedule looks like "mon-fri 08:00-18:00 500K/2M; else -": days, hours, upload/download per second`)

// ParseSchedule reads the form that String writes: rules with semicolons
// between them, and "else" last. A rule has days, as "mon-fri" or
// "sat,sun", hours, as "08:00-18:00" or "22:00-06:00", and rates, as
// "500K/2M" for upload and download or "500K" for each of them, with "-" for
// no limit. Days or hours may be left out.
func ParseSchedule(text string) (s Schedule, err error) {
	if strings.TrimSpace(text) == "" {
		return s, nil
	}
	for part := range strings.SplitSeq(text, ";") {
		if s.Else != nil || len(s.Rules) == mostRules {
			return Schedule{}, fmt.Errorf("%w; else is the last, and there are at most %d rules", errSchedule, mostRules)
		}
		if err := s.take(strings.Fields(strings.ToLower(part))); err != nil {
			return Schedule{}, err
		}
	}
	return s, nil
}

// take reads the words of one rule.
func (s *Schedule) take(words []string) error {
	if len(words) == 0 || len(words) > 3 {
		return errSchedule
	}
	rates, err := parseRates(words[len(words)-1])
	if err != nil {
		return err
	}
	words = words[:len(words)-1]
	if slices.Equal(words, []string{"else"}) {
		s.Else = &rates
		return nil
	}
	rule := Rule{EveryDay, 0, wholeDay, rates}
	if len(words) > 0 && !strings.Contains(words[0], ":") {
		if rule.Days, err = parseDays(words[0]); err != nil {
			return err
		}
		words = words[1:]
	}
	if len(words) > 0 {
		if rule.From, rule.To, err = parseHours(words[0]); err != nil {
			return err
		}
		words = words[1:]
	}
	if len(words) > 0 {
		return errSchedule
	}
	s.Rules = append(s.Rules, rule)
	return nil
}

// dayNames are the days, in the order of time.Weekday.
var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func parseDays(text string) (all Days, err error) {
	if text == "daily" {
		return EveryDay, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, last := slices.Index(dayNames[:], from), slices.Index(dayNames[:], to)
		if first < 0 || last < 0 {
			return 0, fmt.Errorf("%w; the days are mon, tue, wed, thu, fri, sat, sun", errSchedule)
		}
		for day := first; ; day = (day + 1) % 7 {
			all |= 1 << day
			if day == last {
				break
			}
		}
	}
	return all, nil
}

func parseHours(text string) (from, to int, err error) {
	first, last, isRange := strings.Cut(text, "-")
	from, ok := parseClock(first)
	to, also := parseClock(last)
	if !isRange || !ok || !also || from == to || from == wholeDay {
		return 0, 0, fmt.Errorf("%w; hours are from 00:00 to 24:00", errSchedule)
	}
	return from, to, nil
}

// parseClock reads minutes since midnight.
func parseClock(text string) (minutes int, ok bool) {
	if len(text) != 5 || text[2] != ':' {
		return 0, false
	}
	h, herr := strconv.ParseUint(text[:2], 10, 8)
	m, merr := strconv.ParseUint(text[3:], 10, 8)
	minutes = int(h)*60 + int(m)
	return minutes, herr == nil && merr == nil && m < 60 && minutes <= wholeDay
}

func parseRates(text string) (r Rates, err error) {
	up, down, both := strings.Cut(text, "/")
	if !both {
		down = up
	}
	if r.Upload, err = parseRate(up); err != nil {
		return r, err
	}
	r.Download, err = parseRate(down)
	return r, err
}

func parseRate(text string) (int64, error) {
	if text == "-" {
		return 0, nil
	}
	n, err := backends.ParseBytes(text)
	if err == nil && n == 0 {
		err = errors.New("no limit is written as -")
	}
	if err != nil {
		return 0, fmt.Errorf("%w; %w", errSchedule, err)
	}
	return n, nil
}

// String is the text form, which ParseSchedule reads.
func (s *Schedule) String() string {
	var all []string
	for i := range s.Rules {
		all = append(all, s.Rules[i].String())
	}
	if s.Else != nil {
		all = append(all, "else "+s.Else.String())
	}
	return strings.Join(all, "; ")
}

// String is one rule of a schedule.
func (r *Rule) String() string {
	var words []string
	if r.Days != EveryDay {
		words = append(words, r.Days.String())
	}
	if r.From != 0 || r.To != wholeDay {
		words = append(words, fmt.Sprintf("%02d:%02d-%02d:%02d", r.From/60, r.From%60, r.To/60, r.To%60))
	}
	return strings.Join(append(words, r.Rates.String()), " ")
}

// String is as in "mon-fri,sun". The week begins on Monday.
func (d Days) String() string {
	var all []string
	for day := 1; day <= 7; day++ {
		last := day
		for last < 7 && d.has(time.Weekday((last+1)%7)) {
			last++
		}
		switch {
		case !d.has(time.Weekday(day % 7)):
		case last == day:
			all = append(all, dayNames[day%7])
		default:
			all = append(all, dayNames[day%7]+"-"+dayNames[last%7])
			day = last
		}
	}
	return strings.Join(all, ",")
}

// String is as in "500K/-".
func (r Rates) String() string {
	if r == (Rates{}) {
		return "-"
	}
	return formatRate(r.Upload) + "/" + formatRate(r.Download)
}

func formatRate(n int64) string {
	switch {
	case n == 0:
		return "-"
	case n%(1<<30) == 0:
		return strconv.FormatInt(n>>30, 10) + "G"
	case n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + "M"
	case n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + "K"
	}
	return strconv.FormatInt(n, 10)
}
