package retention

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// world is a random job with its past.
type world struct {
	text    string
	policy  Policy
	history []Version
	rhythm  Rhythm
	zone    *time.Location
	now     time.Time
}

var zones = []string{"UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"}

func randomWorld(t *testing.T, rnd *rand.Rand) *world {
	t.Helper()
	zone, err := time.LoadLocation(zones[rnd.IntN(len(zones))])
	if err != nil {
		t.Fatal(err)
	}
	w := &world{zone: zone, now: time.Date(2024, time.Month(1+rnd.IntN(12)), 1+rnd.IntN(28), rnd.IntN(24), rnd.IntN(60), 0, 0, zone)}
	w.text = randomPolicy(rnd)
	w.policy = must(t, w.text)
	every := []string{"1D", "1D", "1D", "23h57m", "12h", "2D", "1W"}[rnd.IntN(7)]
	if w.rhythm.Every, err = readSpan(piece{0, every}); err != nil {
		t.Fatal(err)
	}
	if rnd.IntN(4) == 0 {
		w.rhythm.FullEvery = 2 + rnd.IntN(20)
	}
	at := w.now
	for i := range rnd.IntN(60) {
		at = at.Add(-time.Duration(rnd.Int64N(int64(9 * 24 * time.Hour))))
		v := Version{ID: fmt.Sprint("old", i), Time: at, Partial: rnd.IntN(6) == 0}
		if rnd.IntN(10) == 0 {
			v.Tags = []string{"a"}
		}
		if rnd.IntN(8) == 0 {
			v.Pin = &Pin{Reason: "wanted"}
			if rnd.IntN(2) == 0 {
				v.Pin.Until = w.now.AddDate(0, rnd.IntN(80), 0)
			}
		}
		w.history = append(w.history, v)
	}
	return w
}

func randomPolicy(rnd *rand.Rand) string {
	pick := func(words ...string) string { return words[rnd.IntN(len(words))] }
	var entries []string
	switch rnd.IntN(6) {
	case 0:
		entries = append(entries, "keep-versions="+strconv.Itoa(1+rnd.IntN(40)))
	case 1:
		entries = append(entries, "keep-time="+pick("1D", "10D", "1M15D", "6M"))
	case 2:
		for _, name := range []string{"last", "hourly", "daily", "weekly", "monthly", "yearly"} {
			if rnd.IntN(2) == 0 {
				entries = append(entries, "keep-"+name+"="+pick("1", "3", "12", map[bool]string{true: "unlimited", false: "30"}[strings.HasSuffix(name, "ly") && name > "m"]))
			}
		}
		entries = append(entries, pick("keep-tag=a", "keep-within=3W", "keep-within-weekly=1Y"))
	default:
		for range 1 + rnd.IntN(4) {
			entries = append(entries, pick("3D:U", "1W:1D", "10D:36h", "4W:1W", "3M:2W", "12M:1M", "5Y:1Y", "U:2M", "U:1Y"))
		}
		entries = append(entries, pick("", "", "tolerance=10m", "slots=Europe/Berlin", "slots=UTC"))
	}
	if rnd.IntN(3) == 0 {
		entries = append(entries, "at-least="+pick("2", "10", "40"))
	}
	return strings.Join(entries, ",")
}

// seeds is how many worlds are tried: few in a quick run.
func seeds() int {
	if n, err := strconv.Atoi(os.Getenv("VARVE_SOAK")); err == nil {
		return n
	}
	return 10
}

// Over random pasts and policies, applying the plan after each backup of ten
// years keeps what Explain says, never drops the last version or a pinned one,
// and Simulate has predicted it all. That pins are read from archives, and hold
// there, is the matter of engine's TestPinnedVersionsAlwaysComeBack.
func TestTenYears(t *testing.T) {
	for seed := range seeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := randomWorld(t, rand.New(rand.NewPCG(uint64(seed), 5)))
			defer func() {
				if t.Failed() {
					t.Logf("policy %s, every %s, full every %d, %s", w.text, w.rhythm.Every, w.rhythm.FullEvery, w.zone)
				}
			}()
			w.live(t, w.now.AddDate(10, 0, 0))
		})
	}
}

