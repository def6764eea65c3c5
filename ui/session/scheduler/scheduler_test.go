package scheduler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/engine/watch"
)

// world is a machine with jobs whose runs take a while.
type world struct {
	t         *testing.T
	scheduler *Scheduler
	begin     time.Time

	mu      sync.Mutex
	jobs    []Job
	takes   map[int64]time.Duration // 0 is a minute
	fails   map[int64]int           // how often still
	refuses int
	checks  []int64 // that are due
	paused  time.Time
	away    bool // the drive is not there
	facts   surroundings.Facts
	asked   int
	claimed bool // by another
	log     []string
	skips   []Skip
	changes chan struct{}
	telling bool
	slow    bool // to look through files
	files   map[int64]*fakeFiles
	offset  time.Duration  // of the clock on the wall
	zone    *time.Location // nil is UTC
	news    int            // how often Changed was called
}

// live runs a test in a bubble of its own time, which begins at 00:00 UTC on
// 1 January 2000, a Saturday.
func live(t *testing.T, jobs []Job, do func(w *world)) { inBubble(t, jobs, false, do) }

// tellingWorld is live where somebody is told what is not kept.
func tellingWorld(t *testing.T, jobs []Job, do func(w *world)) { inBubble(t, jobs, true, do) }

func inBubble(t *testing.T, jobs []Job, telling bool, do func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, telling: telling, begin: time.Now(), jobs: jobs, takes: map[int64]time.Duration{}, fails: map[int64]int{}, changes: make(chan struct{}, 1), files: map[int64]*fakeFiles{}}
		w.facts.Battery = 100
		for i := range w.jobs {
			w.jobs[i].ID = int64(i + 1)
			w.jobs[i].History.Created = w.begin
			if w.jobs[i].Place == "" {
				w.jobs[i].Place = fmt.Sprint("place ", i)
			}
			w.jobs[i].Name = fmt.Sprint("Job", i+1)
		}
		w.scheduler = w.make()
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { w.scheduler.Run(ctx) })
		do(w)
		cancel()
		done.Wait()
	})
}

func (w *world) make() *Scheduler {
	return New(Config{
		Backups: w, Machine: w, Checks: w, Zone: w.where, Changed: w.changed, Settle: time.Minute, Now: w.now, Telling: w.telling,
		Watch: func(_ context.Context, c watch.Config) (Watcher, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			f := &fakeFiles{tell: c.Tell, root: c.Root, look: c.Look, state: watch.State{Ready: !w.slow}}
			w.files[int64(len(w.files)+1)] = f
			return f, nil
		},
	})
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

func (w *world) where() *time.Location {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.zone, time.UTC)
}

func (w *world) changed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.news++
}

// told is how often a change was told.
func (w *world) told() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.news
}

// wait lets time pass.
func (w *world) wait(d time.Duration) {
	time.Sleep(d) // in the bubble
	synctest.Wait()
}

// change alters the world, and tells of it as a machine would.
func (w *world) change(do func()) {
	w.mu.Lock()
	do()
	w.mu.Unlock()
	select {
	case w.changes <- struct{}{}:
	default:
	}
}

// set alters the world, and nothing tells of it.
func (w *world) set(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

// happened checks what was started, as times since the beginning.
func (w *world) happened(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.log, want) {
		w.t.Errorf("started %q\nwant    %q", w.log, want)
	}
}

func (w *world) Scheduled(context.Context) ([]Job, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return slices.Clone(w.jobs), nil
}

func (w *world) PausedUntil(context.Context) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.paused
}

func (w *world) Around(_ context.Context, _ int64, s *schedule.Surroundings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.NoDrive = w.away
}

func (w *world) Facts(context.Context) surroundings.Facts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.facts
}

func (w *world) Changes() <-chan struct{} { return w.changes }

func (w *world) Start(id int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := time.Since(w.begin).Round(time.Minute)
	if w.refuses > 0 {
		w.refuses--
		w.log = append(w.log, fmt.Sprintf("%d refuses %v", id, at))
		return errors.New("it does not want to")
	}
	w.log = append(w.log, fmt.Sprintf("%d %v", id, at))
	h := &w.jobs[id-1].History
	h.Started, h.Ended = time.Now().Add(w.offset), time.Time{}
	takes := max(w.takes[id], time.Minute)
	time.AfterFunc(takes, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		h.Ended = time.Now().Add(w.offset)
		if h.Failed = w.fails[id] > 0; h.Failed {
			w.fails[id]--
			h.Failures++
		} else {
			h.Failures = 0
		}
		w.scheduler.Wake()
	})
	return nil
}

