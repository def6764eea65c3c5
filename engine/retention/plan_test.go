package retention

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// restic's and Borg's rules, and what is ours. Versions are given by their age
// at noon of Tuesday, 30 June 2026.
func TestRules(t *testing.T) {
	for _, row := range []struct{ name, policy, versions string }{
		{"keep-last", "keep-last=2", "1h 2h 3h- 4h-"},
		{"keep-hourly: the newest of each hour", "keep-hourly=2", "10m 40m- 1h10m 2h10m- 3h-"},
		{"keep-daily: the newest of each day", "keep-daily=2", "1h 2h- 13h 14h- 2D-"},
		{"keep-daily: days without versions do not count", "keep-daily=2", "1h 9D 10D-"},
		{"keep-daily: the oldest stays while days are missing", "keep-daily=3", "1h 2h- 13h 14h- 15h"},
		{"keep-weekly: weeks begin on Monday", "keep-weekly=2", "1h 35h- 37h 8D13h- 9D-"},
		{"keep-monthly", "keep-monthly=2", "1h 29D- 30D 60D- 61D-"},
		{"keep-yearly", "keep-yearly=2", "1h 180D- 181D 545D- 600D-"},
		{"unlimited", "keep-yearly=unlimited", "1h 180D- 181D 600D 700D- 1000D"},
		{"rules add up", "keep-last=1,keep-monthly=3", "1h 2h- 30D 31D- 61D 62D-"},
		{"keep-within, from the newest that is not in the future", "keep-within=2D", "+2D 1h 49h 50h-"},
		{"keep-within by the calendar: since 30 May", "keep-within=1M", "0s 31D 31D1s-"},
		{"keep-within-daily", "keep-within-daily=2D", "1h 2h- 13h 14h- 37h 50h-"},
		{"keep-tag keeps nothing else, but the newest", "keep-tag=a", "1h 2h- 3h-"}, // restic would drop the newest
		{"partials take no place, and go when a whole one followed", "keep-last=1", "1hP 2h 3hP- 4h-"},

		{"at-least: the newest of those that would go", "1W:1D,at-least=4", "10D 11D 12DP- 13D 14D 15D-"},
		{"at-least with keep-time", "keep-time=1D,at-least=3", "1h 2D 3D 4D-"},
		{"a tolerance counts for half an interval at most", "1W:1h,tolerance=1h", "1m 31m 61m 80m- 91m 122m"},

		{"slots: the first of each day", "1W:1D,slots=UTC", "10m 1h- 11h 13h- 30h 40h- 60h"},
		{"slots: the first of each week", "U:1W,slots=UTC", "10m 2h- 34h 37h- 7D- 8D10h"},
		{"slots: the first of each month", "U:1M,slots=UTC", "10m 2h- 28D 30D- 50D- 60D"},
		{"slots: the first of each quarter", "U:3M,slots=UTC", "10m 1D- 60D- 90D 91D- 170D- 180D"},
		{"slots: another zone has another day", "1W:1D,slots=Pacific/Auckland", "10m 11h30m- 13h- 23h"},
		{"slots for keep rules", "keep-daily=9,slots=Pacific/Auckland", "10m 1h- 23h- 25h"},
	} {
		t.Run(row.name, func(t *testing.T) {
			versions, want := aged(t, row.versions)
			got := Plan(versions, must(t, row.policy), noon, Options{Zone: time.UTC})
			if !slices.Equal(keptOf(got), want) {
				t.Errorf("%s\n got %v\nwant %v", row.policy, keptOf(got), want)
			}
			for i, v := range got.Verdicts {
				if got.Why(i) == "" {
					t.Errorf("%s has no reason", v.Version.ID)
				}
			}
		})
	}
}

// Tags, alone and together.
func TestTags(t *testing.T) {
	versions := []Version{{ID: "0", Time: noon}, {ID: "a", Tags: []string{"a"}}, {ID: "ab", Tags: []string{"b", "a"}}, {ID: "c", Tags: []string{"c"}}}
	for text, want := range map[string]string{"keep-tag=a": "0 a ab", "keep-tag=a&b": "0 ab", "keep-tag=b,keep-tag=c": "0 ab c"} {
		for i := range versions {
			versions[i].Time = noon.Add(-time.Duration(i) * time.Hour)
		}
		if got := strings.Join(keptOf(Plan(versions, must(t, text), noon, Options{})), " "); got != want {
			t.Errorf("%s keeps %s, want %s", text, got, want)
		}
	}
}

