package session

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session/scheduler"
)

// machine is a computer as a test wants it.
type machine struct {
	mu      sync.Mutex
	facts   surroundings.Facts
	changes chan struct{}
}

func newMachine() *machine {
	return &machine{facts: surroundings.Facts{Battery: 100}, changes: make(chan struct{}, 1)}
}

func (m *machine) Facts(context.Context) surroundings.Facts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.facts
}

func (m *machine) Changes() <-chan struct{} { return m.changes }

func (m *machine) change(do func(*surroundings.Facts)) {
	m.mu.Lock()
	do(&m.facts)
	m.mu.Unlock()
	m.changes <- struct{}{}
}

// hourly is due at once when a job is new.
var hourly = schedule.Plan{Every: time.Hour}

func (p *person) plan(id int64, plan schedule.Plan) {
	p.t.Helper()
	if err := p.s.SetPlan(p.t.Context(), id, plan); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) state(id int64) JobState {
	p.t.Helper()
	jobs, err := p.s.Jobs(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, j := range jobs {
		if j.ID == id {
			return j
		}
	}
	p.t.Fatalf("there is no job %d", id)
	return JobState{}
}

// good is how many versions a job has made.
func (p *person) good(id int64) (n int) {
	for _, r := range p.state(id).Runs {
		if madeVersion(r) {
			n++
		}
	}
	return n
}

// A job runs by itself when its machine allows it, and tells what it waits for.
func TestJobRunsByItself(t *testing.T) {
	p, m := newPerson(t), newMachine()
	id, _ := p.job("")
	plan := hourly
	plan.Conditions.OnMains = true
	p.plan(id, plan)
	m.facts.OnBattery = true
	p.s.Schedule(m, 0, nil)
	p.until("the wait", func() bool { return len(p.state(id).Timing.Waits) > 0 })
	st := p.state(id)
	if said := st.Timing.Waiting(func(time.Time) string { return "14:02" }); said != "Waits since 14:02: on battery. Runs when plugged in." {
		t.Errorf("it says %q", said)
	}
	if k := st.Timing.Skipped; len(k) != 1 || k[0].Cause != "battery" || k[0].Sentence == "" {
		t.Errorf("skips %+v", k)
	}
	m.change(func(f *surroundings.Facts) { f.OnBattery = false })
	p.until("the run", func() bool { return p.good(id) == 1 })
	p.until("the next one", func() bool {
		st := p.state(id)
		return len(st.Timing.Coming) == 3 && time.Until(st.Timing.Coming[0]) > 50*time.Minute
	})
}

// A passphrase that is not at hand is waited for: nobody is asked.
func TestScheduleAsksNobody(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("seven green boats")
	p.plan(id, hourly)
	p.s.Forget(a.URL)
	p.s.Schedule(newMachine(), 0, nil)
	p.until("the wait", func() bool {
		st := p.state(id)
		return reflect.DeepEqual(st.Timing.Waits, []schedule.Wait{schedule.Passphrase})
	})
	if n := p.asked.Load(); n != 0 {
		t.Errorf("asked %d times", n)
	}
	p.s.Remember(a.URL, "seven green boats")
	p.s.wakeScheduler()
	p.until("the run", func() bool { return p.good(id) == 1 })
}

// The drive is waited for, not written to where it is not.
func TestScheduleWaitsForTheDrive(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUp(id)
	if err := os.Rename(filepath.Join(p.dir, "Drive"), filepath.Join(p.dir, "Unplugged")); err != nil {
		t.Fatal(err)
	}
	c := calendar{p.s}
	away := func() bool {
		s := schedule.Surroundings{Offline: true}
		c.Around(t.Context(), id, &s)
		if !s.Local || s.Offline {
			t.Errorf("a drive needs no network: %+v", s)
		}
		return s.NoDrive
	}
	if !away() {
		t.Error("a folder that held versions is gone, and nobody minds")
	}
	if err := os.Rename(filepath.Join(p.dir, "Unplugged"), filepath.Join(p.dir, "Drive")); err != nil {
		t.Fatal(err)
	}
	if away() {
		t.Error("it is there")
	}
}

// A drive is unplugged when its backup is due: nothing is written in its place,
// it is told, and the run follows when the drive is back.
func TestDriveComesBack(t *testing.T) {
	p, m := newPerson(t), newMachine()
	id, _ := p.job("")
	p.backUp(id)
	drive, away := filepath.Join(p.dir, "Drive"), filepath.Join(p.dir, "Unplugged")
	if err := os.Rename(drive, away); err != nil {
		t.Fatal(err)
	}
	p.plan(id, hourly)
	p.s.config.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	p.s.Schedule(m, 0, nil)
	p.until("the wait", func() bool {
		is := p.state(id).Timing
		return len(is.Skipped) > 0 && len(is.Waits) > 0
	})
	st := p.state(id)
	if k := st.Timing.Skipped[0]; k.Cause != "drive" || st.Timing.Waits[0] != schedule.Drive || len(st.Runs) != 1 {
		t.Errorf("skipped %+v, waits %v, %d runs", k, st.Timing.Waits, len(st.Runs))
	}
	if _, err := os.Stat(drive); err == nil {
		t.Error("something was made where the drive was")
	}
	if err := os.Rename(away, drive); err != nil {
		t.Fatal(err)
	}
	m.change(func(*surroundings.Facts) {})
	p.until("the run", func() bool { return p.good(id) == 2 })
}

// Two backups to one drive that are due at once run one after the other.
func TestTwoJobsDueAtOnce(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.write("Photos/a.jpg", strings.Repeat("x", 1<<20))
	other, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{filepath.Join(p.dir, "Photos")}, Choice: Choice{Destination: filepath.Join(p.dir, "Other folder")}, Plan: hourly})
	if err != nil {
		t.Fatal(err)
	}
	p.plan(id, hourly)
	p.s.Schedule(newMachine(), 0, nil)
	p.until("both runs", func() bool { return p.good(id) == 1 && p.good(other) == 1 })
	a, b := p.lastRun(id), p.lastRun(other)
	if a.Started.Before(b.Ended) && b.Started.Before(a.Ended) {
		t.Errorf("both ran at once: %v to %v, and %v to %v", a.Started, a.Ended, b.Started, b.Ended)
	}
}

