package retention

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// must parses a policy of a test.
func must(t *testing.T, text string) Policy {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// noon is the moment of the worked examples.
var noon = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// aged makes versions of a text: ages with a P for those that are not whole, a
// minus for those that go. "1h 30h- 40hP".
func aged(t *testing.T, text string) (versions []Version, want []string) {
	t.Helper()
	for word := range strings.FieldsSeq(text) {
		gone := strings.HasSuffix(word, "-")
		word = strings.TrimSuffix(word, "-")
		whole := strings.TrimSuffix(word, "P")
		age, err := readSpan(piece{0, strings.TrimPrefix(whole, "+")})
		if err != nil {
			t.Fatal(err)
		}
		at := noon.Add(-time.Duration(age.Length()) * time.Second)
		if strings.HasPrefix(whole, "+") {
			at = noon.Add(noon.Sub(at))
		}
		versions = append(versions, Version{ID: word, Time: at, Partial: whole != word})
		if !gone {
			want = append(want, word)
		}
	}
	return versions, want
}

func keptOf(p Planned) (ids []string) {
	for _, v := range p.Verdicts {
		if v.Kept() {
			ids = append(ids, v.Version.ID)
		}
	}
	return ids
}

// The rules and worked examples of formats/duplicati-retention.md, sections 5,
// 7, 8 and 9, at noon. A row that differs from Duplicati on purpose says why.
func TestDuplicatiReference(t *testing.T) {
	for _, row := range []struct{ name, policy, versions, differs string }{
		{"9A", "7D:0s,3M:1D,10Y:2M", "1h 5h 6D23h 8D 8D6h- 9D1h 89D 100D 159D- 160D- 170D 3649D 3651D-", ""},
		{"9B partials", "1W:1D", "1h 3hP 30h- 40hP 50h 10DP- 11D-", ""},
		{"9C everything too old", "1W:1D", "10D 11D-", ""},
		{"9C with --allow-full-removal", "1W:1D", "10D 11D-", "Duplicati can delete both when told to; we never delete all versions"},
		{"9G frame restart", "1W:1D,4W:1W", "1h 6D20h 7D1h- 8D- 9D", ""},

		{"5.1 the newest is no reference for the others", "1W:1D", "1h 2h 25h- 26h", ""},
		{"5.1 the newest is never thinned", "1W:1D", "1h 2h", ""},
		{"5.2 the bound is inclusive", "1W:1D", "1h 7D", ""},
		{"5.2 and a second older is not in it", "1W:1D", "1h 168h1s-", ""},
		{"5.2 dates in the future are of the first frame", "1W:1D,4W:1W", "+3D +2D +1D12h- +1D", ""},
		{"5.2 the smallest frame that reaches it", "4W:1W,1W:1D", "1h 2D 3D 4D 10D- 11D- 12D", ""},
		{"5.3 the interval is exact", "1W:1D", "1h 1D 2D", ""},
		{"5.3 a second too soon goes", "1W:1D", "1h 24h1s- 2D", ""},
		{"5.3 the oldest of a frame stays", "1W:1D", "1h 5D23h 6D- 6D1h- 6D23h", ""},
		{"5.3 partials never are a reference", "1W:1D", "1h 2D 2D12hP 3D", ""},
		{"5.4 partials outside all frames go", "1W:1D", "1h 8DP- 9D-", ""},
		{"5.5 the newest is older than all frames", "1D:1h", "5D 6D-", ""},
		{
			"2.4 the newest is kept though not whole", "1W:1D", "8DP 9D 10D-",
			"Duplicati keeps version 0 and deletes the others; we also keep the newest one that is whole",
		},
		{"no rules", "", "1h 2hP 900D", ""},
		{"3 a month is 30 days, a year 365", "1M:U,1Y:U", "1h 30D 31D 365D 366D-", ""},
		{"3 parts of a duration add up: 36 hours", "1W:1D12h", "1h 37h- 2D 84h", ""},
		{"3 and may be negative: 22 hours", "1W:1D-2h", "1h 26h 47h- 2D", ""},
		{"3 an hour, a minute, a second", "1h:1m1s", "1s 59m- 60m 60m1s-", ""},
		{"4 in the future of an unlimited frame too", "U:1D", "+2D +1D12h- +1D 1D 900D", ""},
		{"4 the same frame twice, the first of which keeps all", "7D:U,1W:1D", "1h 2h 3h 6D 8D-", ""},
		{"4 same frame: the first takes all", "7D:1D,1W:2D", "1h 2D 3D 4D", ""},
		{"4 same frame, written the other way", "1W:2D,7D:1D", "1h 2D 3D- 4D", ""},
		{"4 unlimited frame", "1W:U,U:1Y", "1h 6D 800D- 1000D 1100D- 1400D", ""},
		{"5 idle job: the first run after an absence drops all that is older", SmartText, "0s 400D- 401D- 402D-", ""},

		{"7 example", "keep-versions=2", "1hP 2h 3hP- 4h 5hP- 6h-", ""},
		{"7 nothing unless there are more versions", "keep-versions=6", "1hP 2h 3hP 4h 5hP 6h", ""},
		{"7.5 trailing partials stay when there are too few whole ones", "keep-versions=3", "1h 2hP- 3h 4hP 5hP", ""},
		{"7.1 newer partials are not counted", "keep-versions=1", "1hP 2hP 3h 4h-", ""},
		{"7 none whole", "keep-versions=1", "1hP 2hP 3hP", ""},

		{"8 example", "keep-time=1D", "1hP 24h10m 24h20m- 2D-", ""},
		{"8 tolerance of 1 %", "keep-time=1D", "1h 24h14m24s 24h14m25s-", ""},
		{"8 tolerance of an hour at most", "keep-time=7D", "1h 169h 169h1s-", ""},
		{"8 no tolerance (--disable-time-tolerance)", "keep-time=1D,tolerance=0s", "1h 24h 24h1s-", ""},
		{"8 months of the calendar: since 30 May", "keep-time=1M,tolerance=0s", "1h 31D 31D1s-", ""},
		{"8 years of the calendar", "keep-time=1Y,tolerance=0s", "1h 365D 365D1s-", ""},
		{"8 months end with their last day: since 28 February, as there is no 30th", "keep-time=4M,tolerance=0s", "1h 122D 122D1s-", ""},
		{"8 tolerance of 1 % reaches the hour at 4 days and 4 hours", "keep-time=4D4h", "1h 101h 101h1s-", ""},
		{"8 and not before", "keep-time=4D", "1h 96h57m36s 96h57m37s-", ""},
		{"8 tolerance of months of 30 days", "keep-time=1M", "1h 745h 745h1s-", ""},
		{"8 no interval: all that are young stay", "keep-time=1D", "1m 2m 3mP 1h 23h 25h-", ""},
		{"8 the newest whole one stays, and newer partials", "keep-time=1D", "2DP 3DP 4D 5DP- 6D-", ""},
		{"8 none is whole", "keep-time=1D", "2DP 3DP", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			versions, want := aged(t, row.versions)
			got := Plan(versions, must(t, row.policy), noon, Options{Zone: time.UTC})
			if !slices.Equal(keptOf(got), want) {
				t.Errorf("%s %s\n got %v\nwant %v", row.policy, row.differs, keptOf(got), want)
			}
			for i, v := range got.Verdicts {
				if got.Why(i) == "" {
					t.Errorf("%s has no reason", v.Version.ID)
				}
			}
		})
	}
}