func (w *world) Skip(_ context.Context, k Skip) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skips = append(w.skips, k)
	return nil
}

func (w *world) Claim() (func() error, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.claimed {
		return nil, false, nil
	}
	w.claimed = true
	return func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.claimed = false
		return nil
	}, true, nil
}

func (w *world) CheckDue(context.Context, time.Time) []int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.checks)
}

func (w *world) Check(_ context.Context, id int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf("check %d %v", id, time.Since(w.begin).Round(time.Minute)))
	w.checks = slices.DeleteFunc(w.checks, func(due int64) bool { return due == id })
	return nil
}

// fakeFiles change when a test says so.
type fakeFiles struct {
	mu     sync.Mutex
	state  watch.State
	root   string
	tell   func()
	look   time.Duration
	kept   time.Time
	closed bool
}

func (f *fakeFiles) State() watch.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

func (f *fakeFiles) Kept(at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = at
}

func (f *fakeFiles) Ran(at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.Last.Before(at) {
		f.state.First, f.state.Last = time.Time{}, time.Time{}
	}
}

func (f *fakeFiles) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
}

func (f *fakeFiles) change() {
	f.mu.Lock()
	if f.state.Last = time.Now(); f.state.First.IsZero() {
		f.state.First = f.state.Last
	}
	f.mu.Unlock()
	f.tell()
}

func at(times ...schedule.Clock) schedule.Plan { return schedule.Plan{Times: times} }

func TestRunsAtItsTimes(t *testing.T) {
	live(t, []Job{{Plan: at(6*60, 18*60)}, {Plan: schedule.Plan{}}}, func(w *world) {
		w.wait(5 * time.Hour)
		st, _ := w.scheduler.Status(1)
		if len(st.Coming) != 3 || !st.Coming[0].Equal(w.begin.Add(6*time.Hour)) || !st.Coming[2].Equal(w.begin.Add(30*time.Hour)) {
			t.Errorf("coming: %v", st.Coming)
		}
		w.wait(43 * time.Hour)
		w.happened("1 6h0m0s", "1 18h0m0s", "1 30h0m0s", "1 42h0m0s")
	})
}

// A person takes the computer to Japan, and nothing tells of it: within a minute
// the times are those of there, also on the pages of what has no plan.
func TestAnotherTimeZone(t *testing.T) {
	live(t, []Job{{Plan: at(6*60, 18*60)}}, func(w *world) {
		w.wait(7 * time.Hour)
		before := w.told()
		w.set(func() { w.zone = time.FixedZone("JST", 9*60*60) })
		w.wait(time.Minute)
		if st, _ := w.scheduler.Status(1); len(st.Coming) == 0 || !st.Coming[0].Equal(w.begin.Add(9*time.Hour)) {
			t.Errorf("coming: %v", st.Coming)
		}
		if w.told() == before {
			t.Error("nobody was told")
		}
		w.wait(3 * time.Hour)
		w.happened("1 6h0m0s", "1 9h0m0s")
	})
	live(t, []Job{{}}, func(w *world) {
		w.wait(time.Hour)
		before := w.told()
		w.set(func() { w.zone = time.FixedZone("JST", 9*60*60) })
		w.wait(time.Minute)
		if n := w.told() - before; n != 1 {
			t.Errorf("of a job without a plan was told %d times", n)
		}
	})
}

// What is found at the first look through the files counts at once, however
// that falls between two looks, and so does what was started before.
func TestOnceWaitsForTheFirstLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := schedule.Plan{OnChange: schedule.OnChange{Quiet: time.Minute}}
		w := &world{t: t, begin: time.Now(), jobs: []Job{{ID: 1, Plan: plan}, {ID: 2, Plan: at(30), Place: "elsewhere"}}, takes: map[int64]time.Duration{}, fails: map[int64]int{}, files: map[int64]*fakeFiles{}, slow: true}
		w.jobs[0].History.Created, w.jobs[1].History.Created = w.begin, w.begin
		s := w.make()
		w.scheduler, s.config.Settle = s, 0
		w.wait(time.Hour)
		time.AfterFunc(5*time.Second, func() {
			f := w.files[1]
			f.mu.Lock()
			f.state = watch.State{Ready: true, First: w.begin.Add(time.Minute), Last: w.begin.Add(time.Minute)}
			f.mu.Unlock()
		})
		if n := s.Once(t.Context()); n != 2 {
			t.Errorf("%d were started", n)
		}
		s.Close()
	})
}

