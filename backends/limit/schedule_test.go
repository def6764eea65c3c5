package limit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/limit"
)

func TestParseSchedule(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		" ":                                   "",
		"mon-fri 08:00-18:00 500K/2M; else -": "mon-fri 08:00-18:00 500K/2M; else -",
		"500K":                                "500K/500K",
		"512000":                              "500K/500K",
		"else 1G/-":                           "else 1G/-",
		"SAT,sun -; 22:00-06:00 -/300":        "sat-sun -; 22:00-06:00 -/300",
		"fri-mon 10K":                         "mon,fri-sun 10K/10K",
		"mon,wed,thu,sun 00:00-24:00 1M/1M":   "mon,wed-thu,sun 1M/1M",
		"daily 18:00-00:00 1K/2K":             "18:00-00:00 1K/2K",
		"sun-sat 5K/-":                        "5K/-",
	} {
		s, err := limit.ParseSchedule(text)
		if got := s.String(); err != nil || got != want {
			t.Errorf("%q is %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		";", "x", "mon", "mon-fri 08:00-18:00", "else", "else -; 500K", "500K;", "0", "0/1M", "-5K", "1M/2M/3M", "8:00-18:00 1M", "08:00 1M",
		"25:00-26:00 1M", "08:60-09:00 1M", "08:00-08:00 1M", "24:00-08:00 1M", "+1:00-08:00 1M", "moon 1M", "mon-moon 1M", "mon- 1M", "08:00-18:00 mon 1M",
		"mon 08:00-18:00 1M else", "else mon 1M", strings.Repeat("1K;", 50) + "1K",
	} {
		if s, err := limit.ParseSchedule(text); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is %q, %v", text, s.String(), err)
		}
	}
}

func TestScheduleAt(t *testing.T) {
	parse := func(text string) limit.Schedule {
		s, err := limit.ParseSchedule(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	work, night := parse("mon-fri 08:00-18:00 500K/2M; else -/1M"), parse("fri 22:00-06:00 1K")
	for _, row := range []struct {
		schedule limit.Schedule
		at, want string // the days from 16 November 2026, a Monday
	}{
		{work, "16 07:59", "-/1M"},
		{work, "16 08:00", "500K/2M"},
		{work, "20 17:59", "500K/2M"},
		{work, "20 18:00", "-/1M"},
		{work, "21 12:00", "-/1M"},
		{night, "20 21:59", "nothing"},
		{night, "20 22:00", "1K/1K"},
		{night, "21 05:59", "1K/1K"},
		{night, "21 06:00", "nothing"},
		{night, "20 05:00", "nothing"},
		{night, "21 23:00", "nothing"},
		{limit.Schedule{}, "16 12:00", "nothing"},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-"+row.at, time.FixedZone("here", 3600))
		if err != nil {
			t.Fatal(err)
		}
		got := "nothing"
		if r, ok := row.schedule.At(at); ok {
			got = r.String()
		}
		if got != row.want {
			t.Errorf("%q on %s: %s, want %s", row.schedule.String(), at.Format("Mon 15:04"), got, row.want)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, text := range []string{"mon-fri 08:00-18:00 500K/2M; else -", "sat,sun 22:00-06:00 -/1G;10K", "else 5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := limit.ParseSchedule(text)
		if err != nil {
			return
		}
		again, err := limit.ParseSchedule(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is %q, and that is %q, %v", text, s.String(), again.String(), err)
		}
		for hour := range 7 * 24 {
			at := time.Date(2026, 11, 16, hour, 30, 0, 0, time.UTC)
			first, ok := s.At(at)
			second, also := again.At(at)
			if ok != also || first != second || first.Upload < 0 || first.Download < 0 {
				t.Fatalf("%q at %v: %v and %v", text, at, first, second)
			}
		}
	})
}