// Local slots are those of the zone in which the policy is applied, whatever
// package time takes for it.
func TestLocalSlots(t *testing.T) {
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	for _, rules := range []string{"1W:1D", "keep-daily=9"} {
		versions, _ := aged(t, "10m 11h30m 13h 23h 35h")
		want := keptOf(Plan(versions, must(t, rules+",slots=Pacific/Auckland"), noon, Options{Zone: auckland}))
		for zone, same := range map[*time.Location]bool{auckland: true, time.UTC: false} {
			if got := keptOf(Plan(versions, must(t, rules+",slots=local"), noon, Options{Zone: zone})); slices.Equal(got, want) != same {
				t.Errorf("%s in %v keeps %v, in the slots of Auckland %v", rules, zone, got, want)
			}
		}
	}
}

// A pin keeps a version until it ends, and is no reference for the others.
func TestPins(t *testing.T) {
	versions, _ := aged(t, "1h 2D 3D 30D 31D")
	versions[3].Pin = &Pin{Reason: "before the move", Until: noon.Add(time.Hour)}
	versions[4].Pin = &Pin{Reason: "over", Until: noon}
	p := Plan(versions, must(t, "1W:1D"), noon, Options{Zone: time.UTC})
	if got := strings.Join(keptOf(p), " "); got != "1h 2D 3D 30D" {
		t.Errorf("%s are left", got)
	}
	if got := p.Why(3); got != "pinned: before the move, until 2026-06-30 13:00" {
		t.Errorf("its reason is %q", got)
	}
}

// A chain goes as a whole or stays, and it is said why.
func TestChains(t *testing.T) {
	versions, _ := aged(t, "1h 1D 6D 8D 9D 10D 11D 20D 21D")
	for i, chain := range strings.Fields("c c c b b b b a a") {
		versions[i].Chain, versions[i].Size = chain, 100
	}
	p := Plan(versions, must(t, "10D:2D"), noon, Options{Zone: time.UTC})
	if got := strings.Join(keptOf(p), " "); got != "1h 1D 6D 8D 9D 10D 11D" {
		t.Errorf("%s are left", got)
	}
	if p.Freed != 200 || p.Dropped != 2 {
		t.Errorf("%d bytes are freed", p.Freed)
	}
	for i, want := range map[int]string{
		1: "the newest version always stays", 6: "which stays, is built on it",
	} {
		if i != 1 && !strings.Contains(p.Why(i), want) {
			t.Errorf("%s: %q, want %q", p.Verdicts[i].Version.ID, p.Why(i), want)
		}
	}
	// The end of a chain could be cut off, which no format here does.
	p = Plan(versions[3:7], must(t, "9D12h:3D"), noon, Options{Zone: time.UTC})
	if got := strings.Join(keptOf(p), " "); got != "8D 9D 10D 11D" {
		t.Errorf("%s are left", got)
	}
}

// daily makes so many versions, a day apart, the newest at noon.
func daily(n int) (versions []Version) {
	for i := range n {
		versions = append(versions, Version{ID: fmt.Sprint(i), Time: noon.AddDate(0, 0, -i)})
	}
	return versions
}

