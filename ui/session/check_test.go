package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// proof is what the overview knows of a job.
func (p *person) proof(id int64) JobState {
	p.t.Helper()
	jobs, err := p.s.Jobs(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	i := slices.IndexFunc(jobs, func(j JobState) bool { return j.ID == id })
	return jobs[i]
}

func (p *person) rests(id int64) {
	p.t.Helper()
	p.until("the end of the run", func() bool { return p.s.Running(id) == nil })
}

// prove reads all back that is stored.
func (p *person) prove(id int64) {
	p.t.Helper()
	if err := p.s.Prove(p.t.Context(), id, 0); err != nil {
		p.t.Fatal(err)
	}
	p.rests(id)
}

// held begins a check that reads nothing before it is let on.
func (p *person) heldCheck(id int64) *Run {
	p.t.Helper()
	r, err := p.s.newCheck(p.t.Context(), id, false)
	if err != nil {
		p.t.Fatal(err)
	}
	job, err := p.s.prepareCheck(r)
	if err != nil {
		p.t.Fatal(err)
	}
	r.engine.Pause()
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if err := p.s.beginCheck(r, job); err != nil {
		p.t.Fatal(err)
	}
	return r
}

// checkOne reads one file back: its time is over after the first.
func (p *person) checkOne(id int64) {
	p.t.Helper()
	r, err := p.s.newCheck(p.t.Context(), id, false)
	if err != nil {
		p.t.Fatal(err)
	}
	r.check.limit = 1
	if err := p.s.occupyByCheck(r); err != nil {
		p.t.Fatal(err)
	}
	p.rests(id)
}

// never leaves checks and drills to the test.
func (p *person) never(id int64) {
	p.t.Helper()
	p.noChecks(id)
	p.noDrills(id)
}

// storedFile is the largest file at the destination.
func (p *person) storedFile() string {
	p.t.Helper()
	largest, size := "", int64(0)
	err := filepath.WalkDir(filepath.Join(p.dir, "Drive"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err == nil && info.Size() > size && !strings.Contains(path, "sigtar") {
			largest, size = path, info.Size()
		}
		return nil
	})
	if err != nil || largest == "" {
		p.t.Fatal(largest, err)
	}
	return largest
}

// flip changes a byte in the middle of a file, or changes it back.
func (p *person) flip(path string) {
	p.t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		b[len(b)/2] ^= 1
		err = os.Chmod(path, 0o600)
	}
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestIsDue(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name  string
		every int
		ago   time.Duration
		want  bool
	}{
		{"weekly, six days ago", 7, 6 * 24 * time.Hour, false},
		{"weekly, a week ago", 7, 7 * 24 * time.Hour, true},
		{"weekly, a week ago but for an hour", 7, 7*24*time.Hour - time.Hour, true},
		{"daily, a moment ago", 1, time.Minute, false},
		{"never", 0, 1000 * 24 * time.Hour, false},
	} {
		if got := isDue(&settings.Checking{EveryDays: row.every, Proved: at.Add(-row.ago)}, at); got != row.want {
			t.Errorf("%s: got %v", row.name, got)
		}
	}
	if !isDue(&settings.Checking{EveryDays: 30}, at) {
		t.Error("what was never proved is not due")
	}
}

// After a good backup, what is stored is read back without anybody asking for
// it, and then not again before its time.
func TestBackupsAreProvedByThemselves(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.noDrills(id)
			if due := p.s.CheckDue(t.Context(), time.Now()); len(due) != 0 {
				t.Errorf("due before there is a version: %v", due)
			}
			p.backUp(id)
			j := p.proof(id)
			if len(j.Proof.Runs) != 1 || j.Proof.Runs[0].Outcome != settings.Fine || j.Proof.Read == 0 || j.Proof.Read != j.Proof.Of || j.Proof.Runs[0].Bytes != j.Proof.Read {
				t.Fatalf("got %+v", j.Proof)
			}
			if j.Health != Protected || len(j.Runs) != 1 || time.Since(j.Proof.Proved) > time.Hour {
				t.Errorf("the job is %+v", j)
			}
			p.backUpTimes(id, 1)
			if j := p.proof(id); len(j.Proof.Runs) != 1 || len(j.Runs) != 2 {
				t.Errorf("%d checks after %d backups", len(j.Proof.Runs), len(j.Runs))
			}
			now := time.Now()
			if due := p.s.CheckDue(t.Context(), now.AddDate(0, 0, 6)); len(due) != 0 {
				t.Errorf("due after six days: %v", due)
			}
			if due := p.s.CheckDue(t.Context(), now.AddDate(0, 0, 7)); !slices.Equal(due, []int64{id}) {
				t.Errorf("due after a week: %v", due)
			}
			if f := j.Proof.ReadLately(now.AddDate(0, 0, 91)); f.Read != 0 || f.Of != j.Proof.Of {
				t.Errorf("91 days later: %+v", f)
			}
		})
	}
}

