package retention

import "time"

// period is a slot of the calendar.
type period uint8

const (
	each period = iota // every version is its own
	hour
	day
	week
	month
	year
	periods
)

// clock is a moment on the wall clock of some zone: seconds since 1970 as that
// clock shows them, and months since the year 0.
type clock struct {
	wall  int64
	month int64
}

// wallOf is what a wall clock shows, in whole seconds: Duplicati's versions have
// no parts of them, and compares local times.
func wallOf(t time.Time, zone *time.Location) int64 {
	_, offset := t.In(zone).Zone()
	return t.Unix() + int64(offset)
}

func clockOf(t time.Time, zone *time.Location) clock {
	t = t.In(zone)
	return clock{wallOf(t, zone), int64(t.Year())*12 + int64(t.Month()) - 1}
}

// number numbers the period that a moment is in. Weeks begin on Monday.
func (c clock) number(p period) int64 { return c.slot(p, 1) }

// slot numbers the groups of n periods, from the beginning of 1970, or of the
// year 0 for months and years.
func (c clock) slot(p period, n int64) int64 {
	switch p {
	case hour:
		return floor(c.wall, 3600*n)
	case day:
		return floor(c.wall, 86400*n)
	case week:
		return floor(floor(c.wall, 86400)+3, 7*n) // 1970 began on a Thursday
	case month:
		return floor(c.month, n)
	case year:
		return floor(c.month, 12*n)
	}
	return floor(c.wall, n)
}

// slotter tells in which slot of the calendar a moment is.
type slotter struct {
	period period
	n      int64
}

// slotterOf reads an interval as slots.
func slotterOf(every Span) slotter {
	n, letter, _ := every.single()
	switch letter {
	case 'Y':
		return slotter{year, int64(n)}
	case 'M':
		return slotter{month, int64(n)}
	case 'W':
		return slotter{week, int64(n)}
	case 'D':
		return slotter{day, int64(n)}
	case 'h':
		return slotter{hour, int64(n)}
	case 'm':
		return slotter{each, int64(n) * 60}
	}
	return slotter{each, max(int64(n), 1)}
}

func (s slotter) of(c clock) int64 { return c.slot(s.period, s.n) }
