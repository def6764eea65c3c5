package words

import (
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/zone"
)

var now = time.Date(2026, 11, 21, 10, 12, 0, 0, time.Local)

func TestSize(t *testing.T) {
	for _, row := range []struct {
		n    int64
		want string
	}{
		{0, "0 B"},
		{999, "999 B"},
		{1000, "1.00 KB"},
		{9994, "9.99 KB"},
		{9996, "10.0 KB"},
		{99_960, "100 KB"},
		{999_499, "999 KB"},
		{999_500, "1.00 MB"},
		{18_010_000_000, "18.0 GB"},
		{9_223_372_036_854_775_807, "9.22 EB"},
	} {
		if got := Size(row.n); got != row.want {
			t.Errorf("%d: got %q, want %q", row.n, got, row.want)
		}
	}
}

func TestCount(t *testing.T) {
	for _, row := range []struct {
		n    int64
		want string
	}{{0, "0 files"}, {1, "1 file"}, {2, "2 files"}, {41_230, "41\u2009230 files"}, {1_000_000, "1\u2009000\u2009000 files"}} {
		if got := Count(row.n, "file"); got != row.want {
			t.Errorf("%d: got %q, want %q", row.n, got, row.want)
		}
	}
}

func TestTimes(t *testing.T) {
	zone.Use(time.UTC) // no clock is changed between the two
	t.Cleanup(func() { zone.Use(nil) })
	now := time.Date(2026, 11, 21, 10, 12, 0, 0, time.UTC)
	for _, row := range []struct {
		before   time.Duration
		ago, day string
	}{
		{0, "just now", "Today"},
		{50 * time.Second, "1 minute ago", "Today"},
		{89 * time.Minute, "89 minutes ago", "Today"},
		{3 * time.Hour, "today at 07:12", "Today"},
		{11 * time.Hour, "yesterday at 23:12", "Yesterday"},
		{3 * 24 * time.Hour, "Wed 18 Nov 10:12", "Wednesday 18 November"},
		{90 * 24 * time.Hour, "Sun 23 Aug 10:12", "Sunday 23 August"},
		{800 * 24 * time.Hour, "12 Sep 2024 10:12", "12 September 2024"},
	} {
		at := now.Add(-row.before)
		if ago, day := Ago(at, now), Day(at, now); ago != row.ago || day != row.day {
			t.Errorf("%v: got %q, %q; want %q, %q", row.before, ago, day, row.ago, row.day)
		}
	}
	if got := Ago(time.Time{}, now); got != "never" {
		t.Errorf("got %q", got)
	}
}

func TestLeft(t *testing.T) {
	for _, row := range []struct {
		done, total int64
		elapsed     time.Duration
		want        string
	}{
		{10, 100, time.Second, ""},                        // too early
		{0, 100, time.Minute, ""},                         // nothing is known
		{100, 100, time.Minute, ""},                       // done
		{90, 100, time.Minute, "less than a minute"},      //
		{50, 100, 5 * time.Minute, "about 4–7 minutes"},   //
		{10, 1000, 10 * time.Minute, "about 13–22 hours"}, //
	} {
		if got := Left(row.done, row.total, row.elapsed); got != row.want {
			t.Errorf("%+v: got %q", row, got)
		}
	}
}

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "less than a second", time.Second: "1 second", 99 * time.Second: "99 seconds",
		2 * time.Minute: "2 minutes", 3 * time.Hour: "3 hours",
	} {
		if got := Took(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestList(t *testing.T) {
	for _, row := range []struct {
		names []string
		want  string
	}{{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a and b"}, {[]string{"a", "b", "c"}, "a, b and c"}} {
		if got := List(row.names); got != row.want {
			t.Errorf("%q: got %q, want %q", row.names, got, row.want)
		}
	}
}

// Names of any bytes can be shown, and cannot disturb what is around them.
func TestPrintable(t *testing.T) {
	if got, want := Printable("a\nb\x1b[31m\xff"), "a\uFFFDb\uFFFD[31m\uFFFD"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMiddle(t *testing.T) {
	if got, want := Middle("Pictures/2025/Summer/IMG_1.jpg", 15), "Pictu…IMG_1.jpg"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Middle("short", 15); got != "short" {
		t.Errorf("got %q", got)
	}
}

func TestNear(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 12, 0, 0, time.Local)
	for _, row := range []struct {
		t             time.Time
		want, nearest string
	}{
		{time.Time{}, "never", "Never"},
		{now.Add(-5 * time.Minute), "5 minutes ago", "10:07"},
		{now.Add(-9 * time.Hour), "today at 01:12", "01:12"},
		{now.Add(-11 * time.Hour), "yesterday", "Yesterday"},
		{now.AddDate(0, 0, -18), "3 Nov", "3 Nov"},
		{now.AddDate(-2, 0, 0), "21 Nov 2024", "21 Nov 2024"},
	} {
		if got := Near(row.t, now); got != row.want {
			t.Errorf("%v: got %q, want %q", row.t, got, row.want)
		}
		if got := Nearest(row.t, now); got != row.nearest {
			t.Errorf("%v: got %q, want %q", row.t, got, row.nearest)
		}
	}
}

func TestComing(t *testing.T) {
	for _, row := range []struct {
		days int
		want string
	}{{0, "today"}, {1, "tomorrow"}, {4, "on Wednesday"}, {6, "on Friday"}, {7, "on 28 November"}, {60, "on 20 January 2027"}} {
		if got := Coming(now.AddDate(0, 0, row.days), now); got != row.want {
			t.Errorf("in %d days: got %q", row.days, got)
		}
	}
}

func TestEnd(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 2, 0, 0, time.Local)
	for want, end := range map[string]time.Time{
		"15:02":             now.Add(time.Hour),
		"tomorrow at 06:00": time.Date(2026, 11, 22, 6, 0, 0, 0, time.Local),
		"Mon 23 Nov 06:00":  time.Date(2026, 11, 23, 6, 0, 0, 0, time.Local),
	} {
		if got := End(end, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A person takes the computer from London to Tokyo, where it is already tomorrow.
func TestWordsOfAnotherZone(t *testing.T) {
	evening := time.Date(2026, 11, 21, 22, 30, 0, 0, time.UTC)
	for where, want := range map[*time.Location]string{time.UTC: "today at 20:30, 20:30, tomorrow at 00:30, Today", time.FixedZone("JST", 9*60*60): "today at 05:30, 05:30, 09:30, Today"} {
		zone.Use(where)
		t.Cleanup(func() { zone.Use(nil) })
		before := evening.Add(-2 * time.Hour)
		got := Ago(before, evening) + ", " + Clock(before) + ", " + End(evening.Add(2*time.Hour), evening) + ", " + Day(before, evening)
		if got != want {
			t.Errorf("in %v: %q, want %q", where, got, want)
		}
	}
}
