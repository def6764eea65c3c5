package session

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// watched is a board of somebody's, and how often it told of changes.
func (p *person) watched(pace, fresh time.Duration) (b *Board, told *atomic.Int64) {
	b, told = p.s.board(pace, fresh), new(atomic.Int64)
	b.Listen(func() {
		told.Add(1)
		signal(p.changed)
	})
	return b, told
}

func (p *person) onBoard(b *Board) JobState {
	p.t.Helper()
	jobs, err := b.Jobs(p.t.Context())
	if err != nil || len(jobs) != 1 {
		p.t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	return jobs[0]
}

// A change is there for who made it, and the disk is not asked for it again.
func TestBoardHoldsWhatChanged(t *testing.T) {
	p := newPerson(t)
	b, _ := p.watched(time.Hour, time.Hour)
	id, _ := p.job("nine green boats")
	for _, days := range []int{3, 9} {
		if err := p.s.SetDrilling(t.Context(), id, days); err != nil {
			t.Fatal(err)
		}
		if got := p.onBoard(b).Drill.EveryDays; got != days {
			t.Errorf("every %d days, want %d", got, days)
		}
	}
	until := time.Now().Add(time.Hour)
	if err := p.s.PauseAll(t.Context(), until); err != nil {
		t.Fatal(err)
	}
	limits := Speed{Upload: 500, From: "08:00", To: "18:00"}
	for _, err := range []error{p.s.SetPreference(t.Context(), "letters", "150"), p.s.SetSpeed(t.Context(), limits), p.s.SetProcessor(t.Context(), OneCore), p.s.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	letters, lerr := b.Preference(t.Context(), "letters")
	speed, serr := b.Speed(t.Context())
	share, perr := b.Processor(t.Context())
	if err := errors.Join(lerr, serr, perr); err != nil || letters != "150" || speed != limits || share != OneCore {
		t.Errorf("without the disk, what was chosen is %q, %+v and %q, %v", letters, speed, share, err)
	}
	if got := p.onBoard(b).Drill.EveryDays; got != 9 {
		t.Errorf("every %d days without the disk", got)
	}
	if got := b.PausedUntil(t.Context()); !got.Equal(until) {
		t.Errorf("paused until %v, want %v", got, until)
	}
}

// Changes that follow each other closely are told as one, and none is lost.
func TestBoardTellsTogether(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats")
	change := func() {
		for days := range 20 {
			if err := p.s.SetDrilling(t.Context(), id, days+1); err != nil {
				t.Fatal(err)
			}
		}
	}
	slow, often := p.watched(time.Hour, time.Hour)
	change()
	p.until("the first is told", func() bool { return often.Load() > 0 })
	if n := often.Load(); n != 1 {
		t.Errorf("told %d times within an hour", n)
	}
	if got := p.onBoard(slow).Drill.EveryDays; got != 20 {
		t.Errorf("every %d days", got)
	}
	quick, _ := p.watched(time.Nanosecond, time.Hour)
	var last atomic.Int64
	quick.Listen(func() { last.Store(int64(p.onBoard(quick).Drill.EveryDays)) })
	change()
	p.until("the last is told", func() bool { return last.Load() == 20 })
}

// Another program's changes are noticed once somebody looks.
func TestBoardNoticesOthers(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats")
	b, _ := p.watched(time.Nanosecond, 0)
	var told atomic.Int64
	b.Listen(func() { told.Store(int64(p.onBoard(b).Drill.EveryDays)) })
	other, err := Open(t.Context(), p.s.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.SetDrilling(t.Context(), id, 77); err != nil {
		t.Fatal(err)
	}
	p.until("the other's change is told", func() bool { return p.onBoard(b).Drill.EveryDays == 77 && told.Load() == 77 })
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
}