// A byte that changed where it is stored is found, the job says so, and no
// version is removed until it is whole again.
func TestDamageIsFound(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.write("Letters/long.txt", strings.Repeat("a long letter, ", 2000)+time.Now().String())
			p.backUp(id)
			p.never(id)
			path := p.storedFile()
			p.flip(path)
			p.prove(id)
			j := p.proof(id)
			r := j.Proof.Runs[0]
			if j.Health != Damaged || j.Proof.Found != settings.Lost || j.Proof.Sentence != Explain(errLost).Sentence || r.Outcome != settings.Warnings || r.Problems == 0 || r.Sentence == "" {
				t.Fatalf("the job is %v, %+v", j.Health, j.Proof)
			}
			events, err := p.s.Events(t.Context(), r.ID)
			if err != nil || len(events) == 0 || events[0].Kind != settings.DamageFound || events[0].Text == "" {
				t.Errorf("the events are %+v, %v", events, err)
			}
			p.keep(id, "keep-versions=1")
			p.backUpTimes(id, 2)
			if r := p.lastRun(id); r.Removed != 0 || !strings.HasPrefix(r.Removal, "Something stored is damaged") || p.stored(id) != 3 {
				t.Errorf("%d versions are left, the run is %+v", p.stored(id), r)
			}
			if j := p.proof(id); j.Health != Damaged {
				t.Errorf("after another backup it is %v", j.Health)
			}
			p.flip(path)
			p.prove(id)
			if j := p.proof(id); j.Health != Protected || j.Proof.Found != settings.Whole || j.Proof.Sentence != "" {
				t.Errorf("once it is whole it is %v, %+v", j.Health, j.Proof)
			}
		})
	}
}

// What is damaged is read again first: a short check tells whether it is whole.
func TestDamageStaysUntilItIsRead(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["volumes"])
	p.never(id)
	p.backUpTimes(id, 3)
	path := p.storedFile()
	p.flip(path)
	p.prove(id)
	p.checkOne(id)
	if j := p.proof(id); j.Health != Damaged || j.Proof.Runs[0].Files != 1 {
		t.Fatalf("it is %v, %+v", j.Health, j.Proof)
	}
	p.flip(path)
	p.checkOne(id)
	if j := p.proof(id); j.Health != Protected || j.Proof.Read != j.Proof.Of {
		t.Errorf("it is %v, %+v", j.Health, j.Proof)
	}
}

// Each check goes on where the one before ended: when its time was over, and
// when it was stopped.
func TestCheckGoesOnWithTheRest(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["volumes"])
	p.never(id)
	p.backUpTimes(id, 2)
	p.checkOne(id)
	first := p.proof(id).Proof
	if first.Read == 0 || first.Read >= first.Of {
		t.Fatalf("one of four files was read: %+v", first)
	}
	if err := p.s.SetChecking(t.Context(), id, 7, 10); err != nil {
		t.Fatal(err)
	}
	r := p.heldCheck(id)
	p.until("the check to wait", func() bool { return r.Progress().Phase == engine.Working })
	if j := p.proof(id); !j.Proof.Running || j.Progress == nil || j.Health != Protected {
		t.Errorf("while it runs: %+v", j)
	}
	if err := p.s.Check(t.Context(), id); err != ErrRuns { //nolint:errorlint // it is returned as it is
		t.Errorf("a second check: %v", err)
	}
	p.s.StopRun(id)
	p.rests(id)
	stopped := p.proof(id).Proof
	if stopped.Runs[0].Outcome != settings.Cancelled || !stopped.Proved.Equal(first.Proved) || stopped.Read != first.Read {
		t.Errorf("after it was stopped: %+v", stopped)
	}
	due := first.Proved.AddDate(0, 0, 7)
	if got := p.s.CheckDue(t.Context(), due); !slices.Equal(got, []int64{id}) {
		t.Errorf("due is %v", got)
	}
	for range 3 {
		p.checkOne(id)
	}
	if last := p.proof(id).Proof; last.Read != last.Of {
		t.Errorf("four checks of four files: %+v", last)
	}
}

// A check that a person stopped does not begin again at once.
func TestStoppedCheckWaits(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["volumes"])
	p.never(id)
	p.backUpTimes(id, 1)
	if err := p.s.SetChecking(t.Context(), id, 7, 10); err != nil {
		t.Fatal(err)
	}
	p.heldCheck(id)
	p.s.StopRun(id)
	p.rests(id)
	now := time.Now()
	if got := p.s.CheckDue(t.Context(), now); len(got) != 0 {
		t.Errorf("due is %v", got)
	}
	if got := p.s.CheckDue(t.Context(), now.Add(afterFailure)); len(got) != 1 {
		t.Errorf("a day later due is %v", got)
	}
}

// A backup does not wait for a check: that stops, and goes on after it.
func TestCheckGivesWayToABackup(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["volumes"])
	p.never(id)
	p.backUpTimes(id, 1)
	if err := p.s.SetChecking(t.Context(), id, 7, 10); err != nil {
		t.Fatal(err)
	}
	p.heldCheck(id)
	p.backUpTimes(id, 1)
	j := p.proof(id)
	if len(j.Runs) != 2 || len(j.Proof.Runs) != 1 || j.Proof.Runs[0].Outcome != settings.Fine || j.Proof.Read != j.Proof.Of {
		t.Errorf("%d backups, %+v", len(j.Runs), j.Proof)
	}
}

