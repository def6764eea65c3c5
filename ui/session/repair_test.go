package session

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/settings"
)

// repair repairs a job, and returns the record of it.
func (p *person) repair(id int64) settings.Run {
	p.t.Helper()
	if err := p.s.Repair(id); err != nil {
		p.t.Fatal(err)
	}
	p.rests(id)
	for _, r := range p.proof(id).Others {
		if r.Kind == settings.RepairRun {
			return r
		}
	}
	p.t.Fatal("no repair is recorded")
	return settings.Run{}
}

// damagedJob is a job of which a photo's content is damaged, as a check found.
func (p *person) damagedJob() (id, second int64) {
	p.t.Helper()
	photo := make([]byte, 100_000)
	rand.Read(photo)
	p.write("Letters/photo", string(photo))
	id, _ = p.job("nine green boats")
	p.never(id)
	p.backUp(id)
	second = p.copyTo(id, Choice{Destination: p.path("Second")})
	p.follows(id, second, 1)
	p.flip(p.storedFile())
	p.prove(id)
	if j := p.proof(id); j.Health != Damaged {
		p.t.Fatalf("it is %v before", j.Health)
	}
	return id, second
}

func TestRepairFromTheSecondPlace(t *testing.T) {
	p := newPerson(t)
	id, _ := p.damagedJob()
	if err := os.Remove(p.path("Letters/photo")); err != nil {
		t.Fatal(err)
	}
	r := p.repair(id)
	if r.Outcome != settings.Fine || r.Files != 1 || r.Problems != 0 {
		t.Errorf("got %+v", r)
	}
	if j := p.proof(id); j.Health != Protected || j.Repairing != 0 || j.Proof.Proved.Before(r.Started) {
		t.Errorf("afterwards it is %v: %+v", j.Health, j.Proof.Checking)
	}
}

// A second place that is not there stops a repair, for it may hold what is
// damaged. Without it the rest is lost, and named.
func TestRepairGivesUpLast(t *testing.T) {
	p := newPerson(t)
	id, second := p.damagedJob()
	if err := os.Remove(p.path("Letters/photo")); err != nil {
		t.Fatal(err)
	}
	p.move("Second", "Elsewhere")
	r := p.repair(id)
	if r.Outcome != settings.Failed || !strings.Contains(r.Sentence, "second place") || p.proof(id).Health != Damaged {
		t.Errorf("without the second place: %+v", r)
	}
	if err := p.s.RemoveCopy(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	r = p.repair(id)
	events, err := p.s.Events(t.Context(), r.ID)
	if err != nil || r.Outcome != settings.Warnings || r.Problems != 1 || len(events) != 1 || filepath.Base(events[0].Path) != "photo" {
		t.Errorf("without any: %+v, %+v, %v", r, events, err)
	}
	if j := p.proof(id); j.Proof.Found != settings.Whole || j.Health != Protected {
		t.Errorf("afterwards it is %v: %+v", j.Health, j.Proof.Checking)
	}
}

// While a job is repaired nothing else is done with what it stored: it waits for
// a copy, and can be stopped then.
func TestRepairIsAloneAndStops(t *testing.T) {
	p := newPerson(t)
	id, second := p.damagedJob()
	release, claimed, err := p.s.store.ClaimCopy(second, []int64{id}) // another program
	if err != nil || !claimed {
		t.Fatal(claimed, err)
	}
	if err := p.s.Repair(id); err != nil {
		t.Fatal(err)
	}
	p.until("the wait for the copy", func() bool {
		wanted, err := p.s.store.IsWanted([]int64{id})
		return err == nil && wanted
	})
	if j := p.proof(id); j.Health != Busy || j.Repairing == 0 || j.Progress == nil {
		t.Errorf("while it runs: %v, step %d", j.Health, j.Repairing)
	}
	for what, err := range map[string]error{"a backup": p.s.BackUp(id), "a copy": p.s.CopyNow(second, false), "a repair": p.s.Repair(id)} {
		if !errors.Is(err, ErrRuns) {
			t.Errorf("%s beside it: %v", what, err)
		}
	}
	p.s.StopRun(id)
	p.rests(id)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if r := p.proof(id).Others[0]; r.Kind != settings.RepairRun || r.Outcome != settings.Cancelled {
		t.Errorf("it ended so: %+v", r)
	}
}
