package schedule_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	_ "time/tzdata" // the tests know zones that a machine may not

	"github.com/varve-backup/varve/engine/schedule"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, text string, z *time.Location) time.Time {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04", text, z)
	if err != nil {
		m, err = time.Parse("2006-01-02 15:04 -0700", text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The times that follow one another, across every oddity of the calendar.
func TestComing(t *testing.T) {
	for name, row := range map[string]struct {
		plan schedule.Plan
		zone string
		now  string
		want []string
	}{
		"twice a day": {
			schedule.Plan{Times: []schedule.Clock{18 * 60, 12 * 60}},
			"UTC", "2026-11-21 13:00 +0000",
			[]string{"2026-11-21 18:00 +0000", "2026-11-22 12:00 +0000", "2026-11-22 18:00 +0000"},
		},
		"on a certain network": {
			schedule.Plan{Times: []schedule.Clock{9 * 60}, Conditions: schedule.Conditions{OnMains: true, Networks: []string{"Home"}}},
			"UTC", "2026-11-21 13:00 +0000",
			[]string{"2026-11-22 09:00 +0000"},
		},
		"on working days": {
			schedule.Plan{Times: []schedule.Clock{9 * 60}, Days: schedule.OnDays(1, 2, 3, 4, 5)},
			"UTC", "2026-11-20 10:00 +0000",
			[]string{"2026-11-23 09:00 +0000", "2026-11-24 09:00 +0000"},
		},
		"once a week": {
			schedule.Plan{Times: []schedule.Clock{0}, Days: schedule.OnDays(time.Saturday)},
			"UTC", "2026-11-21 00:00 +0000",
			[]string{"2026-11-28 00:00 +0000", "2026-12-05 00:00 +0000"},
		},
		"every four hours": {
			schedule.Plan{Every: 4 * time.Hour},
			"UTC", "2026-11-21 13:00 +0000",
			[]string{"2026-11-21 17:00 +0000", "2026-11-21 21:00 +0000"},
		},
		"a time that is left out": {
			schedule.Plan{Times: []schedule.Clock{150}},
			"Europe/Berlin", "2026-03-28 12:00 +0100",
			[]string{"2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200"},
		},
		"a time that comes twice": {
			schedule.Plan{Times: []schedule.Clock{150}},
			"Europe/Berlin", "2026-10-24 12:00 +0200",
			[]string{"2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"},
		},
		"clocks that change by half an hour": {
			schedule.Plan{Times: []schedule.Clock{135}},
			"Australia/Lord_Howe", "2026-10-03 12:00 +1030",
			[]string{"2026-10-04 02:30 +1100", "2026-10-05 02:15 +1100"},
		},
		"a midnight that is left out": {
			schedule.Plan{Times: []schedule.Clock{0}},
			"America/Santiago", "2026-09-05 12:00 -0400",
			[]string{"2026-09-06 01:00 -0300", "2026-09-07 00:00 -0300"},
		},
		"a day that is left out": {
			schedule.Plan{Times: []schedule.Clock{600}},
			"Pacific/Apia", "2011-12-29 12:00 -1000",
			[]string{"2011-12-31 00:00 +1400", "2011-12-31 10:00 +1400"},
		},
		"changes only": {schedule.Plan{OnChange: schedule.OnChange{Quiet: time.Minute}}, "UTC", "2026-11-21 13:00 +0000", nil},
		"never":        {schedule.Plan{}, "UTC", "2026-11-21 13:00 +0000", nil},
	} {
		z := zone(t, row.zone)
		now := at(t, row.now, z)
		got := schedule.Coming(&row.plan, schedule.History{Created: now, Started: now, Ended: now}, now, z, len(row.want))
		var want []time.Time
		for _, text := range row.want {
			want = append(want, at(t, text, z).In(z))
		}
		if len(got) != len(want) {
			t.Errorf("%s: got %v", name, got)
			continue
		}
		for i := range got {
			if !got[i].Equal(want[i]) {
				t.Errorf("%s: got %v, want %v", name, got[i], want[i])
			}
		}
	}
}

// What is due, since when, what it waits for, and when to look again.
func TestDecide(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	now := at(t, "2026-11-21 13:00", z) // a Saturday
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	noon := schedule.Plan{Times: []schedule.Clock{12 * 60}}
	tomorrow := at(t, "2026-11-22 12:00", z)
	ran := func(d time.Duration) schedule.History {
		return schedule.History{Created: ago(1000 * time.Hour), Started: ago(d), Ended: ago(d - time.Minute)}
	}
	failed := func(n int, d time.Duration) schedule.History {
		h := ran(d)
		h.Ended, h.Failed, h.Failures = ago(d), true, n
		return h
	}
	changed := func(h schedule.History, first, last time.Duration) schedule.History {
		h.FirstChange, h.LastChange = ago(first), ago(last)
		return h
	}
	onChange := schedule.Plan{OnChange: schedule.OnChange{Quiet: 5 * time.Minute, PerHour: 4}}
	for name, row := range map[string]struct {
		plan schedule.Plan
		h    schedule.History
		s    schedule.Surroundings
		want schedule.Verdict
	}{
		"not yet":              {noon, ran(30 * time.Minute), schedule.Surroundings{}, schedule.Verdict{Next: tomorrow}},
		"missed, once for all": {noon, ran(100 * time.Hour), schedule.Surroundings{}, schedule.Verdict{Cause: schedule.Missed, Since: ago(time.Hour)}},
		"new, before its time": {noon, schedule.History{Created: ago(30 * time.Minute)}, schedule.Surroundings{}, schedule.Verdict{Next: tomorrow}},
		"just now": {
			schedule.Plan{Times: []schedule.Clock{12*60 + 58}},
			ran(20 * time.Hour),
			schedule.Surroundings{},
			schedule.Verdict{Cause: schedule.Slot, Since: ago(2 * time.Minute)},
		},
		"running":           {noon, schedule.History{Started: ago(100 * time.Hour)}, schedule.Surroundings{}, schedule.Verdict{Waits: []schedule.Wait{schedule.Running}}},
		"interval":          {schedule.Plan{Every: time.Hour}, ran(61 * time.Minute), schedule.Surroundings{}, schedule.Verdict{Cause: schedule.Slot, Since: ago(time.Minute)}},
		"interval, not yet": {schedule.Plan{Every: time.Hour}, ran(50 * time.Minute), schedule.Surroundings{}, schedule.Verdict{Next: now.Add(10 * time.Minute)}},
		"a clock set back": {
			schedule.Plan{Every: time.Hour},
			schedule.History{Started: now.Add(9000 * time.Hour), Ended: now.Add(9000 * time.Hour)},
			schedule.Surroundings{},
			schedule.Verdict{Next: now.Add(time.Hour)},
		},
		"first try again": {noon, failed(1, 11*time.Minute), schedule.Surroundings{}, schedule.Verdict{Cause: schedule.Retry, Since: ago(time.Minute)}},
		"third, not yet":  {noon, failed(3, 11*time.Minute), schedule.Surroundings{}, schedule.Verdict{Next: now.Add(29 * time.Minute)}},
		"the hundredth":   {schedule.Plan{Every: 24 * time.Hour}, failed(100, 7*time.Hour), schedule.Surroundings{}, schedule.Verdict{Cause: schedule.Retry, Since: ago(time.Hour)}},
		"by hand only":    {schedule.Plan{}, failed(1, 100*time.Hour), schedule.Surroundings{}, schedule.Verdict{}},
		"changes, quiet":  {onChange, changed(ran(30*time.Minute), 20*time.Minute, 6*time.Minute), schedule.Surroundings{}, schedule.Verdict{Cause: schedule.Changes, Since: ago(time.Minute)}},
		"changes, busy":   {onChange, changed(ran(30*time.Minute), 20*time.Minute, time.Minute), schedule.Surroundings{}, schedule.Verdict{Next: now.Add(4 * time.Minute)}},
		"busy for long":   {onChange, changed(ran(90*time.Minute), 61*time.Minute, time.Minute), schedule.Surroundings{}, schedule.Verdict{Cause: schedule.Changes, Since: ago(time.Minute)}},
		"too often":       {onChange, changed(ran(10*time.Minute), 9*time.Minute, 8*time.Minute), schedule.Surroundings{}, schedule.Verdict{Next: now.Add(5 * time.Minute)}},
		"paused": {
			noon, ran(100 * time.Hour),
			schedule.Surroundings{PausedUntil: now.Add(time.Hour)},
			schedule.Verdict{Cause: schedule.Missed, Since: ago(time.Hour), Waits: []schedule.Wait{schedule.Paused}, Next: now.Add(time.Hour)},
		},
		"everything against it": {
			schedule.Plan{Times: noon.Times, Conditions: schedule.Conditions{OnMains: true, Battery: 30, Unmetered: true, NoPowerSaver: true, Networks: []string{"home"}}},
			ran(100 * time.Hour),
			schedule.Surroundings{OnBattery: true, Battery: 29, Metered: true, PowerSaver: true, Network: "café", NoDrive: true},
			schedule.Verdict{Cause: schedule.Missed, Since: ago(time.Hour), Waits: []schedule.Wait{
				schedule.Drive, schedule.Battery, schedule.PowerSaver, schedule.Metered, schedule.WrongNetwork,
			}},
		},
		"nothing against it": {
			schedule.Plan{Times: noon.Times, Conditions: schedule.Conditions{OnMains: true, Battery: 30, Unmetered: true, Networks: []string{"home"}}},
			ran(100 * time.Hour),
			schedule.Surroundings{OnBattery: true, Battery: 30, Metered: true, PowerSaver: true, Local: true},
			schedule.Verdict{Cause: schedule.Missed, Since: ago(time.Hour)},
		},
		"any battery": {
			schedule.Plan{Times: noon.Times, Conditions: schedule.Conditions{OnMains: true}},
			ran(100 * time.Hour),
			schedule.Surroundings{OnBattery: true, Battery: 100},
			schedule.Verdict{Cause: schedule.Missed, Since: ago(time.Hour), Waits: []schedule.Wait{schedule.Battery}},
		},
		"no network at all": {
			schedule.Plan{Times: noon.Times, Conditions: schedule.Conditions{Networks: []string{"home"}}},
			ran(100 * time.Hour),
			schedule.Surroundings{Offline: true},
			schedule.Verdict{Cause: schedule.Missed, Since: ago(time.Hour), Waits: []schedule.Wait{schedule.Network}},
		},
	} {
		got := schedule.Decide(&row.plan, row.h, &row.s, now, z)
		if got.Cause != row.want.Cause || !got.Since.Equal(row.want.Since) || !reflect.DeepEqual(got.Waits, row.want.Waits) || !got.Next.Equal(row.want.Next) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, row.want)
		}
	}
}

// Whoever asks whenever Next says, and runs what is to be started, runs each
// slot of every zone once, and no run is more than a moment late.
func TestNothingIsSkippedOrDoubled(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"} {
		z := zone(t, name)
		for range 20 {
			p := schedule.Plan{Times: []schedule.Clock{schedule.Clock(r.IntN(1440)), schedule.Clock(r.IntN(1440))}}
			if p.Times[0] == p.Times[1] {
				continue
			}
			now := at(t, "2026-01-01 12:00", z)
			h, days := schedule.History{Created: now}, map[string]int{}
			for end := now.AddDate(1, 0, 0); now.Before(end); {
				v := schedule.Decide(&p, h, &schedule.Surroundings{}, now, z)
				if v.Start() {
					if !v.Since.Equal(now) {
						t.Fatalf("%s %v: started at %v what was due at %v", name, p.Times, now, v.Since)
					}
					days[now.Format(time.DateOnly)]++
					h.Started, h.Ended = now, now.Add(time.Second)
					continue
				}
				if !v.Next.After(now) {
					t.Fatalf("%s %v: at %v, to be asked again at %v", name, p.Times, now, v.Next)
				}
				now = v.Next
			}
			for d := at(t, "2026-01-02 12:00", z); d.Before(at(t, "2026-12-31 00:00", z)); d = d.AddDate(0, 0, 1) {
				// Both may fall on the moment of a change, and are one run then.
				if n := days[d.Format(time.DateOnly)]; n != 2 && n != 1 || n == 1 && !changes(d) {
					t.Fatalf("%s %v: %d runs on %v", name, p.Times, n, d)
				}
			}
		}
	}
}

// changes tells whether the clocks change on a day.
func changes(noon time.Time) bool {
	_, a := noon.Add(-12 * time.Hour).Zone()
	_, b := noon.Add(12 * time.Hour).Zone()
	return a != b
}

func TestValidate(t *testing.T) {
	for _, p := range []schedule.Plan{
		{Times: []schedule.Clock{1440}},
		{Times: []schedule.Clock{-1}},
		{Times: []schedule.Clock{1}, Every: time.Hour},
		{Every: time.Second},
		{Every: -time.Hour},
		{Days: 128},
		{OnChange: schedule.OnChange{Quiet: -1}},
		{OnChange: schedule.OnChange{PerHour: 61}},
		{Conditions: schedule.Conditions{Battery: 101}},
	} {
		if err := p.Validate(); !errors.Is(err, schedule.ErrPlan) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	good := schedule.Plan{Times: []schedule.Clock{0, 1439}, Days: schedule.OnDays(0, 6), OnChange: schedule.OnChange{Quiet: time.Minute, PerHour: 60}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	if got := schedule.Clock(1085).String(); got != "18:05" {
		t.Errorf("got %s", got)
	}
}