// What speaks against dropping versions is data, and the verdicts are there all
// the same.
func TestGuards(t *testing.T) {
	steady := afterRun(must(t, SmartText), time.UTC, func() (runs []time.Time) {
		for i := range 200 {
			runs = append(runs, noon.AddDate(0, 0, i-200))
		}
		return runs
	}())
	later := func(d time.Duration) []Version { return append(slices.Clone(steady), Version{Time: noon.Add(d)}) }
	hourly := func() (versions []Version) {
		for i := range 48 {
			versions = append(versions, Version{Time: noon.Add(-time.Duration(i) * time.Hour)})
		}
		return versions
	}()
	day := 24 * time.Hour
	partial := daily(10)
	partial[0].Partial = true
	broken := daily(10)
	for i := range broken {
		broken[i].Partial = true
	}
	for _, row := range []struct {
		name     string
		policy   string
		versions []Version
		now      time.Time
		options  Options
		want     Decision
		guard    GuardKind
	}{
		{"an ordinary day", SmartText, later(0), noon.Add(time.Minute), Options{LastRun: RunFine}, Proceed, 0},
		{"after a weekend", SmartText, later(2 * day), noon.Add(2 * day), Options{}, Proceed, 0},
		{"nothing goes", "", daily(100), noon, Options{LastRun: RunFailed}, Proceed, 0},
		{"the run failed", SmartText, daily(12), noon, Options{LastRun: RunFailed}, Refuse, LastRunFailed},
		{"the run was stopped", SmartText, daily(12), noon, Options{LastRun: RunStopped}, Refuse, LastRunStopped},
		{"the run is suspicious", SmartText, daily(12), noon, Options{LastRun: RunSuspicious, Agreed: true}, Refuse, LastRunSuspicious},
		{"the newest is not whole", "keep-versions=2", partial, noon, Options{Agreed: true}, Refuse, NewestNotWhole},
		{"none is whole", "1D:1h", broken, noon, Options{}, Refuse, NoWholeVersion},
		{"the first run after two years", SmartText, later(700 * day), noon.Add(700 * day), Options{}, Ask, LongAbsence},
		{"the same without a run", SmartText, steady, noon.Add(700 * day), Options{}, Ask, LongAbsence},
		{"after three weeks", SmartText, later(21 * day), noon.Add(21 * day), Options{}, Ask, LongAbsence},
		{"the rhythm is weeks", SmartText, later(21 * day), noon.Add(21 * day), Options{Rhythm: 7 * day}, Proceed, 0},
		{"and the person agrees", SmartText, later(21 * day), noon.Add(21 * day), Options{Agreed: true}, Proceed, LongAbsence},
		{"all frames are shorter than a weekend", "2D:1h", append([]Version{{Time: noon.Add(60 * time.Hour)}}, hourly...), noon.Add(60 * time.Hour), Options{Rhythm: time.Hour}, Ask, LongAbsence},
		{"a new policy over a long past", SmartText, daily(100), noon, Options{}, Ask, UnusuallyMany},
		{"more than usual", "keep-versions=1", daily(30), noon, Options{Usual: 1}, Ask, UnusuallyMany},
		{"as many as usual", "keep-versions=1", daily(30), noon, Options{Usual: 8}, Proceed, 0},
		{"the clock went back", "keep-versions=1", daily(3), noon.Add(-50 * time.Hour), Options{}, Ask, ClockWrong},
		{"nobody answered", "keep-versions=2", daily(3), noon, Options{Unanswered: true}, Ask, StillUnanswered},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.options.Zone = time.UTC
			p := Plan(row.versions, must(t, row.policy), row.now, row.options)
			if p.Decision != row.want {
				t.Errorf("%s: %v", p.Decision, p.Guards)
			}
			if row.guard != 0 && !slices.ContainsFunc(p.Guards, func(g Guard) bool { return g.Kind == row.guard }) {
				t.Errorf("guards are %v", p.Guards)
			}
			for _, g := range p.Guards {
				if g.Sentence == "" {
					t.Errorf("guard %d says nothing", g.Kind)
				}
			}
			if p.Dropped == 0 && row.policy != "" {
				t.Error("nothing would go")
			}
		})
	}
}

// No versions, no plan.
func TestNoVersions(t *testing.T) {
	for _, text := range []string{"", SmartText, "keep-versions=1", "keep-time=1D", "keep-daily=1"} {
		if p := Plan(nil, must(t, text), noon, Options{}); p.Kept+p.Dropped != 0 || p.Decision != Proceed {
			t.Errorf("%s: %+v", text, p)
		}
	}
}