// A machine that slept makes up for all that it missed with one run, after a
// while, and says why there was none.
func TestSleep(t *testing.T) {
	live(t, []Job{{Plan: at(6*60, 18*60)}}, func(w *world) {
		w.wait(time.Hour)
		w.change(func() { w.offset = 40 * time.Hour }) // the steady clock stood still
		w.wait(10 * time.Minute)
		w.happened("1 1h1m0s")
		var slots []time.Duration
		for _, k := range w.skips {
			slots = append(slots, k.Slot.Sub(w.begin))
			if k.Cause != "off" || !k.Unknown {
				t.Errorf("skip %+v", k)
			}
		}
		if want := []time.Duration{6 * time.Hour, 18 * time.Hour, 30 * time.Hour}; !slices.Equal(slots, want) {
			t.Errorf("skipped %v", slots)
		}
	})
}

// Nobody tells of this sleep.
func TestSleepIsNoticedWithoutSignal(t *testing.T) {
	live(t, []Job{{Plan: at(6 * 60)}}, func(w *world) {
		w.wait(time.Hour)
		w.set(func() { w.offset = 6 * time.Hour })
		w.wait(3 * time.Minute)
		w.happened("1 1h2m0s")
	})
}

func TestWaitsAndSaysWhy(t *testing.T) {
	plan := at(6 * 60)
	plan.Conditions = schedule.Conditions{OnMains: true, Battery: 30}
	live(t, []Job{{Plan: plan}}, func(w *world) {
		w.change(func() { w.facts.OnBattery, w.facts.Battery = true, 12 })
		w.wait(7 * time.Hour)
		w.happened()
		st, _ := w.scheduler.Status(1)
		said := st.Waiting(&plan, func(t time.Time) string { return t.UTC().Format("15:04") })
		if said != "Waits since 06:00: the battery is at 12 %. Runs when plugged in, or from 30 % on." {
			t.Errorf("it says %q", said)
		}
		w.change(func() { w.facts.OnBattery, w.away = false, true })
		w.wait(time.Hour)
		w.happened()
		w.change(func() { w.away = false })
		w.wait(2 * time.Minute)
		w.happened("1 8h0m0s")
		var causes []string
		for _, k := range w.skips {
			causes = append(causes, k.Cause)
		}
		if !slices.Equal(causes, []string{"battery", "drive"}) || w.skips[0].Sentence != "The computer ran on battery, at 12 %." {
			t.Errorf("skips %+v", w.skips)
		}
	})
}

// What a run waits for need not tell of itself.
func TestDriveIsFoundWithoutSignal(t *testing.T) {
	live(t, []Job{{Plan: at(6 * 60)}}, func(w *world) {
		w.set(func() { w.away = true })
		w.wait(7 * time.Hour)
		w.set(func() { w.away = false })
		w.wait(2 * time.Minute)
		w.happened("1 7h1m0s")
	})
}

// Two jobs to one drive go one after the other, and never more than two run.
func TestOneAfterTheOther(t *testing.T) {
	live(t, []Job{{Plan: at(60), Place: "lake"}, {Plan: at(60), Place: "lake"}, {Plan: at(60)}, {Plan: at(60)}}, func(w *world) {
		w.set(func() {
			for id := range int64(4) {
				w.takes[id+1] = 20 * time.Minute
			}
			w.takes[3] = 30 * time.Minute
		})
		w.wait(70 * time.Minute)
		w.happened("1 1h0m0s", "3 1h0m0s")
		st, _ := w.scheduler.Status(2)
		plan := at(60)
		if said := st.Waiting(&plan, nil); said != "Waits until Job1 is done." {
			t.Errorf("it says %q", said)
		}
		w.wait(2 * time.Hour)
		w.happened("1 1h0m0s", "3 1h0m0s", "2 1h20m0s", "4 1h30m0s")
		if len(w.skips) != 0 {
			t.Errorf("waiting for another job is not skipping: %+v", w.skips)
		}
	})
}

