package tree

import (
	"time"
)

// calendar writes times. Those of a directory share a few days, and the date is
// the slow part.
type calendar struct {
	date []byte // as text with its T, empty if nothing was written
	day  int64  // since 1970
}

// append appends t as RFC 3339, as time.Time does.
func (c *calendar) append(b []byte, t time.Time) ([]byte, error) {
	offset := 0
	if t.Location() != time.UTC {
		_, offset = t.Zone()
	}
	second := t.Unix() + int64(offset)
	clock := (second%perDay + perDay) % perDay
	if offset%60 != 0 || offset <= -perDay || offset >= perDay || !c.turn((second-clock)/perDay) {
		return appendTime(b, t)
	}
	b = append(b, c.date...)
	b = append(appendPair(b, clock/3600), ':')
	b = append(appendPair(b, clock/60%60), ':')
	b = appendPair(b, clock%60)
	b = appendFraction(b, t.Nanosecond())
	return appendZone(b, int64(offset/60)), nil
}

// perDay are the seconds of a day.
const perDay = 86400

// turn goes to a day. It refuses those whose year has not four digits.
func (c *calendar) turn(to int64) bool {
	const first, last = -719528, 2932896 // 0000-01-01 and 9999-12-31
	if to < first || to > last {
		return false
	}
	if to != c.day || len(c.date) == 0 {
		c.day = to
		c.date = time.Unix(to*perDay, 0).UTC().AppendFormat(c.date[:0], "2006-01-02T")
	}
	return true
}

func appendPair(b []byte, v int64) []byte {
	return append(b, byte('0'+v/10), byte('0'+v%10))
}

// appendFraction appends nanoseconds without the zeros at their end.
func appendFraction(b []byte, ns int) []byte {
	if ns == 0 {
		return b
	}
	b = append(b, '.')
	for unit := 100_000_000; ns > 0; unit /= 10 {
		b = append(b, byte('0'+ns/unit))
		ns %= unit
	}
	return b
}

func appendZone(b []byte, minutes int64) []byte {
	sign := byte('+')
	switch {
	case minutes == 0:
		return append(b, 'Z')
	case minutes < 0:
		sign, minutes = '-', -minutes
	}
	b = append(appendPair(append(b, sign), minutes/60), ':')
	return appendPair(b, minutes%60)
}

// appendTime appends what calendar does not. Years that do not fit are brought
// to the nearest one that does, as restic does: a strange time is no reason to
// lose a file.
func appendTime(b []byte, t time.Time) ([]byte, error) {
	if out, err := t.AppendText(b); err == nil {
		return out, nil
	}
	out, err := clampYear(t).AppendText(b)
	if err != nil {
		return b, err
	}
	return out, nil
}

func clampYear(t time.Time) time.Time {
	year := t.Year()
	return t.AddDate(min(max(year, 0), 9999)-year, 0, 0)
}

// clock reads times. Most nodes repeat one, and all share a few zones.
type clock struct {
	text  []byte // what was read last, and what it meant
	time  time.Time
	zones map[int]*time.Location
}

// parse reads RFC 3339 just as time.Time does.
func (c *clock) parse(text []byte) (time.Time, error) {
	t, ok := c.fast(text)
	if !ok {
		var err error
		if t, err = slow(text); err != nil {
			return t, err
		}
	}
	c.text = append(c.text[:0], text...)
	c.time = t
	return t, nil
}

// slow reads what the time package reads. That includes zones of a whole day,
// which it does not write.
func slow(text []byte) (t time.Time, err error) {
	if err := t.UnmarshalText(text); err != nil {
		return time.Time{}, err
	}
	if _, offset := t.Zone(); offset <= -perDay || offset >= perDay {
		t = t.UTC()
	}
	return t, nil
}

// fast reads what restic writes, and leaves anything else to the time package.
func (c *clock) fast(text []byte) (t time.Time, ok bool) {
	const layout = "2006-01-02T15:04:05"
	if len(text) <= len(layout) || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return t, false
	}
	year, month, day := 100*pairOf(text)+pairOf(text[2:]), pairOf(text[5:]), pairOf(text[8:])
	hour, minute, second := pairOf(text[11:]), pairOf(text[14:]), pairOf(text[17:])
	ns, rest := fraction(text[len(layout):])
	zone := c.zone(rest)
	if zone == nil || year > 9999 || month > 12 || hour > 23 || minute > 59 || second > 59 {
		return t, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, ns, zone)
	return t, t.Day() == day && month > 0 // no thirtieth of February
}

// bad is more than any number in a time.
const bad = 10000

// pairOf reads two digits.
func pairOf(b []byte) int {
	if tens, ones := b[0]-'0', b[1]-'0'; tens <= 9 && ones <= 9 {
		return int(tens)*10 + int(ones)
	}
	return bad
}

// fraction reads the nanoseconds, if there are any, and returns what follows.
func fraction(b []byte) (ns int, rest []byte) {
	if b[0] != '.' {
		return 0, b
	}
	i, unit := 1, 100_000_000
	for ; i < len(b) && b[i]-'0' <= 9 && unit > 0; i++ {
		ns += int(b[i]-'0') * unit
		unit /= 10
	}
	if i == 1 {
		return 0, nil
	}
	return ns, b[i:]
}

// zone reads what ends a time; nil if it is nothing known.
func (c *clock) zone(b []byte) *time.Location {
	if len(b) == 1 && b[0] == 'Z' {
		return time.UTC
	}
	if len(b) != len("+01:00") || b[0] != '+' && b[0] != '-' || b[3] != ':' {
		return nil
	}
	hours, minutes := pairOf(b[1:]), pairOf(b[4:])
	if hours > 23 || minutes > 59 {
		return nil
	}
	offset := hours*3600 + minutes*60
	if b[0] == '-' {
		offset = -offset
	}
	return c.fixed(offset)
}

// fixed returns the zone with an offset, always the same one.
func (c *clock) fixed(offset int) *time.Location {
	if z := c.zones[offset]; z != nil {
		return z
	}
	if c.zones == nil {
		c.zones = make(map[int]*time.Location)
	}
	z := time.FixedZone("", offset)
	c.zones[offset] = z
	return z
}
