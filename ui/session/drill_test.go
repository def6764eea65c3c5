package session

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/settings"
)

// noDrills leaves trying out a restore to the test.
func (p *person) noDrills(id int64) {
	p.t.Helper()
	if err := p.s.SetDrilling(p.t.Context(), id, 0); err != nil {
		p.t.Fatal(err)
	}
}

// noChecks leaves checks to the test, but not drills.
func (p *person) noChecks(id int64) {
	p.t.Helper()
	if err := p.s.SetChecking(p.t.Context(), id, 0, 0); err != nil {
		p.t.Fatal(err)
	}
}

// drill tries a restore out.
func (p *person) drill(id int64) JobState {
	p.t.Helper()
	if err := p.s.Drill(id); err != nil {
		p.t.Fatal(err)
	}
	p.rests(id)
	return p.proof(id)
}

// A restore is tried out without anybody asking for it, once the check has had
// its turn, and then not again before its time.
func TestRestoresAreTriedOutByThemselves(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.write("Letters/long.txt", "a long letter")
			p.backUp(id) // and checks
			if due := p.s.CheckDue(t.Context(), time.Now()); !slices.Equal(due, []int64{id}) {
				t.Fatalf("due are %v", due)
			}
			if err := p.s.Check(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			p.rests(id)
			j := p.proof(id)
			if d := j.Drill; d.Proved.IsZero() || !d.Tried.Equal(d.Proved) || d.Files == 0 || d.Compared == 0 || d.Failed != 0 || d.Running {
				t.Errorf("the drill brought %+v", d)
			}
			if j.Health != Protected || len(j.Proof.Runs) != 1 || j.Others[0].Kind != settings.DrillRun || j.Others[0].Outcome != settings.Fine {
				t.Errorf("the job is %v, %+v", j.Health, j.Others)
			}
			if left, err := os.ReadDir(filepath.Join(p.s.config.CacheDir, "drill")); err == nil && len(left) > 0 {
				t.Errorf("it leaves %v", left)
			}
			p.noChecks(id)
			if due := p.s.CheckDue(t.Context(), time.Now().AddDate(0, 0, 29)); len(due) != 0 {
				t.Errorf("due after 29 days: %v", due)
			}
			if due := p.s.CheckDue(t.Context(), time.Now().AddDate(0, 0, 30)); !slices.Equal(due, []int64{id}) {
				t.Errorf("due after 30 days: %v", due)
			}
			if err := p.s.SetDrilling(t.Context(), id, 0); err != nil {
				t.Fatal(err)
			}
			if due := p.s.CheckDue(t.Context(), time.Now().AddDate(9, 0, 0)); len(due) != 0 {
				t.Errorf("due although nobody wants it: %v", due)
			}
		})
	}
}

// What does not come back is as bad as can be, until a drill is good again.
func TestDrillFindsWhatIsLost(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.noChecks(id)
			p.backUp(id)
			good := p.drill(id).Drill
			path := p.storedFile()
			p.flip(path)
			j := p.drill(id)
			if j.Health != Damaged || j.Drill.Failed == 0 || !j.Drill.Proved.Equal(good.Proved) || !j.Drill.Tried.After(good.Tried) {
				t.Fatalf("the job is %v, %+v", j.Health, j.Drill)
			}
			if r := j.Others[0]; r.Sentence == "" || r.Outcome == settings.Fine {
				t.Errorf("the history says %+v", r)
			}
			if p.s.heldByDamage(t.Context(), id) == "" {
				t.Error("versions may be removed")
			}
			p.flip(path)
			if j := p.drill(id); j.Health != Protected || j.Drill.Failed != 0 || !j.Drill.Proved.Equal(j.Drill.Tried) {
				t.Errorf("after it was mended the job is %v, %+v", j.Health, j.Drill)
			}
		})
	}
}

// A drive that is not there says nothing about what it holds.
func TestDrillOfADriveThatIsAway(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats")
	p.noChecks(id)
	p.backUp(id)
	drive := filepath.Join(p.dir, "Drive")
	if err := os.Rename(drive, drive+" away"); err != nil {
		t.Fatal(err)
	}
	if err := p.s.Check(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p.rests(id)
	j := p.proof(id)
	if len(j.Others) != 0 || !j.Drill.Tried.IsZero() || j.Health != Protected {
		t.Errorf("the job is %v, %+v, %+v", j.Health, j.Others, j.Drill)
	}
	if due := p.s.CheckDue(t.Context(), time.Now()); len(due) != 0 {
		t.Errorf("it is looked for again at once: %v", due)
	}
	if due := p.s.CheckDue(t.Context(), time.Now().Add(afterAway)); len(due) != 1 {
		t.Error("it is not looked for again")
	}
}