func TestTriesAgainEverMoreRarely(t *testing.T) {
	live(t, []Job{{Plan: at(60)}}, func(w *world) {
		w.set(func() { w.fails[1] = 5 })
		w.wait(24 * time.Hour)
		w.happened("1 1h0m0s", "1 1h11m0s", "1 1h32m0s", "1 2h13m0s", "1 3h34m0s", "1 6h15m0s")
	})
}

// A job that cannot even be started is left alone for a while.
func TestRefusal(t *testing.T) {
	live(t, []Job{{Plan: at(60)}}, func(w *world) {
		w.set(func() { w.refuses = 2 })
		w.wait(2 * time.Hour)
		w.happened("1 refuses 1h0m0s", "1 refuses 1h10m0s", "1 1h20m0s")
	})
}

func TestPauseEndsByItself(t *testing.T) {
	live(t, []Job{{Plan: at(60)}}, func(w *world) {
		w.change(func() { w.paused = w.begin.Add(4 * time.Hour) })
		w.wait(3 * time.Hour)
		w.happened()
		w.wait(2 * time.Hour)
		w.happened("1 4h0m0s")
		if len(w.skips) != 1 || w.skips[0].Cause != "paused" {
			t.Errorf("skips %+v", w.skips)
		}
	})
}

// Changes are backed up after a quiet time, and not more often than allowed.
func TestRunsAfterChanges(t *testing.T) {
	plan := schedule.Plan{OnChange: schedule.OnChange{Quiet: 10 * time.Minute, PerHour: 1}}
	live(t, []Job{{Plan: plan, Root: "/home/ada"}}, func(w *world) {
		w.wait(30 * time.Minute)
		w.happened()
		files := w.files[1]
		files.change()
		w.wait(5 * time.Minute)
		files.change() // not quiet yet
		w.wait(8 * time.Minute)
		w.happened()
		w.wait(3 * time.Minute)
		w.happened("1 45m0s")
		w.wait(9 * time.Minute)
		files.change() // at 55 minutes: quiet at 65, but once an hour is enough
		w.wait(3 * time.Hour)
		w.happened("1 45m0s", "1 1h45m0s")
		if st, _ := w.scheduler.Status(1); !st.Changed.IsZero() {
			t.Errorf("unsaved since %v", st.Changed)
		}
		w.change(func() { w.jobs[0].Plan = schedule.Plan{} })
		w.wait(2 * time.Minute)
		if !files.closed {
			t.Error("files are watched for a job that runs by hand")
		}
	})
}

// Where somebody is told what is not kept, files are watched that no run waits
// for, and more seldom looked through.
func TestWatchesForTelling(t *testing.T) {
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	jobs := []Job{{Plan: at(6 * 60), Root: "/home/ada", Kept: began}, {Plan: at(6 * 60), Root: "/home/ada"}}
	tellingWorld(t, jobs, func(w *world) {
		w.wait(time.Minute)
		if len(w.files) != 1 {
			t.Fatalf("%d jobs are watched", len(w.files))
		}
		if f := w.files[1]; f.look != lookForTelling || !f.kept.Equal(began) {
			t.Errorf("watched as %+v", f)
		}
		w.change(func() { w.jobs[0].Plan.OnChange.Quiet = time.Hour })
		w.wait(2 * time.Minute)
		if f := w.files[2]; !w.files[1].closed || f == nil || f.look != 0 {
			t.Errorf("a job that now runs after changes is watched as %+v", f)
		}
	})
}

// A check waits for what a backup would wait for, and for backups at its place.
func TestChecks(t *testing.T) {
	plan := at(60)
	plan.Conditions.OnMains = true
	live(t, []Job{{Plan: plan, Place: "lake"}, {Place: "lake"}}, func(w *world) {
		w.set(func() { w.checks, w.facts.OnBattery, w.takes[1] = []int64{1}, true, 20*time.Minute })
		w.wait(2 * time.Hour)
		w.happened()
		w.change(func() { w.facts.OnBattery, w.checks = false, []int64{2, 99} })
		w.wait(10 * time.Minute)
		w.happened("1 2h0m0s")
		w.wait(20 * time.Minute)
		w.happened("1 2h0m0s", "check 2 2h20m0s")
	})
}

