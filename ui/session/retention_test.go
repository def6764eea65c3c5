package session

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// formats are the passphrases of the two.
var formats = map[string]string{"volumes": "", "deduplicated": "seven green boats"}

// keep sets what stays, without a question.
func (p *person) keep(id int64, text string) {
	p.t.Helper()
	if err := p.s.SetRetention(p.t.Context(), id, Keeping{Text: text, FullEvery: 0}, false); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) jobNow(id int64) *settings.Job {
	p.t.Helper()
	j, err := p.s.store.Job(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	return &j
}

func (p *person) lastRun(id int64) settings.Run {
	p.t.Helper()
	runs, err := p.s.store.Runs(p.t.Context(), id, 1, settings.BackupRun)
	if err != nil || len(runs) == 0 {
		p.t.Fatal(runs, err)
	}
	return runs[0]
}

// stored is how many versions lie at the destination.
func (p *person) stored(id int64) int {
	p.t.Helper()
	found, err := p.s.Inspect(p.t.Context(), Choice{Destination: p.jobNow(id).Destination})
	if err != nil {
		p.t.Fatal(err)
	}
	return found.Versions
}

// backUpTimes makes so many versions that differ.
func (p *person) backUpTimes(id int64, n int) {
	p.t.Helper()
	for i := range n {
		p.write("Letters/diary.txt", fmt.Sprintf("page %d of %v", i, time.Now()))
		p.backUp(id)
		if r := p.lastRun(id); r.Outcome != settings.Fine {
			p.t.Fatalf("run %d: %+v", i, r)
		}
	}
}

// After a good run the policy removes what it does not keep, and the run tells
// which versions went, and by which rule.
func TestPolicyIsAppliedAfterARun(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 3)
	p.keep(id, "keep-versions=2")
	p.backUpTimes(id, 1)
	r := p.lastRun(id)
	events, err := p.s.Events(t.Context(), r.ID)
	if err != nil || p.stored(id) != 2 || r.Removed != 2 || r.Removal != "" {
		t.Fatalf("%d versions are left, the run is %+v, %v", p.stored(id), r, err)
	}
	if len(events) != 2 || events[0].Kind != settings.VersionRemoved || !strings.HasSuffix(events[0].Text, ": there are 2 whole versions that are newer.") {
		t.Errorf("the events are %+v", events)
	}
	if p.jobNow(id).Swept.IsZero() {
		t.Error("the room was not given back")
	}
	p.check()
}

// check has restic look at everything.
func (p *person) check() {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "restic", "--no-cache", "--repo", filepath.Join(p.dir, "Drive"), "check", "--read-data")
	cmd.Env = append(os.Environ(), "RESTIC_PASSWORD="+formats["deduplicated"])
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Errorf("restic (of the Debian package restic) checking what is left: %v\n%s", err, out)
	}
}

// Versions in volumes go with their chain, and not before.
func TestChainsGoAsAWhole(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["volumes"])
	p.backUpTimes(id, 3)
	p.keep(id, "keep-versions=1")
	p.backUpTimes(id, 1)
	if r := p.lastRun(id); r.Removed != 0 || p.stored(id) != 4 {
		t.Errorf("%d versions are left of one chain, the run is %+v", p.stored(id), r)
	}
	removal, err := p.s.PlanRetention(t.Context(), id, "keep-versions=1")
	if err != nil || len(removal.Going) != 0 || removal.Bound != 3 || removal.Kept != 4 {
		t.Errorf("planned %+v, %v", removal, err)
	}

	// Once a version stands for itself again, the older chain goes.
	j := p.jobNow(id)
	plan := engine.BackupPlan{Destination: p.s.reach(t.Context(), ArchiveOf(j)), Root: j.Folders[0], Kind: engine.Full}
	if err := p.s.engine.Backup(plan).Run(t.Context(), func(engine.Event) {}); err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(id, 1)
	if r := p.lastRun(id); r.Removed != 4 || p.stored(id) != 2 {
		t.Errorf("%d versions are left of two chains, the run is %+v", p.stored(id), r)
	}
}