// The same holds where many versions are between two that go, over a month in
// which clocks may be turned.
func TestHourly(t *testing.T) {
	for seed := range seeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := randomWorld(t, rand.New(rand.NewPCG(uint64(seed), 6)))
			w.rhythm.Every = Span{Hours: 1}
			w.now = time.Date(2024, time.Month(3+7*(seed%2)), 15, 12, 30, 0, 0, w.zone)
			w.history = slices.DeleteFunc(w.history, func(v Version) bool { return !v.Time.Before(w.now) })
			w.live(t, w.now.AddDate(0, 1, 0))
			if t.Failed() {
				t.Logf("policy %s, full every %d, %s", w.text, w.rhythm.FullEvery, w.zone)
			}
		})
	}
}

// live applies the plan after each backup until some day.
func (w *world) live(t *testing.T, end time.Time) {
	future := Simulate(w.policy, w.history, w.rhythm, w.now, end, w.zone)
	if len(future.Runs) < 500 {
		t.Fatalf("%d runs", len(future.Runs))
	}
	left, until := slices.Clone(w.history), map[int64]time.Time{}
	apply := func(run, at time.Time) {
		plan := Plan(left, w.policy, at, Options{Zone: w.zone})
		for _, v := range plan.Removed() {
			until[v.Time.UnixNano()] = run
		}
		after := slices.DeleteFunc(slices.Clone(left), func(v Version) bool {
			_, gone := until[v.Time.UnixNano()]
			return gone
		})
		w.check(t, left, after, plan, at)
		left = after
	}
	apply(w.now, w.now)
	lives := future.Lives[len(w.history):]
	for i, at := range future.Runs {
		if !at.Equal(lives[i].Version.Time) {
			t.Fatalf("run %d is of %v, its version of %v", i, at, lives[i].Version.Time)
		}
		left = append(left, lives[i].Version)
		apply(at, at.Add(time.Second))
		if t.Failed() {
			return
		}
	}
	for _, l := range future.Lives {
		if got := until[l.Version.Time.UnixNano()]; !got.Equal(l.Until) {
			t.Fatalf("the version of %v went at %v, foretold was %v", l.Version.Time, got, l.Until)
		}
	}
	if w.rhythm.FullEvery == 0 && len(w.policy.Frames) > 0 {
		w.checkCoverage(t, left, lives[0].Version.Time, future.Runs[len(future.Runs)-1])
	}
}

// check holds what is left after applying a policy against what it says.
func (w *world) check(t *testing.T, before, after []Version, plan Planned, at time.Time) {
	t.Helper()
	if len(before) == 0 {
		return
	}
	newest := slices.MaxFunc(before, func(a, b Version) int { return a.Time.Compare(b.Time) })
	there := func(v Version) bool {
		return slices.ContainsFunc(after, func(o Version) bool { return o.Time.Equal(v.Time) })
	}
	if !there(newest) {
		t.Errorf("%v: the newest version went", at)
	}
	whole := func(all []Version) (n int) {
		for _, v := range all {
			if !v.Partial {
				n++
			}
		}
		return n
	}
	for _, v := range before {
		if v.Pin != nil && (v.Pin.Until.IsZero() || at.Before(v.Pin.Until)) && !there(v) {
			t.Errorf("%v: the pinned version of %v went", at, v.Time)
		}
	}
	if whole(after) < min(whole(before), max(w.policy.AtLeast, 1)) {
		t.Errorf("%v: %d of %d whole versions are left", at, whole(after), whole(before))
	}
	checkChains(t, before, after, at)
	for _, v := range plan.Verdicts {
		if v.Rule == NeededLater && v.Version.Chain == "" {
			t.Errorf("%v is of no chain", v.Version.Time)
		}
	}
	switch p := w.policy; {
	case len(p.Frames) > 0:
		w.checkFrames(t, plan, at)
	case p.Versions > 0:
		w.checkCount(t, plan, p.Versions)
	case !p.Time.IsZero():
		for _, v := range plan.Verdicts {
			if v.Rule == Young && v.Version.Time.Before(at.AddDate(-p.Time.Years, -p.Time.Months, -p.Time.Days-4)) {
				t.Errorf("%v: the version of %v is called young", at, v.Version.Time)
			}
		}
	case !p.Keep.IsEmpty() && at.YearDay()%9 == 0: // it is slow
		w.checkKeep(t, before, plan)
	}
}