func TestExplain(t *testing.T) {
	for text, want := range map[string]string{
		"": "Every version stays.",
		SmartText: "Up to 1 week back, one version per day stays: the oldest, and then each that comes at least 1 day after the one kept before it.|" +
			"Between 1 week and 4 weeks back, one version per week stays: the oldest, and then each that comes at least 1 week after the one kept before it.|" +
			"Between 4 weeks and 12 months (360 days) back, one version per month stays: the oldest, and then each that comes at least 1 month (30 days) after the one kept before it.|" +
			"Older versions are removed.|The newest version always stays.",
		"7D:0s,U:2M,slots=Europe/Berlin,at-least=3": "Up to 7 days back, every version stays.|" +
			"More than 7 days back, the first version of each 2 months stays (calendar of Europe/Berlin).|At least 3 versions stay, however old they are.|The newest version always stays.",
		"1W:2D,7D:1D,tolerance=10m": "Up to 1 week back, one version per 2 days stays: the oldest, and then each that comes at least 2 days after the one kept before it.|" +
			"A second frame of 7 days gets nothing: the first one takes all.|Older versions are removed.|A version may come up to 10 minutes too early.|The newest version always stays.",
		"keep-versions=1":          "The newest whole version stays, and older ones are removed.|The newest version always stays.",
		"keep-last=1,keep-daily=1": "The newest version stays.|The newest version of the last day that has any stays.|Other versions are removed.|The newest version always stays.",
		"keep-time=1Y6M":           "Versions stay for 1 year 6 months, and older ones are removed.|The newest version always stays.",
		"keep-last=3,keep-daily=7,keep-yearly=unlimited,keep-within=2W,keep-within-daily=1M,keep-tag=a&b": "The newest 3 versions stay.|" +
			"The newest version of each of the last 7 days that have any stays.|The newest version of every year stays, and the oldest of all.|" +
			"Versions at most 2 weeks older than the newest stay.|The newest version of every day stays for 1 month, counted back from the newest of all.|" +
			"Versions tagged a and b stay.|Other versions are removed.|The newest version always stays.",
	} {
		if got := strings.Join(Explain(must(t, text)), "|"); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

// One of a kind is not counted.
func TestWordsOfOne(t *testing.T) {
	for text, want := range map[string]string{"keep-versions=1": "the newest whole version", "keep-last=1": "the newest version", "keep-last=2": "one of the newest 2 versions"} {
		versions, _ := aged(t, "1hP 2h 3h")
		p := Plan(versions, must(t, text), noon, Options{Zone: time.UTC})
		if !slices.ContainsFunc([]int{0, 1, 2}, func(i int) bool { return p.Why(i) == want }) {
			t.Errorf("%s: %q, %q, %q", text, p.Why(0), p.Why(1), p.Why(2))
		}
	}
}

// What surprises people about the smart preset is said, and no more.
func TestAdvise(t *testing.T) {
	for text, want := range map[string]int{SmartText: 2, SmartText + ",tolerance=10m": 1, "1W:1D,4W:1W,tolerance=1m": 0, "1W:U": 0, "7D:1D,1W:1D,slots=UTC": 1, "1W:1D,4W:1h,slots=UTC": 1} {
		if got := Advise(must(t, text)); len(got) != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// A future keeps the hour of the day when clocks change, begins in step with
// the past, and has chains.
func TestSimulate(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	last := time.Date(2026, 3, 27, 3, 30, 0, 0, berlin)
	history := []Version{{ID: "old", Time: last, Chain: "old"}}
	f := Simulate(must(t, "1W:U"), history, Rhythm{Every: Days(1), FullEvery: 3}, last.Add(time.Hour), last.AddDate(0, 0, 20), berlin)
	for i, at := range f.Runs {
		if got := at.Format("01-02 15:04"); got != last.AddDate(0, 0, i+1).Format("01-02")+" 03:30" {
			t.Errorf("run %d is at %s", i, got)
		}
	}
	if got := f.At(last.Add(2 * time.Hour)); len(got) != 1 || got[0].ID != "old" {
		t.Errorf("today there are %v", got)
	}
	if got := len(f.At(last.AddDate(0, 0, 20))); got < 8 || got > 11 {
		t.Errorf("at the end there are %d", got)
	}
	if f.Lives[0].Chain() != "old" || f.Lives[2].Chain() != "old" || f.Lives[3].Chain() == "old" || f.Lives[0].Until.IsZero() {
		t.Errorf("the first chain lives %+v", f.Lives[:4])
	}
	for _, every := range []Span{{}, {Days: -1}, {Years: 3}, {Years: 1, Months: -12, Days: -5}} {
		if f := Simulate(Policy{}, history, Rhythm{Every: every}, last, last.AddDate(2, 0, 0), berlin); len(f.Runs) > 0 {
			t.Errorf("every %s runs %d times", every, len(f.Runs))
		}
	}
	if f := Simulate(Policy{}, history, Rhythm{Every: Span{Months: 1, Days: -28}}, last, last.AddDate(0, 1, 0), berlin); len(f.Runs) != 15 {
		t.Errorf("every second day runs %d times", len(f.Runs))
	}
}

func (l Life) Chain() string { return l.Version.Chain }

// Two years are drawn while a slider moves.
func BenchmarkSimulate(b *testing.B) {
	for _, row := range []struct{ text, every string }{
		{SmartText, "1D"}, {SmartText, "1h"}, {"7D:0s,3M:1D,10Y:2M", "1h"}, {"", "1h"}, {"U:1h", "1h"}, {"keep-hourly=48,keep-daily=30,keep-monthly=unlimited", "1h"},
	} {
		b.Run(row.text+" every "+row.every, func(b *testing.B) {
			p, err := Parse(row.text)
			every, err2 := readSpan(piece{0, row.every})
			if err != nil || err2 != nil {
				b.Fatal(err, err2)
			}
			b.ReportAllocs()
			for b.Loop() {
				Simulate(p, daily(30), Rhythm{Every: every}, noon, noon.AddDate(2, 0, 0), time.UTC)
			}
		})
	}
}