// Removing versions does not wait for a check either.
func TestCheckGivesWayToARemoval(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.never(id)
	p.backUpTimes(id, 2)
	p.keep(id, "keep-versions=1")
	removal, err := p.s.PlanRetention(t.Context(), id, "keep-versions=1")
	if err != nil {
		t.Fatal(err)
	}
	p.heldCheck(id)
	if n, err := p.s.RemoveVersions(t.Context(), id, removal.Going); n != 1 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
}

// A destination that is away is no finding, and none that is not at hand asks
// anybody: the check stays due, and the history has no word of it.
func TestAwayIsNoFinding(t *testing.T) {
	for _, row := range []struct{ name, passphrase string }{{"the drive is away", ""}, {"the passphrase is not at hand", formats["deduplicated"]}} {
		t.Run(row.name, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(row.passphrase)
			p.never(id)
			p.backUpTimes(id, 1)
			if err := p.s.SetChecking(t.Context(), id, 1, 10); err != nil {
				t.Fatal(err)
			}
			drive := filepath.Join(p.dir, "Drive")
			if row.passphrase == "" {
				if err := os.Rename(drive, drive+" away"); err != nil {
					t.Fatal(err)
				}
			} else {
				p.until("the version to be known", func() bool { return !p.s.Learning(ArchiveOf(p.jobNow(id))).Running })
				if err := p.s.Close(); err != nil {
					t.Fatal(err)
				}
				p.open()
			}
			if err := p.s.Check(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			p.rests(id)
			now := time.Now()
			if j := p.proof(id); len(j.Proof.Runs) != 0 || j.Proof.Found != settings.Whole || !j.Proof.Proved.IsZero() || p.asked.Load() != 0 || j.Health != Protected {
				t.Errorf("asked %d times, %v, %+v", p.asked.Load(), j.Health, j.Proof)
			}
			if got := p.s.CheckDue(t.Context(), now); len(got) != 0 {
				t.Errorf("due at once: %v", got)
			}
			if got := p.s.CheckDue(t.Context(), now.Add(afterAway)); len(got) != 1 {
				t.Errorf("due an hour later: %v", got)
			}
			if row.passphrase != "" {
				return
			}
			p.prove(id) // a person is told
			if j := p.proof(id); len(j.Proof.Runs) != 1 || j.Proof.Runs[0].Outcome != settings.Failed || j.Proof.Runs[0].Sentence == "" || j.Proof.Found != settings.Whole {
				t.Errorf("a person is told %+v", j.Proof)
			}
		})
	}
}

// A person who wants a check is asked for what opens the backup.
func TestPersonIsAskedForTheProof(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.never(id)
	p.backUpTimes(id, 1)
	p.until("the version to be known", func() bool { return !p.s.Learning(ArchiveOf(p.jobNow(id))).Running })
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	p.answer = formats["deduplicated"]
	p.open()
	p.prove(id)
	if j := p.proof(id); p.asked.Load() != 1 || j.Proof.Read == 0 {
		t.Errorf("asked %d times, %+v", p.asked.Load(), j.Proof)
	}
}

// What cannot be opened any more because it is damaged is damage.
func TestDamageThatClosesTheDoor(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 1)
	p.flip(filepath.Join(p.dir, "Drive", "config"))
	p.prove(id)
	if j := p.proof(id); j.Health != Damaged || j.Proof.Runs[0].Outcome != settings.Failed || j.Proof.Found != settings.Lost {
		t.Errorf("it is %v, %+v", j.Health, j.Proof)
	}
}

func TestSampleOfACheck(t *testing.T) {
	half := engine.Progress{Stored: 100, Elapsed: 5 * time.Minute}
	for _, row := range []struct {
		name  string
		check checkRun
		want  int64
	}{
		{"bound by its time", checkRun{limit: 10 * time.Minute, whole: 10_000}, 200},
		{"bound by what there is", checkRun{limit: 10 * time.Minute, whole: 150}, 150},
		{"nothing known", checkRun{limit: 10 * time.Minute}, 200},
		{"no bound", checkRun{whole: 10_000}, 10_000},
	} {
		if got := row.check.sample(half); got.Bytes != 100 || got.TotalBytes != row.want {
			t.Errorf("%s: got %+v", row.name, got)
		}
	}
}

// The session can end while a check runs.
func TestQuitInACheck(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["volumes"])
	p.never(id)
	p.backUpTimes(id, 1)
	if err := p.s.SetChecking(t.Context(), id, 1, 10); err != nil {
		t.Fatal(err)
	}
	p.heldCheck(id)
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	p.open()
	if got := p.s.CheckDue(t.Context(), time.Now()); len(got) != 1 {
		t.Errorf("due is %v", got)
	}
}
