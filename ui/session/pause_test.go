package session

import (
	"sync/atomic"
	"testing"
	"time"
)

// heldJob runs a job that stands before its first step until it is let go.
func (p *person) heldJob() (id int64, letGo func()) {
	p.t.Helper()
	id, _ = p.job("")
	gate := make(chan struct{})
	var taken atomic.Bool
	p.s.Listen(func() {
		if taken.CompareAndSwap(false, true) { // that it begins is told by the run itself
			<-gate
		}
	})
	if err := p.s.BackUp(id); err != nil {
		p.t.Fatal(err)
	}
	p.until("the run to begin", taken.Load)
	return id, func() { close(gate) }
}

// A pause halts what runs, is told, and ends by itself.
func TestPauseHaltsWhatRuns(t *testing.T) {
	p := newPerson(t)
	id, letGo := p.heldJob()
	if err := p.s.PauseAll(t.Context(), ForGood()); err != nil {
		t.Fatal(err)
	}
	if h := p.state(id).Health; h != Paused {
		t.Fatalf("the run is %v in a pause", h)
	}
	told := make(chan struct{}, 100)
	p.s.Listen(func() { told <- struct{}{} })
	if err := p.s.PauseAll(t.Context(), time.Now().Add(50*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	letGo()
	p.until("the end of the pause", func() bool { return p.s.PausedUntil(t.Context()).IsZero() })
	p.until("the end of the run", func() bool { return p.good(id) == 1 })
	if len(told) == 0 {
		t.Error("nobody was told of the end")
	}
}

// What a person halted stays halted when a pause ends.
func TestPauseLeavesWhatAPersonHalted(t *testing.T) {
	p := newPerson(t)
	id, letGo := p.heldJob()
	p.s.Pause(id, true)
	for _, until := range []time.Time{ForGood(), {}} {
		if err := p.s.PauseAll(t.Context(), until); err != nil {
			t.Fatal(err)
		}
	}
	if h := p.state(id).Health; h != Paused {
		t.Errorf("the run is %v after the pause", h)
	}
	p.s.Pause(id, false)
	letGo()
	p.until("the end of the run", func() bool { return p.good(id) == 1 })
}

// It is 22:00 in London and 07:00 of the next day in Tokyo.
func TestTomorrowIsThatOfHere(t *testing.T) {
	night := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	for where, hours := range map[*time.Location]time.Duration{time.UTC: 8, time.FixedZone("JST", 9*60*60): 23} {
		stay(t, where)
		if got := Tomorrow(night); !got.Equal(night.Add(hours * time.Hour)) {
			t.Errorf("%v: got %v", where, got)
		}
	}
}

func TestTomorrow(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.Local) }
	for _, row := range []struct {
		name      string
		now, want time.Time
	}{
		{"by day", at(20, 15, 0), at(21, 6, 0)},
		{"before midnight", at(20, 23, 59), at(21, 6, 0)},
		{"after midnight", at(21, 2, 0), at(21, 6, 0)},
		{"early", at(21, 5, 0), at(22, 6, 0)},
		{"at the end of the month", at(30, 12, 0), at(31, 6, 0)},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Tomorrow(row.now); !got.Equal(row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}