// A drive that does not answer does not hold the schedule up twice.
func TestDriveThatHangs(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.s.probing[id] = true
	s := schedule.Surroundings{}
	calendar{p.s}.Around(t.Context(), id, &s)
	if !s.NoDrive {
		t.Error("a drive that hangs is there")
	}
}

// Two programs have one scheduler; both show what comes.
func TestTwoProgramsRunAJobOnce(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.s.Schedule(newMachine(), 0, nil)
	p.until("the first look", func() bool { st := p.state(id); return st.Timing.Looked })
	first := p.s
	p.open()
	p.s.Schedule(newMachine(), 0, nil)
	p.until("the second program", func() bool { st := p.state(id); return st.Timing.Elsewhere })
	p.plan(id, hourly) // by the window, while the agent starts jobs
	first.wakeScheduler()
	p.until("the run", func() bool { return p.good(id) == 1 })
	if n := len(p.state(id).Runs); n != 1 {
		t.Errorf("%d runs", n)
	}
}

func TestPause(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	until := time.Now().Add(time.Hour)
	if err := p.s.PauseAll(t.Context(), until); err != nil {
		t.Fatal(err)
	}
	p.plan(id, hourly)
	p.s.Schedule(newMachine(), 0, nil)
	p.until("the pause", func() bool {
		st := p.state(id)
		return len(st.Timing.Waits) > 0 && st.Timing.Waits[0] == schedule.Paused
	})
	if got := p.s.PausedUntil(t.Context()); !got.Equal(until) {
		t.Errorf("paused until %v", got)
	}
	if err := p.s.PauseAll(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	p.until("the run", func() bool { return p.good(id) == 1 })
	if err := p.s.PauseAll(t.Context(), time.Now().Add(-time.Second)); err != nil || !p.s.PausedUntil(t.Context()).IsZero() {
		t.Errorf("a pause that is over: %v, %v", p.s.PausedUntil(t.Context()), err)
	}
}

// What is due runs once, one job after the other, and the program can end then.
func TestScheduleOnce(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.write("Photos/a.jpg", "x")
	other, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{filepath.Join(p.dir, "Photos")}, Choice: Choice{Destination: filepath.Join(p.dir, "Other drive")}, Plan: hourly})
	if err != nil {
		t.Fatal(err)
	}
	p.plan(id, hourly)
	if ran := p.s.ScheduleOnce(t.Context(), newMachine(), slog.New(slog.DiscardHandler)); ran != 2 || p.good(id) != 1 || p.good(other) != 1 {
		t.Errorf("%d ran", ran)
	}
	if ran := p.s.ScheduleOnce(t.Context(), newMachine(), nil); ran != 0 {
		t.Errorf("%d ran again", ran)
	}
}