// checkChains: of a chain of which anything stays, nothing went, as what stays may
// be built on it, and no format cuts a chain off.
func checkChains(t *testing.T, before, after []Version, at time.Time) {
	t.Helper()
	count := func(all []Version) map[string]int {
		n := map[string]int{}
		for _, v := range all {
			if v.Chain != "" {
				n[v.Chain]++
			}
		}
		return n
	}
	had := count(before)
	for chain, n := range count(after) {
		if n < had[chain] {
			t.Errorf("%v: of a chain of %d versions %d are left", at, had[chain], n)
		}
	}
}

// checkFrames: whole versions that a frame keeps are apart, and what is older
// than all frames is there only because something else keeps it.
func (w *world) checkFrames(t *testing.T, plan Planned, at time.Time) {
	t.Helper()
	promises, wall := Promises(w.policy), wallOf(at, w.zone)
	var tolerance int64
	if w.policy.Tolerance != nil {
		tolerance = w.policy.Tolerance.Length()
	}
	last := make([]*Version, len(promises))
	for _, v := range plan.Verdicts { // newest first
		age := wall - wallOf(v.Version.Time, w.zone)
		switch v.Rule {
		case TooOld:
			if oldest := promises[len(promises)-1].To; age <= oldest {
				t.Errorf("%v: a version of %d s is too old, and the frames reach %d s", at, age, oldest)
			}
		case KeepAll, FirstOfFrame, FarEnough, FirstOfSlot, NotWhole, TooSoon, SlotHas:
			p := promises[v.Frame]
			if age > p.To || age <= p.From && p.From > 0 {
				t.Errorf("%v: a version of %d s is in the frame from %d s to %d s", at, age, p.From, p.To)
			}
			if !v.Kept() || v.Rule == NotWhole {
				continue
			}
			if younger := last[v.Frame]; younger != nil {
				apart := wallOf(younger.Time, w.zone) - wallOf(v.Version.Time, w.zone)
				if w.policy.Slots != nil && p.Apart > 0 {
					w.checkSlots(t, v.Frame, *younger, v.Version)
				} else if apart < p.Apart-tolerance {
					t.Errorf("%v: two versions of frame %d are %d s apart, promised are %d s", at, v.Frame, apart, p.Apart)
				}
			}
			last[v.Frame] = &v.Version
		}
	}
}

// checkSlots: no two versions of a frame are of the same day, week, month, year.
func (w *world) checkSlots(t *testing.T, frame int, a, b Version) {
	t.Helper()
	name := func(v Version) string {
		at := v.Time.In(w.policy.Slots)
		switch w.policy.sorted()[frame].Every {
		case Span{Days: 1}:
			return at.Format("2006-01-02")
		case Span{Weeks: 1}:
			y, week := at.ISOWeek()
			return fmt.Sprint(y, week)
		case Span{Months: 1}:
			return at.Format("2006-01")
		case Span{Years: 1}:
			return at.Format("2006")
		}
		return v.Time.String()
	}
	if name(a) == name(b) {
		t.Errorf("%v and %v are both kept of %s", a.Time, b.Time, name(a))
	}
}

// checkCount: so many whole versions are counted, the newest.
func (w *world) checkCount(t *testing.T, plan Planned, n int) {
	t.Helper()
	whole := 0
	for _, v := range plan.Verdicts {
		if v.Version.Partial {
			continue
		}
		if whole++; whole <= n && v.Rule != Counted {
			t.Errorf("whole version %d is not counted", whole)
		}
		if whole > n && v.Rule == Counted {
			t.Errorf("whole version %d is counted", whole)
		}
	}
}

