// Package words says numbers and times as people read them.
package words

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Count is a number with its noun.
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + noun + "s"
}

// Number parts thousands with thin spaces.
func Number(n int64) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString("\u2009")
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Size is bytes in decimal units, with three significant digits.
func Size(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB", "PB", "EB"}
	v, i := float64(n), 0
	for v >= 999.5 && i < len(units)-1 {
		v /= 1000
		i++
	}
	switch {
	case i == 0 || v >= 99.95:
		return fmt.Sprintf("%.0f %s", v, units[i])
	case v >= 9.995:
		return fmt.Sprintf("%.1f %s", v, units[i])
	}
	return fmt.Sprintf("%.2f %s", v, units[i])
}

// Ago is a time seen from now: near ones relative, others as a date.
func Ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "never"
	case d < 45*time.Second:
		return "just now"
	case d < 90*time.Minute:
		return Count(int64((d+30*time.Second)/time.Minute), "minute") + " ago"
	case sameDay(t, now):
		return "today at " + t.Local().Format("15:04")
	case sameDay(t, now.AddDate(0, 0, -1)):
		return "yesterday at " + t.Local().Format("15:04")
	}
	return Moment(t, now)
}

// Near is Ago in few letters, for lists: the day is enough.
func Near(t, now time.Time) string {
	switch {
	case t.IsZero() || sameDay(t, now):
		return Ago(t, now)
	case sameDay(t, now.AddDate(0, 0, -1)):
		return "yesterday"
	case t.Local().Year() == now.Local().Year():
		return t.Local().Format("2 Jan")
	}
	return t.Local().Format("2 Jan 2006")
}

func sameDay(a, b time.Time) bool {
	return a.Local().Format(time.DateOnly) == b.Local().Format(time.DateOnly)
}

// Moment is a date and time, with the year when it is not this one.
func Moment(t, now time.Time) string {
	if t.Local().Year() == now.Local().Year() {
		return t.Local().Format("Mon 2 Jan 15:04")
	}
	return t.Local().Format("2 Jan 2006 15:04")
}

// Clock is a time of the day.
func Clock(t time.Time) string { return t.Local().Format("15:04") }

// Day is a date without its time: near ones by their name.
func Day(t, now time.Time) string {
	switch {
	case sameDay(t, now):
		return "Today"
	case sameDay(t, now.AddDate(0, 0, -1)):
		return "Yesterday"
	case t.Local().Year() == now.Local().Year():
		return t.Local().Format("Monday 2 January")
	}
	return t.Local().Format("2 January 2006")
}

// Sentence begins with a capital.
func Sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// Took is how long something lasted.
func Took(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < 100*time.Second:
		return Count(int64(d/time.Second), "second")
	case d < 100*time.Minute:
		return Count(int64((d+30*time.Second)/time.Minute), "minute")
	}
	return Count(int64((d+30*time.Minute)/time.Hour), "hour")
}

// List joins names as a sentence does.
func List(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// Printable is a path that a person can read, whatever its bytes are.
func Printable(path string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(path, "\uFFFD"))
}

// Left is a remaining time as a range, "" when too little is known.
func Left(done, total int64, elapsed time.Duration) string {
	if total <= 0 || done <= 0 || done >= total || elapsed < 3*time.Second {
		return ""
	}
	rest := time.Duration(float64(elapsed) * float64(total-done) / float64(done))
	low, high := rest*8/10, rest*13/10
	switch {
	case high < time.Minute:
		return "less than a minute"
	case high < 90*time.Minute:
		a, b := int64(low/time.Minute), int64(high/time.Minute)+1
		return fmt.Sprintf("about %d–%d minutes", max(a, 1), b)
	}
	return fmt.Sprintf("about %d–%d hours", max(int64(low/time.Hour), 1), int64(high/time.Hour)+1)
}

// Middle shortens a path in its middle.
func Middle(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	head := most / 3
	return string(r[:head]) + "…" + string(r[len(r)-(most-head-1):])
}
