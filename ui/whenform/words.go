package whenform

import (
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/words"
)

// Default suits most people: once a day, when most computers are on and the
// day's work is done, and made up for when this one is not. After each change
// would make many versions, of which duplicity's format keeps long chains.
func Default() schedule.Plan {
	return schedule.Plan{
		Times:      []schedule.Clock{18 * 60},
		Conditions: schedule.Conditions{OnMains: true, Battery: 30, Unmetered: true, NoPowerSaver: true},
	}
}

// Summary says a plan in few words: "every day at 18:00".
func Summary(p *schedule.Plan) string {
	switch {
	case len(p.Times) > 0:
		return lang.T("%s at %s", days(p.Days), clocks(p.Times))
	case p.Every > 0:
		return every(p.Every)
	case p.OnChange.Quiet > 0:
		return lang.T("after changes")
	}
	return lang.T("only by hand")
}

// Sentence says when a plan runs.
func Sentence(p *schedule.Plan) string {
	switch {
	case len(p.Times) > 0:
		return lang.T("Runs %s at %s.", days(p.Days), clocks(p.Times))
	case p.Every > 0:
		return lang.T("Runs %s.", every(p.Every))
	case p.OnChange.Quiet > 0:
		return lang.T("Runs when files have changed, and were left alone for %s since; %s at most.", length(p.OnChange.Quiet), perHour(p.OnChange.PerHour))
	}
	return lang.T("Runs when you press Back up now, and never by itself.")
}

// Next says the next times: "Next: today at 18:00, tomorrow at 18:00 and …".
func Next(p *schedule.Plan, now time.Time) string {
	var names []string
	h := schedule.History{Created: now, Started: now, Ended: now}
	for _, t := range schedule.Coming(p, h, now, zone.Here(), 3) {
		names = append(names, When(t, now))
	}
	if len(names) == 0 {
		return ""
	}
	return lang.T("The next three times: %s.", words.List(names))
}

// When is a time that comes: near ones by the name of the day.
func When(t, now time.Time) string {
	t, now = zone.Of(t), zone.Of(now)
	clock := words.Clock(t)
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	switch {
	case day(t) == day(now):
		return lang.T("today at %s", clock)
	case day(t) == day(now.AddDate(0, 0, 1)):
		return lang.T("tomorrow at %s", clock)
	case day(t) == day(now.AddDate(0, 0, -1)):
		return lang.T("yesterday at %s", clock)
	case t.Year() == now.Year():
		return lang.Time(t, "Mon 2 Jan at 15:04")
	}
	return lang.Time(t, "2 Jan 2006 at 15:04")
}

// Short is When, of today by its clock alone.
func Short(t, now time.Time) string {
	if zone.Of(t).Format(time.DateOnly) == zone.Of(now).Format(time.DateOnly) {
		return words.Clock(t)
	}
	return When(t, now)
}

// Waits says what a plan waits for, "" for one that never runs by itself. local
// is for a destination that needs no network.
func Waits(p *schedule.Plan, local bool) string {
	c := &p.Conditions
	reasons := []string{lang.T("is off or asleep")}
	add := func(on bool, reason string) {
		if on {
			reasons = append(reasons, reason)
		}
	}
	add(c.OnMains && c.Battery == 0, lang.T("runs on battery"))
	add(c.OnMains && c.Battery > 0, lang.T("runs on battery below %d %%", c.Battery))
	add(c.NoPowerSaver, lang.T("saves power"))
	add(c.Unmetered && !local, lang.T("is on a metered connection"))
	add(len(c.Networks) > 0 && !local, lang.T("is on another Wi-Fi than %s", anyOf(c.Networks)))
	if !p.Runs() {
		return ""
	}
	return lang.T("Waits while the computer %s.", anyOf(reasons))
}

// anyOf joins what each is enough.
func anyOf(names []string) string {
	n := len(names)
	if n < 2 {
		return strings.Join(names, "")
	}
	return lang.T("%s or %s", strings.Join(names[:n-1], ", "), names[n-1])
}

// week are the days in their order, with their short and long names.
var week = []struct {
	day         time.Weekday
	short, long string
}{
	{time.Monday, "Mon", "Monday"},
	{time.Tuesday, "Tue", "Tuesday"},
	{time.Wednesday, "Wed", "Wednesday"},
	{time.Thursday, "Thu", "Thursday"},
	{time.Friday, "Fri", "Friday"},
	{time.Saturday, "Sat", "Saturday"},
	{time.Sunday, "Sun", "Sunday"},
}

func days(d schedule.Days) string {
	workdays := schedule.OnDays(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)
	switch d {
	case 0, 1<<7 - 1:
		return lang.T("every day")
	case workdays:
		return lang.T("from Monday to Friday")
	}
	var names []string
	for _, w := range week {
		if d.Has(w.day) {
			names = append(names, lang.T(w.long))
		}
	}
	return lang.T("on %s", words.List(names))
}

func clocks(times []schedule.Clock) string {
	var names []string
	for _, c := range slices.Compact(slices.Sorted(slices.Values(times))) {
		names = append(names, c.String())
	}
	return words.List(names)
}

func length(d time.Duration) string {
	if d%time.Hour == 0 {
		return words.Count(int64(d/time.Hour), "hour")
	}
	return words.Count(int64(d/time.Minute), "minute")
}

func every(d time.Duration) string {
	if d == time.Hour {
		return lang.T("every hour")
	}
	return lang.T("every %s", length(d))
}

func perHour(n int) string {
	if n <= 1 {
		return lang.T("once an hour")
	}
	return lang.N(n, "%s time an hour", "%s times an hour", words.Number(int64(n)))
}

// ParseClock reads a time of the day as people write it: 18:05, 7, 7.30, 0730.
func ParseClock(text string) (schedule.Clock, bool) {
	text = strings.TrimSpace(text)
	hour, minute, found := strings.Cut(strings.ReplaceAll(text, ".", ":"), ":")
	if !found && len(text) == 4 {
		hour, minute, found = text[:2], text[2:], true
	}
	if !found {
		minute = "00"
	}
	h, ok1 := number(hour, 23)
	m, ok2 := number(minute, 59)
	if !ok1 || !ok2 || len(minute) != 2 {
		return 0, false
	}
	return schedule.Clock(60*h + m), true
}

// number reads one or two digits.
func number(text string, most int) (n int, ok bool) {
	if len(text) < 1 || len(text) > 2 {
		return 0, false
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, n <= most
}
