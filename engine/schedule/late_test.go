package schedule_test

import (
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
)

func TestLateFollowsThePlan(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	now := at(t, "2026-11-21 13:00", z) // a Saturday
	day := 24 * time.Hour
	evening := schedule.Plan{Times: []schedule.Clock{18 * 60}}
	mondays := schedule.Plan{Times: []schedule.Clock{9 * 60}, Days: schedule.OnDays(time.Monday)}
	hourly := schedule.Plan{Every: time.Hour}
	changes := schedule.Plan{OnChange: schedule.OnChange{Quiet: 10 * time.Minute}}
	changed := func(ago time.Duration) schedule.History {
		return schedule.History{FirstChange: now.Add(-ago), LastChange: now.Add(-ago)}
	}
	for name, row := range map[string]struct {
		plan schedule.Plan
		h    schedule.History
		age  time.Duration
		want bool
	}{
		"by hand, six days":             {schedule.Plan{}, schedule.History{}, 6 * day, false},
		"by hand, eight days":           {schedule.Plan{}, schedule.History{}, 8 * day, true},
		"every evening, one was missed": {evening, schedule.History{}, 40 * time.Hour, false},
		"every evening, two were":       {evening, schedule.History{}, 44 * time.Hour, true},
		"on Mondays, after ten days":    {mondays, schedule.History{}, 10 * day, false},
		"on Mondays, after two weeks":   {mondays, schedule.History{}, 13 * day, true},
		"hourly, after a night":         {hourly, schedule.History{}, 20 * time.Hour, false},
		"hourly, after a day":           {hourly, schedule.History{}, 25 * time.Hour, true},
		"on change, without any":        {changes, schedule.History{}, 90 * day, false},
		"on change, since an hour":      {changes, changed(time.Hour), 90 * day, false},
		"on change, since two days":     {changes, changed(2 * day), 90 * day, true},
	} {
		if got := schedule.Late(&row.plan, row.h, now.Add(-row.age), now, z); got != row.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestMissedSlots(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	now := at(t, "2026-11-21 18:03", z)
	p := schedule.Plan{Times: []schedule.Clock{18 * 60, 12 * 60}}
	h := schedule.History{Created: at(t, "2020-01-01 00:00", z), Started: at(t, "2026-11-19 18:00", z), Ended: at(t, "2026-11-19 18:10", z)}
	// That of three minutes ago is the present one.
	want := []time.Time{at(t, "2026-11-20 12:00", z), at(t, "2026-11-20 18:00", z), at(t, "2026-11-21 12:00", z)}
	for most := range 5 {
		got := schedule.MissedSlots(&p, h, now, z, most)
		cut := want[max(0, len(want)-most):]
		if len(got) != len(cut) {
			t.Fatalf("%d at most: got %v", most, got)
		}
		for i := range got {
			if !got[i].Equal(cut[i]) {
				t.Errorf("%d at most: got %v, want %v", most, got, cut)
			}
		}
	}
	if got := schedule.MissedSlots(&schedule.Plan{}, h, now, z, 9); got != nil {
		t.Errorf("without times: %v", got)
	}
}

func TestWhatIsNotKnownIsNoReasonToWait(t *testing.T) {
	now := at(t, "2026-11-21 18:00", time.UTC)
	p := schedule.Plan{Times: []schedule.Clock{18 * 60}, Conditions: schedule.Conditions{Networks: []string{"Home"}}}
	h := schedule.History{Created: now.Add(-time.Hour)}
	if v := schedule.Decide(&p, h, &schedule.Surroundings{Nameless: true}, now, time.UTC); !v.Start() {
		t.Errorf("a network without a name: %+v", v)
	}
	if v := schedule.Decide(&p, h, &schedule.Surroundings{Network: "Café"}, now, time.UTC); v.Start() {
		t.Errorf("another network: %+v", v)
	}
	if v := schedule.Decide(&p, h, &schedule.Surroundings{Wired: true, NoPassphrase: true}, now, time.UTC); v.Start() || v.Waits[0] != schedule.Passphrase {
		t.Errorf("without the passphrase: %+v", v)
	}
}
