package retentionform

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/lang"
)

// Facts are what a forecast is made from.
type Facts struct {
	// Versions are those that there are. Unlisted tells that there are others,
	// which nobody has listed yet: now is not shown then.
	Versions []retention.Version
	Unlisted bool
	// Every is how often backups are made; zero means that it is read off the
	// versions, or a day where they are too few.
	Every retention.Span
	// Chained tells that versions build on those before them. FullEvery is after
	// how many days a version stands for itself again, 0 for never.
	Chained   bool
	FullEvery int
}

// rhythms are how often backups are taken to be made.
var rhythms = []retention.Span{{Hours: 1}, {Hours: 2}, {Hours: 6}, {Hours: 12}, {Days: 1}, {Days: 2}, {Days: 3}, {Weeks: 1}, {Weeks: 2}, {Months: 1}}

// fewGaps are too few to read a rhythm off them; mostGaps are the newest ones,
// which count.
const fewGaps, mostGaps = 4, 30

// rhythm is how often backups are made, by the middle one of the newest gaps.
func (f *Facts) rhythm() (every retention.Span, seen bool) {
	if !f.Every.IsZero() {
		return f.Every, true
	}
	times := make([]time.Time, len(f.Versions))
	for i, v := range f.Versions {
		times[i] = v.Time
	}
	slices.SortFunc(times, func(a, b time.Time) int { return b.Compare(a) })
	times = times[:min(len(times), mostGaps+1)]
	var gaps []time.Duration
	for i := range max(0, len(times)-1) {
		gaps = append(gaps, times[i].Sub(times[i+1]))
	}
	if len(gaps) < fewGaps {
		return retention.Days(1), false
	}
	slices.Sort(gaps)
	middle := int64(gaps[len(gaps)/2] / time.Second)
	return slices.MinFunc(rhythms, func(a, b retention.Span) int {
		return cmp.Compare(distance(a.Length(), middle), distance(b.Length(), middle))
	}), true
}

// distance is how many times one is the other.
func distance(a, b int64) float64 {
	a, b = max(a, 1), max(b, 1)
	return float64(max(a, b)) / float64(min(a, b))
}

// Band is a moment, and what there is then.
type Band struct {
	Title string
	// Kept and Gone are how old versions are then, those that are there and
	// those that were removed by then.
	Kept, Gone []time.Duration
}

// Forecast is a picture of now and of the time to come.
type Forecast struct {
	Bands []Band
	// Basis says what backups it counts on.
	Basis string
}

// horizons are the moments that are shown, in months from now.
var horizons = []struct {
	title  string
	months int
}{{lang.Mark("Now"), 0}, {lang.Mark("In 1 month"), 1}, {lang.Mark("In 6 months"), 6}, {lang.Mark("In 24 months"), 24}}

// never is after how many backups a new chain begins that never does.
const never = 1 << 30

// Foresee simulates a policy. It may take a second where backups are frequent,
// and stops when ctx does.
func Foresee(ctx context.Context, p retention.Policy, facts Facts, now time.Time) (Forecast, error) {
	every, seen := facts.rhythm()
	rhythm := retention.Rhythm{Every: every}
	if facts.Chained {
		rhythm.FullEvery = never
		if days := int64(facts.FullEvery) * 86400; days > 0 {
			rhythm.FullEvery = int(max(1, days/every.Length()))
		}
	}
	last := horizons[len(horizons)-1].months
	future, err := retention.SimulateContext(ctx, p, facts.Versions, rhythm, now, now.AddDate(0, last, 0), zone.Here())
	if err != nil {
		return Forecast{}, err
	}
	f := Forecast{Basis: basis(every, seen)}
	shown := horizons[:]
	if facts.Unlisted {
		shown = shown[1:]
	}
	for _, h := range shown {
		f.Bands = append(f.Bands, bandAt(future, lang.T(h.title), now.AddDate(0, h.months, 0)))
	}
	return f, nil
}

func basis(every retention.Span, seen bool) string {
	if !seen {
		return lang.T("If a backup is made every day.")
	}
	return lang.T("If backups go on as until now, about %s.", density(every))
}

func bandAt(f *retention.Future, title string, at time.Time) Band {
	b := Band{Title: title}
	for _, l := range f.Lives {
		switch age := at.Sub(l.Version.Time); {
		case age < 0:
		case l.Until.IsZero() || l.Until.After(at):
			b.Kept = append(b.Kept, age)
		default:
			b.Gone = append(b.Gone, age)
		}
	}
	return b
}
