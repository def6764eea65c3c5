package session

import (
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

func TestTrend(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	at := func(days int, stored, free int64) settings.Size {
		return settings.Size{At: now.AddDate(0, 0, -days), Stored: stored, Free: free}
	}
	for name, c := range map[string]struct {
		all     []settings.Size // the newest first
		perWeek int64
		known   bool
		weeks   int64
		full    bool
	}{
		"nothing":                {},
		"one look":               {all: []settings.Size{at(0, 100, 50)}},
		"too short":              {all: []settings.Size{at(0, 100, 5), at(3, 50, 9), at(6, 10, 9)}},
		"four weeks":             {all: []settings.Size{at(0, 140, 100), at(14, 120, 110), at(28, 100, 120), at(40, 0, 500)}, perWeek: 10, known: true, weeks: 10, full: true},
		"far off":                {all: []settings.Size{at(0, 140, 1000), at(14, 120, 110), at(28, 100, 120)}, perWeek: 10, known: true, weeks: 100},
		"nobody knows the room":  {all: []settings.Size{at(0, 140, -1), at(14, 120, -1), at(28, 100, -1)}, perWeek: 10, known: true},
		"it shrinks":             {all: []settings.Size{at(0, 100, 10), at(14, 120, 10), at(28, 140, 10)}, perWeek: -10, known: true},
		"nobody looked for long": {all: []settings.Size{at(20, 140, 10), at(27, 120, 10), at(34, 120, 10)}, perWeek: 10, known: true},
	} {
		z := sizeOf(c.all)
		weeks, full := z.FullIn(now)
		if z.PerWeek != c.perWeek || z.Known != c.known || full != c.full || full && weeks != c.weeks {
			t.Errorf("%s: %+v, full in %d weeks, %v", name, z, weeks, full)
		}
	}
}

func TestLackOfRoom(t *testing.T) {
	for _, c := range []struct {
		p    engine.Progress
		want int64
	}{
		{engine.Progress{Bytes: 100, TotalBytes: 300, Stored: 50, Counted: true}, 100},
		{engine.Progress{Bytes: 100, TotalBytes: 300, Stored: 150, Counted: true}, 200}, // an earlier run's rest
		{engine.Progress{Bytes: 100, TotalBytes: 300, Stored: 50}, 0},
		{engine.Progress{TotalBytes: 300, Stored: 50, Counted: true}, 0},
		{engine.Progress{Bytes: 300, TotalBytes: 300, Stored: 50, Counted: true}, 0},
	} {
		if got := lackOf(c.p); got != c.want {
			t.Errorf("%+v lacks %d, want %d", c.p, got, c.want)
		}
	}
}

// What a job keeps is measured after a backup, and not after each.
func TestBackupsAreMeasured(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats")
	p.never(id)
	p.backUp(id)
	p.until("the size", func() bool { return !p.proof(id).Size.Measured.IsZero() })
	first := p.proof(id).Size
	if first.Stored <= 0 || first.Free <= 0 || first.Known {
		t.Errorf("measured %+v", first)
	}
	p.backUpTimes(id, 1)
	if j := p.proof(id); !j.Size.Measured.Equal(first.Measured) || j.Full || j.Lack != 0 {
		t.Errorf("measured again: %+v", j.Size)
	}
}
