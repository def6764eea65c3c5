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

// layouts are the forms that package time reads, and whether they carry a
// zone of their own.
var layouts = []struct {
	layout string
	zoned  bool
}{
	{"20060102T150405Z", true},
	{"2006-01-02T15:04:05Z07:00", true},
	{"2006-01-02T15:04:05", false},
	{"2006-1-2", false},
	{"2006/1/2", false},
	{"1/2/2006", false},
	{"1-2-2006", false},
	{"20060102Z", false},
}

// Parse reads a point in time. What carries no zone is in loc; an interval is
// that long before now.
func Parse(s string, now time.Time, loc *time.Location) (time.Time, error) {
	if s == "now" {
		return now, nil
	}
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return epoch(s, seconds)
	}
	if d, err := ParseInterval(s); err == nil {
		return now.Add(-d), nil
	}
	for _, l := range layouts {
		zone := loc
		if l.zoned {
			zone = time.UTC
		}
		if t, err := time.ParseInLocation(l.layout, s, zone); err == nil {
			return t, nil
		}
	}
	return rollOver(s, loc)
}

func epoch(s string, seconds int64) (time.Time, error) {
	if seconds < 0 || seconds > math.MaxInt32*64 {
		return time.Time{}, fmt.Errorf("%q: %w", s, ErrFormat)
	}
	return time.Unix(seconds, 0), nil
}

// date finds the three numbers of a date.
var date = regexp.MustCompile(`^(?:(\d{4})([-/])(\d{1,2})([-/])(\d{1,2})|(\d{1,2})([-/])(\d{1,2})([-/])(\d{4}))$`)

// rollOver reads a date whose day lies behind the end of its month: it counts
// on into the next one, as the C library does.
func rollOver(s string, loc *time.Location) (time.Time, error) {
	m := date.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, fmt.Errorf("%q: %w", s, ErrFormat)
	}
	y, mo, d, sep, sep2 := m[1], m[3], m[5], m[2], m[4]
	if y == "" {
		mo, d, y, sep, sep2 = m[6], m[8], m[10], m[7], m[9]
	}
	year, _ := strconv.Atoi(y)
	month, _ := strconv.Atoi(mo)
	day, _ := strconv.Atoi(d)
	if sep != sep2 || month < 1 || month > 12 || day < 1 || day > 31 {
		return time.Time{}, fmt.Errorf("%q: %w", s, ErrFormat)
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, loc), nil
}

const day = 24 * time.Hour

// units are what an interval counts; a month and a year are 30 and 365 days.
var units = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour,
	'D': day, 'W': 7 * day, 'M': 30 * day, 'Y': 365 * day,
}

// ParseInterval reads a length of time: numbers with their units, as in
// "1h78m".
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