// 9A: the frame and the rule of each version, in words.
func TestWords(t *testing.T) {
	versions, _ := aged(t, "1h 5h 6D23h 8D 8D6h 9D1h 89D 100D 159D 160D 170D 3649D 3651D")
	got := Plan(versions, must(t, "7D:0s,3M:1D,10Y:2M"), noon, Options{Zone: time.UTC})
	for i, want := range []string{
		"the newest version always stays",
		"every version stays up to 7 days back",
		"every version stays up to 7 days back",
		"1 day 1 hour after the one of 2026-06-21 11:00, and one version per day between 7 days and 3 months (90 days) back is kept",
		"only 19 hours after the one of 2026-06-21 11:00, and one version per day between 7 days and 3 months (90 days) back is kept",
		"80 days 1 hour", "the oldest one between 7 days", "70 days", "only 11 days", "only 10 days", "3479 days", "the oldest one between 3 months (90 days) and 10 years (3650 days) back",
		"older than 10 years (3650 days)",
	} {
		if v, why := got.Verdicts[i], got.Why(i); !strings.Contains(why, strings.TrimPrefix(want, "80 days 1 hour")) {
			t.Errorf("%s: %q, want %q", v.Version.ID, why, want)
		}
	}
}

// afterRun are the ages in days of what is left when a job ran at some moments
// and the policy was applied a minute after each.
func afterRun(p Policy, zone *time.Location, runs []time.Time) (left []Version) {
	for _, at := range runs {
		left = append(left, Version{Time: at, ID: fmt.Sprint(at.Unix())})
		for _, gone := range Plan(left, p, at.Add(time.Minute), Options{Zone: zone}).Removed() {
			left = slices.DeleteFunc(left, func(v Version) bool { return v.ID == gone.ID })
		}
	}
	return left
}

