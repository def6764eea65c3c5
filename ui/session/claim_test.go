package session

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// A copy looks now and then whether somebody wants what it copies, and gives way
// once.
func TestCopyYields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, asked, gave := time.Now(), 0, 0
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // or one that never gives way would go on for ever
		defer cancel()
		yield(ctx, func() (bool, error) {
			asked++
			return asked == 2 || asked == 5, map[bool]error{true: errors.New("it cannot be told")}[asked == 2]
		}, func() { gave++ })
		if took := time.Since(begin); gave != 1 || asked != 5 || took != 5*wantedEvery {
			t.Errorf("gave way %d times after %d looks in %v", gave, asked, took)
		}
	})
}

// While one program copies, another neither makes the same copy nor changes what
// is copied: its backup waits, the copy gives way, and goes on after it.
func TestTwoProgramsCopyAndBackUp(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	p.backUpTimes(id, 1)
	c := p.copyTo(id, Choice{Destination: p.path("Second")})
	first := p.s
	claim, claimed, err := first.store.ClaimCopy(c, []int64{id})
	if err != nil || !claimed {
		t.Fatal(claimed, err)
	}
	p.open()
	if err := p.s.CopyNow(c, false); !errors.Is(err, ErrRuns) {
		t.Errorf("a second program makes the same copy: %v", err)
	}
	before := p.good(id)
	if err := p.s.BackUp(id); err != nil {
		t.Fatal(err)
	}
	p.until("the wish to be seen", func() bool {
		wanted, err := first.store.IsWanted([]int64{id})
		return err == nil && wanted
	})
	if err := first.BackUp(id); !errors.Is(err, ErrRuns) {
		t.Errorf("two programs back up one job: %v", err)
	}
	if p.good(id) != before || p.s.Running(id) == nil {
		t.Error("the backup did not wait for the copy")
	}
	if err := first.store.RecordCopy(t.Context(), c, settings.CopyStanding{Outcome: settings.Interrupted}); err != nil {
		t.Fatal(err)
	}
	if err := claim(); err != nil {
		t.Fatal(err)
	}
	p.until("the backup and its copy", func() bool { return p.good(id) == before+1 && p.copyState(id, c).Health == CopyFresh })
	p.copied(c)
}

// A backup that waits for the copy of another program can be stopped.
func TestWaitingForACopyIsStopped(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	claim, claimed, err := p.s.store.ClaimCopy(1, []int64{id})
	if err != nil || !claimed {
		t.Fatal(claimed, err)
	}
	defer claim()
	if err := p.s.BackUp(id); err != nil {
		t.Fatal(err)
	}
	p.s.StopRun(id)
	p.until("the end", func() bool { return p.s.Running(id) == nil })
	if runs := p.state(id).Runs; len(runs) != 1 || runs[0].Outcome != settings.Cancelled {
		t.Errorf("it ended as %+v", runs)
	}
}

// A run that is stopped while it looks at its destination was stopped, and did
// not fail.
func TestStoppedWhileLooking(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errStopped)
	err := p.s.checkDestination(ctx, p.jobNow(id))
	if kindOf(err) != engine.Cancelled || !errors.Is(err, errStopped) {
		t.Errorf("got %v", err)
	}
}