// Where something speaks against it, the job asks, and nothing goes before
// somebody answered.
func TestJobAsks(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 3)
	if err := p.s.SetRetention(t.Context(), id, Keeping{Text: "keep-versions=2"}, true); err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(id, 1)
	j, r := p.jobNow(id), p.lastRun(id)
	if p.stored(id) != 4 || !strings.HasPrefix(j.Held, "What is kept was changed") || r.Removal != j.Held || r.Outcome != settings.Fine {
		t.Fatalf("%d versions are left, the question is %q, the run %+v", p.stored(id), j.Held, r)
	}
	removal, err := p.s.PlanRetention(t.Context(), id, j.Retention)
	if err != nil || len(removal.Going) != 2 || removal.Kept != 2 {
		t.Fatalf("planned %+v, %v", removal, err)
	}
	if freed, err := p.s.Frees(t.Context(), id, j.Retention); err != nil || freed <= 0 {
		t.Errorf("it gives back %d, %v", freed, err)
	}
	if n, err := p.s.RemoveVersions(t.Context(), id, removal.Going[1:]); !errors.Is(err, ErrOthers) || n != 0 || p.stored(id) != 4 {
		t.Errorf("more than was seen: %d removed, %v", n, err)
	}
	leave, err := p.s.occupy(t.Context(), p.jobNow(id))
	if err != nil || !errors.Is(p.s.BackUp(id), ErrRuns) {
		t.Errorf("a backup starts while versions are removed (%v)", err)
	}
	leave()
	if n, err := p.s.RemoveVersions(t.Context(), id, removal.Going); err != nil || n != 2 {
		t.Errorf("%d removed, %v", n, err)
	}
	if j := p.jobNow(id); p.stored(id) != 2 || j.Held != "" || j.Swept.IsZero() {
		t.Errorf("%d versions are left, %+v", p.stored(id), j)
	}
	p.check()
}

// After another choice of folders the versions from before are thinned with the
// new ones, but for the newest of them; they are foretold with them too. Where
// another backup has those folders by now, they stay.
func TestVersionsOfFormerFolders(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 3)
	p.write("Songs/one.txt", "la la la")
	if err := p.s.SetSources(t.Context(), id, []string{filepath.Join(p.dir, "Songs")}, nil); err != nil {
		t.Fatal(err)
	}
	twin := *p.jobNow(id)
	twin.ID, twin.Folders = 0, []string{filepath.Join(p.dir, "Letters")}
	if err := p.s.store.SaveJob(t.Context(), &twin); err != nil {
		t.Fatal(err)
	}
	p.keep(id, "keep-versions=1")
	p.backUpTimes(id, 1)
	if r := p.lastRun(id); r.Removed != 0 || p.stored(id) != 4 {
		t.Errorf("beside a backup of the former folders %d versions are left; the run is %+v", p.stored(id), r)
	}
	if err := p.s.store.DeleteJob(t.Context(), twin.ID); err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(id, 1)
	if r := p.lastRun(id); r.Removed != 3 || p.stored(id) != 2 {
		t.Errorf("%d versions are left, want the newest and the newest of before; the run is %+v", p.stored(id), r)
	}
	p.until("what is foretold", func() bool {
		known, err := p.s.KnownVersions(t.Context(), p.jobNow(id))
		return err == nil && len(known) == 2 && known[0].Time.After(known[1].Time)
	})
	p.check()
}

// What others keep at the same destination is left alone.
func TestOthersVersionsStay(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 2)
	p.write("Songs/one.txt", "la la la")
	for range 2 {
		cmd := exec.CommandContext(t.Context(), "restic", "--no-cache", "--repo", filepath.Join(p.dir, "Drive"), "backup", filepath.Join(p.dir, "Songs"))
		cmd.Env = append(os.Environ(), "RESTIC_PASSWORD="+formats["deduplicated"])
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("restic (of the Debian package restic): %v\n%s", err, out)
		}
	}
	p.keep(id, "keep-versions=1")
	p.backUpTimes(id, 1)
	if r := p.lastRun(id); r.Removed != 2 || p.stored(id) != 3 {
		t.Errorf("%d versions are left, want 1 and the 2 of restic; the run is %+v", p.stored(id), r)
	}
	p.check()

	// Where two backups cannot be told apart, nothing goes.
	twin := *p.jobNow(id)
	twin.ID = 0
	if err := p.s.store.SaveJob(t.Context(), &twin); err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(id, 1)
	if r := p.lastRun(id); r.Removed != 0 || !strings.Contains(r.Removal, "cannot be told from these") || p.stored(id) != 4 {
		t.Errorf("beside a twin %d versions are left; the run is %+v", p.stored(id), r)
	}
}