// A passphrase from the environment of an agent opens what no keyring does.
func TestPassphraseOfTheAgent(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("seven green boats")
	p.plan(id, hourly)
	p.s.Forget(a.URL)
	p.s.config.Passphrase = secret.New("seven green boats")
	if ran := p.s.ScheduleOnce(t.Context(), newMachine(), nil); ran != 1 || p.good(id) != 1 {
		t.Errorf("%d ran, %d versions", ran, p.good(id))
	}
}

func TestPlanIsKept(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	if st := p.state(id); st.Timing.Plan.Runs() {
		t.Errorf("a job of before there were plans: %+v", st.Timing.Plan)
	}
	want := schedule.Plan{
		Times: []schedule.Clock{18 * 60}, Days: schedule.OnDays(1, 5), OnChange: schedule.OnChange{Quiet: time.Minute, Patience: time.Hour, PerHour: 3},
		Conditions: schedule.Conditions{OnMains: true, Battery: 30, Unmetered: true, NoPowerSaver: true, Networks: []string{"Home"}},
	}
	p.plan(id, want)
	if st := p.state(id); !reflect.DeepEqual(st.Timing.Plan, want) {
		t.Errorf("got  %+v\nwant %+v", st.Timing.Plan, want)
	}
	since, err := p.s.store.Timing(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	want.Conditions = schedule.Conditions{}
	p.plan(id, want)
	if now, err := p.s.store.Timing(t.Context(), id); err != nil || !now.Since.Equal(since.Since) {
		t.Errorf("other conditions forgave what was missed: %v, %v", now.Since, err)
	}
	want.Times = []schedule.Clock{12 * 60}
	p.plan(id, want)
	if now, err := p.s.store.Timing(t.Context(), id); err != nil || now.Since.Equal(since.Since) {
		t.Errorf("a new time was missed before it was chosen: %v, %v", now.Since, err)
	}
	if err := p.s.SetPlan(t.Context(), id, schedule.Plan{Times: []schedule.Clock{9999}}); !errors.Is(err, schedule.ErrPlan) {
		t.Errorf("got %v", err)
	}
	if err := p.s.store.SetTiming(t.Context(), id, settings.Timing{Times: []int{-5}}); err != nil {
		t.Fatal(err)
	}
	if st := p.state(id); st.Timing.Plan.Runs() {
		t.Errorf("nonsense became a plan: %+v", st.Timing.Plan)
	}
}

func TestHistoryOfRuns(t *testing.T) {
	run := func(o settings.Outcome) settings.Run {
		return settings.Run{Started: time.Unix(9, 0), Ended: time.Unix(10, 0), Outcome: o}
	}
	for _, row := range []struct {
		outcomes []settings.Outcome
		failures int
	}{
		{nil, 0},
		{[]settings.Outcome{settings.Fine, settings.Failed}, 0},
		{[]settings.Outcome{settings.Failed, settings.Interrupted, settings.Warnings, settings.Failed}, 2},
		{[]settings.Outcome{settings.Cancelled, settings.Failed}, 0},
	} {
		var runs []settings.Run
		for _, o := range row.outcomes {
			runs = append(runs, run(o))
		}
		if h := historyOf(runs); h.Failures != row.failures || h.Failed != (row.failures > 0) {
			t.Errorf("%v: %+v", row.outcomes, h)
		}
	}
}

// What the end of the program cut off goes on by itself; what a person stopped
// does not.
func TestQuittingIsNotStopping(t *testing.T) {
	for cause, want := range map[error]settings.Outcome{errQuit: settings.Interrupted, errStopped: settings.Cancelled} {
		ctx, stop := context.WithCancelCause(t.Context())
		stop(cause)
		r := settings.Run{Outcome: settings.Cancelled}
		if endedByQuit(ctx, &r); r.Outcome != want {
			t.Errorf("%v: %v", cause, r.Outcome)
		}
	}
}

func TestPlaces(t *testing.T) {
	for url, want := range map[string]string{
		"file:///media/ada/Lake/Varve": "/media/ada/Lake", "file:///run/media/ada/Lake": "/run/media/ada/Lake", "file:///Volumes/Lake/x": "/Volumes/Lake",
		"file:///mnt/nas/backups": "/mnt/nas", "file:///home/ada/Backups": "this computer", "file:///media": "this computer",
		"sftp://ada@box.example/a": "box.example", "sftp://ada@box.example//b": "box.example",
	} {
		if got := placeOf(url); got != want {
			t.Errorf("%s: got %q", url, got)
		}
	}
	for url, want := range map[string]bool{"file:///x": true, "sftp://localhost/x": true, "sftp://ada@box.example/a": false, "nonsense": false} {
		if got := isLocal(url); got != want {
			t.Errorf("%s: local is %v", url, got)
		}
	}
}

// A job is late by its own plan.
func TestLateByThePlan(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUp(id)
	for name, row := range map[string]struct {
		plan schedule.Plan
		want Health
	}{"by hand": {schedule.Plan{}, Protected}, "every hour": {hourly, Late}, "after changes": {schedule.Plan{OnChange: schedule.OnChange{Quiet: time.Minute}}, Protected}} {
		p.plan(id, row.plan)
		p.s.config.Now = func() time.Time { return time.Now().Add(50 * time.Hour) }
		if st := p.state(id); st.Health != row.want {
			t.Errorf("%s: got %v", name, st.Health)
		}
	}
}

// stay has the computer be in one zone after another, and in its own at the end.
func stay(t *testing.T, where *time.Location) {
	t.Helper()
	zone.Use(where)
	t.Cleanup(func() { zone.Use(nil) })
}

// Eleven hours after the version it was this time in Tokyo, twenty hours after
// it in London.
func TestLateByTheClockOfHere(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUp(id)
	due := p.state(id).LastGood.UTC().Add(20 * time.Hour)
	p.plan(id, schedule.Plan{Times: []schedule.Clock{schedule.Clock(60*due.Hour() + due.Minute())}})
	p.s.config.Now = func() time.Time { return due.Add(20 * time.Hour) }
	for where, want := range map[*time.Location]Health{time.UTC: Protected, time.FixedZone("JST", 9*60*60): Late} {
		stay(t, where)
		if got := p.state(id).Health; got != want {
			t.Errorf("%v: got %v", where, got)
		}
	}
}

// The rows of a calendar are what the scheduler needs to watch.
func TestWatchedFiles(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	jobs, err := calendar{p.s}.Scheduled(t.Context())
	if err != nil || len(jobs) != 1 || jobs[0].ID != id || jobs[0].Root != filepath.Join(p.dir, "Letters") {
		t.Fatalf("got %+v, %v", jobs, err)
	}
	ignored := strings.Join(jobs[0].Ignore, " ")
	for _, own := range []string{"data", "cache", "Drive"} {
		if !strings.Contains(ignored, filepath.Join(p.dir, own)) {
			t.Errorf("%s is watched: a backup would follow each backup", own)
		}
	}
	var _ scheduler.Backups = calendar{p.s}
}

// What one look at twenty jobs with a history costs; there is one each minute.
func BenchmarkLookAtJobs(b *testing.B) {
	b.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	dir := b.TempDir()
	s, err := Open(b.Context(), Config{DataDir: filepath.Join(dir, "data"), CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for range 20 {
		id, err := s.AddJob(b.Context(), NewJob{Folders: []string{dir}, Choice: Choice{Destination: filepath.Join(dir, "Drive")}, Plan: schedule.Plan{Times: []schedule.Clock{18 * 60}}})
		for range 30 {
			var r *settings.Run
			if err == nil {
				r, err = s.store.BeginRun(b.Context(), id, settings.BackupRun)
			}
			if err == nil {
				r.Outcome = settings.Fine
				err = s.store.EndRun(b.Context(), r, nil)
			}
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	calls := s.newScheduler(newMachine(), 0, nil)
	defer calls.Close()
	for b.Loop() {
		calls.Once(b.Context())
	}
}