// A storm of events does not make a busy loop, and calm costs next to nothing.
func TestLoopIsNeverBusy(t *testing.T) {
	live(t, []Job{{Plan: at(60)}}, func(w *world) {
		w.wait(10 * time.Minute)
		if w.asked > 12 {
			t.Errorf("looked %d times in ten quiet minutes", w.asked)
		}
		w.asked = 0
		for range 10_000 {
			w.scheduler.Wake()
			w.wait(time.Millisecond)
		}
		if w.asked > 12 {
			t.Errorf("looked %d times in a storm of ten seconds", w.asked)
		}
	})
}

// While another program starts jobs, this one only shows what comes; when that
// one is gone, it takes over.
func TestOneProgramStartsJobs(t *testing.T) {
	live(t, []Job{{Plan: at(60, 180)}}, func(w *world) {
		w.wait(time.Minute)
		second := w.make()
		ctx, cancel := context.WithCancel(w.t.Context())
		var done sync.WaitGroup
		done.Go(func() { second.Run(ctx) })
		w.wait(2 * time.Hour)
		w.happened("1 1h0m0s")
		if st, _ := second.Status(1); !st.Elsewhere || len(st.Coming) != 3 {
			t.Errorf("the second one says %+v", st)
		}
		cancel()
		done.Wait()
	})
}

func TestTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, begin: time.Now(), claimed: true, jobs: []Job{{ID: 1, Plan: at(60)}}, changes: make(chan struct{}), takes: map[int64]time.Duration{}, fails: map[int64]int{}}
		w.jobs[0].History.Created = w.begin
		w.scheduler = w.make()
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { w.scheduler.Run(ctx) })
		w.wait(70 * time.Minute)
		w.happened()
		w.set(func() { w.claimed = false })
		w.wait(5 * time.Minute)
		w.happened("1 1h10m0s")
		cancel()
		done.Wait()
		if w.claimed {
			t.Error("the claim was kept")
		}
	})
}

func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, begin: time.Now(), jobs: []Job{{ID: 1, Plan: at(60)}, {ID: 2, Plan: at(120)}}, takes: map[int64]time.Duration{}, fails: map[int64]int{}}
		for i := range w.jobs {
			w.jobs[i].History.Created = w.begin
		}
		s := w.make()
		s.config.Settle = 0
		w.scheduler = s
		w.wait(90 * time.Minute)
		if n := s.Once(t.Context()); n != 1 {
			t.Errorf("%d were started", n)
		}
		w.happened("1 1h30m0s")
		w.wait(2 * time.Minute)
		if n := s.Once(t.Context()); n != 0 {
			t.Errorf("%d were started again", n)
		}
		s.Close()
		if w.claimed {
			t.Error("the claim was kept")
		}
	})
}

// Every reason to wait has words, which name how it ends.
func TestEveryWaitHasWords(t *testing.T) {
	plan := schedule.Plan{Conditions: schedule.Conditions{Networks: []string{"Home"}}}
	for w := schedule.Paused; w <= schedule.WrongNetwork; w++ {
		st := Status{Verdict: schedule.Verdict{Cause: schedule.Slot, Waits: []schedule.Wait{w}}}
		said := st.Waiting(&plan, func(time.Time) string { return "14:02" })
		if w != schedule.Running && (!strings.Contains(said, "14:02") || !strings.HasSuffix(said, ".")) {
			t.Errorf("%d: %q", w, said)
		}
		if causes[w] == "" || !strings.HasSuffix(reason(w, &st.Surroundings), ".") {
			t.Errorf("%d has no cause or reason", w)
		}
	}
	endless := Status{Verdict: schedule.Verdict{Cause: schedule.Slot, Since: time.Unix(1700000000, 0), Waits: []schedule.Wait{schedule.Paused}}}
	endless.Surroundings.PausedUntil = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if said := endless.Waiting(&plan, time.Time.String); said != "Paused until you have it go on." {
		t.Errorf("a pause without an end: %q", said)
	}
	for b := watch.Limit; b <= watch.Missing; b++ {
		if said := Blindness(watch.State{Blind: b, Look: watch.DefaultLook}); !strings.Contains(said, "every 15 minutes") {
			t.Errorf("%d: %q", b, said)
		}
	}
}