// checkKeep: of each of so many periods the newest stays, found in another way
// than by walking.
func (w *world) checkKeep(t *testing.T, before []Version, plan Planned) {
	t.Helper()
	layouts := map[string]string{"last": time.RFC3339Nano, "hourly": "2006-01-02 15", "daily": "2006-01-02", "monthly": "2006-01", "yearly": "2006"}
	kept := map[int64]bool{}
	for _, v := range plan.Verdicts {
		kept[v.Version.Time.UnixNano()] = v.Kept()
	}
	k := w.policy.Keep
	for _, r := range k.rules() {
		if *r.count == 0 {
			continue
		}
		newest := map[string]time.Time{}
		for _, v := range before {
			name := v.Time.Format(layouts[r.name])
			if r.name == "weekly" {
				y, week := v.Time.ISOWeek()
				name = fmt.Sprint(y, week)
			}
			if !v.Partial && v.Time.After(newest[name]) {
				newest[name] = v.Time
			}
		}
		var times []time.Time
		for _, at := range newest {
			times = append(times, at)
		}
		slices.SortFunc(times, func(a, b time.Time) int { return b.Compare(a) })
		if n := *r.count; n >= 0 {
			times = times[:min(n, len(times))]
		}
		for _, at := range times {
			if !kept[at.UnixNano()] {
				t.Errorf("%s: the version of %v went", r.text(), at)
			}
		}
	}
}

// checkCoverage: as far back as the frames reach there are versions, no further
// apart than intervals and rhythm together.
func (w *world) checkCoverage(t *testing.T, left []Version, first, now time.Time) {
	t.Helper()
	promises := Promises(w.policy)
	apart := w.rhythm.Every.Length() + 2*3600
	bounds := make([]int64, len(promises))
	for i, p := range promises {
		slot := p.Apart
		if w.policy.Slots != nil {
			slot = p.Apart * 21 / 10 // from the first of a slot to the last of the next
		}
		apart += slot
		bounds[i] = apart
	}
	newer := now
	reach := min(promises[len(promises)-1].To, int64(now.Sub(first)/time.Second))
	for _, v := range slices.Backward(left) {
		if v.Time.Before(first) {
			break
		}
		age, gap := int64(now.Sub(v.Time)/time.Second), int64(newer.Sub(v.Time)/time.Second)
		frame := 0
		for frame < len(promises)-1 && age > promises[frame].To {
			frame++
		}
		if gap > bounds[frame] {
			t.Errorf("frame %d has a hole of %d days before %v, at most %d were promised", frame, gap/86400, newer, bounds[frame]/86400)
		}
		newer = v.Time
	}
	if age := int64(now.Sub(newer) / time.Second); age < reach-apart {
		t.Errorf("the oldest is %d days old, and the frames reach back %d", age/86400, reach/86400)
	}
}

// A walk that begins where something changed comes to what a whole one does.
func TestWalkFromWhereSomethingChanged(t *testing.T) {
	for seed := range seeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(uint64(seed), 7))
			randomWorld(t, rnd).walk(t, rnd, 1000)
		})
	}
}

// So it does where clocks are turned back, and a version is in a frame again
// that it had left.
func TestWalkWhereClocksAreTurnedBack(t *testing.T) {
	w := randomWorld(t, rand.New(rand.NewPCG(1, 8)))
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w.text, w.policy, w.zone, w.history = "6h:U,1D:10m", must(t, "6h:U,1D:10m"), zone, nil
	w.now = time.Date(2024, 10, 26, 12, 0, 0, 0, zone)
	w.walk(t, rand.New(rand.NewPCG(1, 9)), 150)
}

// walk compares each of so many walks.
func (w *world) walk(t *testing.T, rnd *rand.Rand, walks int) {
	at, c := w.now, newChooser(w.policy, w.zone)
	c.addAll(slices.DeleteFunc(w.history, func(v Version) bool { return !v.Time.Before(at) }))
	for range walks {
		c.add(&Version{Time: at, Partial: rnd.IntN(50) == 0})
		c.choose(at)
		whole := newChooser(w.policy, w.zone)
		for _, it := range c.items {
			whole.add(it.Version)
		}
		if whole.choose(at); !slices.Equal(c.marks, whole.marks) {
			t.Fatalf("%s, %s, at %v: got %v, want %v", w.text, w.zone, at, c.marks, whole.marks)
		}
		c.sweep(func(*Version, Rule) {})
		at = at.Add(time.Duration(1+rnd.IntN(30)) * time.Minute)
	}
}
