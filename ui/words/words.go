// Package words says numbers and times as people read them.
package words

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/lang"
)

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
		return lang.Decimal(fmt.Sprintf("%.1f %s", v, units[i]))
	}
	return lang.Decimal(fmt.Sprintf("%.2f %s", v, units[i]))
}

// Ago is a time seen from now: near ones relative, others as a date.
func Ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return lang.T("never")
	case d < 45*time.Second:
		return lang.T("just now")
	case d < 90*time.Minute:
		n := int64((d + 30*time.Second) / time.Minute)
		return lang.N(n, "%s minute ago", "%s minutes ago", Number(n))
	case sameDay(t, now):
		return lang.T("today at %s", Clock(t))
	case sameDay(t, now.AddDate(0, 0, -1)):
		return lang.T("yesterday at %s", Clock(t))
	}
	return Moment(t, now)
}

// Near is Ago in few letters, for lists: the day is enough.
func Near(t, now time.Time) string {
	switch {
	case t.IsZero() || sameDay(t, now):
		return Ago(t, now)
	case sameDay(t, now.AddDate(0, 0, -1)):
		return lang.T("yesterday")
	case zone.Of(t).Year() == zone.Of(now).Year():
		return lang.Time(zone.Of(t), "2 Jan")
	}
	return lang.Time(zone.Of(t), "2 Jan 2006")
}

// Nearest is a Sentence of Near in the fewest letters: today, the time is enough.
func Nearest(t, now time.Time) string {
	if sameDay(t, now) {
		return Clock(t)
	}
	return Sentence(Near(t, now))
}

func sameDay(a, b time.Time) bool {
	return zone.Of(a).Format(time.DateOnly) == zone.Of(b).Format(time.DateOnly)
}

// Moment is a date and time, with the year when it is not this one.
func Moment(t, now time.Time) string {
	if zone.Of(t).Year() == zone.Of(now).Year() {
		return lang.Time(zone.Of(t), "Mon 2 Jan 15:04")
	}
	return lang.Time(zone.Of(t), "2 Jan 2006 15:04")
}

// End is a time to come: near ones by their day.
func End(t, now time.Time) string {
	switch {
	case sameDay(t, now):
		return Clock(t)
	case sameDay(t, now.AddDate(0, 0, 1)):
		return lang.T("tomorrow at %s", Clock(t))
	}
	return Moment(t, now)
}

// Clock is a time of the day.
func Clock(t time.Time) string { return zone.Of(t).Format("15:04") }

// Day is a date without its time: near ones by their name.
func Day(t, now time.Time) string {
	switch {
	case sameDay(t, now):
		return lang.T("Today")
	case sameDay(t, now.AddDate(0, 0, -1)):
		return lang.T("Yesterday")
	case zone.Of(t).Year() == zone.Of(now).Year():
		return lang.Time(zone.Of(t), "Monday 2 January")
	}
	return lang.Time(zone.Of(t), "2 January 2006")
}

// Sentence begins with a capital.
func Sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// Took is how long something lasted, in the case that follows "in" or "for".
func Took(d time.Duration) string {
	switch {
	case d < time.Second:
		return lang.T("less than a second")
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
		return lang.T("%s and %s", strings.Join(names[:n-1], ", "), names[n-1])
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
		return lang.T("less than a minute")
	case high < 90*time.Minute:
		a, b := int64(low/time.Minute), int64(high/time.Minute)+1
		return lang.T("about %d–%d minutes", max(a, 1), b)
	}
	return lang.T("about %d–%d hours", max(int64(low/time.Hour), 1), int64(high/time.Hour)+1)
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

// Coming is a day to come, as it stands in a sentence.
func Coming(t, now time.Time) string {
	switch local := zone.Of(t); {
	case sameDay(t, now):
		return lang.T("today")
	case sameDay(t, now.AddDate(0, 0, 1)):
		return lang.T("tomorrow")
	case t.Before(now.AddDate(0, 0, 6)), sameDay(t, now.AddDate(0, 0, 6)):
		return lang.Time(local, "on Monday")
	case local.Year() == zone.Of(now).Year():
		return lang.Time(local, "on 2 January")
	default:
		return lang.Time(local, "on 2 January 2006")
	}
}