func daysBack(left []Version, from time.Time) (ages []int) {
	for _, v := range left {
		ages = append(ages, int(from.Sub(v.Time).Hours()/24))
	}
	slices.Sort(ages)
	return ages
}

// 9F: the smart preset, one version a day at exact times.
func TestSmartPresetDayByDay(t *testing.T) {
	at := func(i int) time.Time { return noon.AddDate(0, 0, i) }
	for run, want := range map[int][]int{
		8:   {0, 1, 2, 3, 4, 5, 6, 7},
		9:   {0, 1, 2, 3, 4, 5, 6, 8},
		30:  {0, 1, 2, 3, 4, 5, 6, 8, 15, 22, 29},
		60:  {0, 1, 2, 3, 4, 5, 6, 10, 17, 24, 59},
		120: {0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 49, 84, 119},
		400: {0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 49, 84, 119, 154, 189, 224, 259, 294, 329},
	} {
		var runs []time.Time
		for i := range run {
			runs = append(runs, at(i))
		}
		if got := daysBack(afterRun(must(t, SmartText), time.UTC, runs), at(run-1)); !slices.Equal(got, want) {
			t.Errorf("after run %d\n got %v\nwant %v", run, got, want)
		}
	}
}

// 9D: a job that drifts by seconds loses every second day, and with a tolerance
// none.
func TestJitter(t *testing.T) {
	var runs []time.Time
	for i, drift := range []int{0, -2, 3, -1, 2, -3, 1, 0} {
		runs = append(runs, time.Date(2026, 6, 1+i, 3, 0, drift, 0, time.UTC))
	}
	days := func(policy string) (left []int) {
		for _, v := range afterRun(must(t, policy), time.UTC, runs) {
			left = append(left, v.Time.Add(time.Hour).Day())
		}
		return left
	}
	if got := days("7D:1D"); !slices.Equal(got, []int{3, 5, 7, 8}) {
		t.Errorf("days %v are left", got)
	}
	for _, policy := range []string{"7D:1D,tolerance=1m", "7D:1D,slots=UTC"} {
		if got := days(policy); !slices.Equal(got, []int{2, 3, 4, 5, 6, 7, 8}) {
			t.Errorf("%s: days %v are left", policy, got)
		}
	}
}

// 9E: a version made by hand lives until the run after the next one.
func TestManualRun(t *testing.T) {
	var runs []time.Time
	for i := range 4 {
		runs = append(runs, time.Date(2026, 6, 1+i, 3, 0, 0, 0, time.UTC))
	}
	byHand := time.Date(2026, 6, 4, 20, 0, 0, 0, time.UTC)
	has := func(left []Version) bool {
		return slices.ContainsFunc(left, func(v Version) bool { return v.Time.Equal(byHand) })
	}
	runs = append(runs, byHand)
	if !has(afterRun(must(t, "1W:1D"), time.UTC, runs)) {
		t.Error("it goes at once")
	}
	if has(afterRun(must(t, "1W:1D"), time.UTC, append(runs, time.Date(2026, 6, 5, 3, 0, 0, 0, time.UTC)))) {
		t.Error("it stays")
	}
}

// 9H: across a change of the clocks a job at 03:30 local time loses nothing, and
// one in UTC loses the day of the hour that is missing on the wall clock.
func TestDaylightSaving(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var local, utc []time.Time
	for i := range 6 {
		local = append(local, time.Date(2026, 10, 22+i, 3, 30, 0, 0, berlin)) // clocks go back on the 25th
		utc = append(utc, time.Date(2026, 10, 22+i, 12, 0, 0, 0, time.UTC))
	}
	if got := len(afterRun(must(t, "4W:1D"), berlin, local)); got != 6 {
		t.Errorf("%d of 6 are left", got)
	}
	if got := len(afterRun(must(t, "4W:1D"), berlin, utc)); got != 5 {
		t.Errorf("in UTC %d are left, want 5", got)
	}
	var spring []time.Time
	for i := range 6 {
		spring = append(spring, time.Date(2026, 3, 26+i, 12, 0, 0, 0, time.UTC)) // 25 hours on the wall clock, on the 29th
	}
	if got := len(afterRun(must(t, "4W:1D"), berlin, spring)); got != 6 {
		t.Errorf("in UTC, in spring, %d of 6 are left", got)
	}
	if got := len(afterRun(must(t, "4W:1D,slots=Europe/Berlin"), berlin, utc)); got != 6 {
		t.Errorf("in UTC with slots %d are left, want 6", got)
	}
}
