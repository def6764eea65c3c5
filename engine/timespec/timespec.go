// Package timespec reads the points in time and the intervals that people
// write on a command line: duplicity's forms (formats/duplicity.md section
// 2.6). Start with Parse.
package timespec

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

// ErrFormat: the text is no point in time, or no interval.
var ErrFormat = errors.New("not a time: use now, 3D, 2026-11-21, 2026-11-21T07:00:00+02:00 or seconds since 1970")

// forms are the written dates and date-times. A group is named after what it
// holds; no zone means a local one.
var forms = []*regexp.Regexp{
	regexp.MustCompile(`^(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?P<zone>Z)$`),
	regexp.MustCompile(`^(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<zone>Z|[+-]\d\d:\d\d)?$`),
	regexp.MustCompile(`^(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})$`),
	regexp.MustCompile(`^(?P<month>\d{1,2})[-/](?P<day>\d{1,2})[-/](?P<year>\d{4})$`),
	regexp.MustCompile(`^(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)Z$`),
}

// Parse reads a point in time. What carries no zone is in loc, summer time
// included (duplicity forgets that one); an interval is that long before now.
func Parse(s string, now time.Time, loc *time.Location) (time.Time, error) {
	if s == "now" {
		return now, nil
	}
	if seconds, err := strconv.ParseUint(s, 10, 64); err == nil {
		return epoch(s, seconds)
	}
	if d, err := ParseInterval(s); err == nil {
		return now.Add(-d), nil
	}
	for _, form := range forms {
		if m := form.FindStringSubmatch(s); m != nil {
			return civil(s, form, m, loc)
		}
	}
	return time.Time{}, fmt.Errorf("%q: %w", s, ErrFormat)
}

// maxEpoch is the last second of the year 9999: later times cannot be written
// in the names of an archive.
const maxEpoch = 253402300799

func epoch(s string, seconds uint64) (time.Time, error) {
	if seconds > maxEpoch {
		return time.Time{}, fmt.Errorf("%q: %w", s, ErrFormat)
	}
	return time.Unix(int64(seconds), 0), nil
}

// civil makes a time of the groups of a form. A day behind the end of its
// month, and a leap second, count on into what follows, as in the C library.
func civil(s string, form *regexp.Regexp, match []string, loc *time.Location) (time.Time, error) {
	number := func(group string) int {
		i := form.SubexpIndex(group)
		if i < 0 {
			return 0
		}
		n, _ := strconv.Atoi(match[i]) // at most four digits
		return n
	}
	year, month, day := number("year"), number("month"), number("day")
	hour, minute, second := number("hour"), number("minute"), number("second")
	ok := year >= 1901 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
		hour <= 23 && minute <= 59 && second <= 61
	if i := form.SubexpIndex("zone"); ok && i >= 0 && match[i] != "" {
		loc, ok = zone(match[i])
	}
	if !ok {
		return time.Time{}, fmt.Errorf("%q: %w", s, ErrFormat)
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, loc), nil
}

// zone reads "Z" or "+HH:MM".
func zone(s string) (*time.Location, bool) {
	if s == "Z" {
		return time.UTC, true
	}
	hours, _ := strconv.Atoi(s[1:3])
	minutes, _ := strconv.Atoi(s[4:6])
	offset := hours*3600 + minutes*60
	if s[0] == '-' {
		offset = -offset
	}
	return time.FixedZone("", offset), hours <= 24 && minutes <= 60
}

const day = 24 * time.Hour

// units are what an interval counts; a month and a year are 30 and 365 days.
var units = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour,
	'D': day, 'W': 7 * day, 'M': 30 * day, 'Y': 365 * day,
}

// ParseInterval reads a length of time: numbers with their units, as in
// "1h78m". One that time.Duration cannot hold, of 293 years, is an error.
func ParseInterval(s string) (time.Duration, error) {
	var total time.Duration
	for rest := s; ; {
		i := 0
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i == 0 || i == len(rest) {
			return 0, fmt.Errorf("%q: %w", s, ErrFormat)
		}
		n, err := strconv.ParseInt(rest[:i], 10, 64)
		unit, ok := units[rest[i]]
		if err != nil || !ok || n > int64(math.MaxInt64-total)/int64(unit) {
			return 0, fmt.Errorf("%q: %w", s, ErrFormat)
		}
		total += time.Duration(n) * unit
		if rest = rest[i+1:]; rest == "" {
			return total, nil
		}
	}
}