// A run that looks as if somebody had emptied the folders freezes removal until
// somebody has looked, also for the runs that follow it.
func TestSuspiciousRunFreezes(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	for i := range 30 {
		p.write(fmt.Sprintf("Letters/2025/%d.txt", i), fmt.Sprint("letter ", i))
	}
	p.backUpTimes(id, 2)
	p.keep(id, "keep-versions=1")
	if err := os.RemoveAll(filepath.Join(p.dir, "Letters/2025")); err != nil {
		t.Fatal(err)
	}
	p.backUpTimes(id, 2)
	if j := p.jobNow(id); p.stored(id) != 4 || j.Held != suspected {
		t.Fatalf("%d versions are left, the question is %q", p.stored(id), j.Held)
	}
	removal, err := p.s.PlanRetention(t.Context(), id, "keep-versions=1")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := p.s.RemoveVersions(t.Context(), id, removal.Going); n != 3 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
}

// After a run that failed, nothing goes.
func TestNothingGoesAfterAFailure(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job(formats["deduplicated"])
	p.backUpTimes(id, 2)
	p.keep(id, "keep-versions=1")
	if err := os.Rename(filepath.Join(p.dir, "Letters"), filepath.Join(p.dir, "away")); err != nil {
		t.Fatal(err)
	}
	p.backUp(id)
	if r := p.lastRun(id); r.Outcome != settings.Failed || r.Removed != 0 || p.stored(id) != 2 {
		t.Errorf("%d versions are left; the run is %+v", p.stored(id), r)
	}
	removal, err := p.s.PlanRetention(t.Context(), id, "keep-versions=1")
	if err != nil || len(removal.Against) == 0 || !strings.Contains(removal.Against[0], "last run failed") {
		t.Errorf("planned %+v, %v", removal, err)
	}
}

// The calendar by which versions stay is that of where the computer is.
func TestRetentionByTheCalendarOfHere(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUp(id)
	for _, where := range []*time.Location{time.UTC, time.FixedZone("JST", 9*60*60)} {
		stay(t, where)
		v, err := p.s.survey(t.Context(), p.jobNow(id), "1W:1D,slots=local", agreed)
		if err != nil || v.plan.Options.Zone != where {
			t.Errorf("in %v the rules follow the clock of %v, %v", where, v.plan.Options.Zone, err)
		}
	}
}

func TestRetentionThatIsNone(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	err := p.s.SetRetention(t.Context(), id, Keeping{Text: "1W:1x"}, false)
	if Explain(err).Kind != engine.Invalid || p.jobNow(id).Retention != "" {
		t.Errorf("got %v, and it is %q", err, p.jobNow(id).Retention)
	}
	if err := p.s.SetRetention(t.Context(), id, Keeping{}, true); err != nil || p.jobNow(id).Held != "" {
		t.Errorf("a question about nothing: %q, %v", p.jobNow(id).Held, err)
	}
}

func TestKnownVersions(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("")
	p.backUpTimes(id, 2)
	p.until("the versions to be known", func() bool { return p.versions(a) == 2 && !p.s.Learning(a).Running })
	all, err := p.s.KnownVersions(t.Context(), p.jobNow(id))
	if err != nil || len(all) != 2 || all[0].Chain == "" || all[0].Chain != all[1].Chain {
		t.Errorf("known are %+v, %v", all, err)
	}
}

func TestIsSuspicious(t *testing.T) {
	for _, row := range []struct {
		name                            string
		before, files, changed, deleted int64
		want                            bool
	}{
		{"the first", 0, 1000, 0, 0, false},
		{"an ordinary one", 1000, 1005, 50, 5, false},
		{"nothing left", 1000, 1, 1, 1, true}, // a folder that is gone counts as one
		{"half gone", 1000, 500, 0, 500, false},
		{"more than half gone", 1000, 499, 0, 501, true},
		{"all changed", 1000, 1000, 950, 0, true},
		{"nine in ten", 1000, 1000, 900, 0, false},
		{"other names", 1000, 1000, 0, 1000, true},
		{"few", 12, 2, 2, 10, false},
	} {
		if got := isSuspicious(engine.Summary{Files: row.files, Changed: row.changed, Deleted: row.deleted}, row.before); got != row.want {
			t.Errorf("%s: got %v", row.name, got)
		}
	}
}

// Two deduplicated versions of one second do not build on one another.
func TestVersionsOfASecondAreTold(t *testing.T) {
	at := time.Date(2026, 11, 21, 19, 38, 11, 312_000_000, time.UTC)
	a := versionOf(&engine.Version{Time: at, Chain: at})
	b := versionOf(&engine.Version{Time: at.Add(600 * time.Millisecond), Chain: at.Add(600 * time.Millisecond)})
	if a.Chain == b.Chain {
		t.Errorf("both are of the chain %s", a.Chain)
	}
}
