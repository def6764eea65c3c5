// Package reread chooses which stored files a check reads to the last byte, and
// remembers when it did. A Plan says how much is read, a Record which files are
// due, and Fresh how much of an archive was read lately.
package reread

import (
	"errors"
	"fmt"
	"time"
)

// Mode says which files are read.
type Mode uint8

// The modes.
const (
	Nothing Mode = iota
	Everything
	// Share is one of Of parts, as restic's --read-data-subset n/t.
	Share
	// Oldest reads what was read longest ago first, until Bytes or For is spent.
	Oldest
)

// Plan is a mode with its limits.
type Plan struct {
	Mode Mode
	// Part counts from 1 to Of, which is at most 256.
	Part, Of int
	// Bytes and For bound Oldest; 0 is no bound.
	Bytes int64
	For   time.Duration
}

// ErrShare: the part of the data to be read makes no sense.
var ErrShare = errors.New("there is no such part of the data")

// Validate returns ErrShare for a part that there is not.
func (p Plan) Validate() error {
	if p.Mode == Share && (p.Of < 1 || p.Part < 1 || p.Part > p.Of) {
		return fmt.Errorf("%w: %d of %d", ErrShare, p.Part, p.Of)
	}
	return nil
}

// Includes tells whether a file is in the share, by a byte that is spread
// evenly over files.
func (p Plan) Includes(b byte) bool { return p.Mode != Share || int(b)%p.Of == p.Part-1 }

// Budget is what is left of a plan's limits. It belongs to one goroutine.
type Budget struct {
	plan  Plan
	now   func() time.Time
	start time.Time
	read  int64
}

// Begin starts the clock.
func (p Plan) Begin(now func() time.Time) *Budget { return &Budget{plan: p, now: now, start: now()} }

// Take takes a file of that many bytes out of the budget. It reports false when
// the budget is spent; one file always fits.
func (b *Budget) Take(size int64) bool {
	p := b.plan
	if p.Mode == Oldest && b.read > 0 && (p.Bytes > 0 && b.read+size > p.Bytes || p.For > 0 && b.now().Sub(b.start) >= p.For) {
		return false
	}
	b.read += size
	return true
}

// Lately is the time in which all of an archive should have been read once.
const Lately = 90 * 24 * time.Hour

// Fresh is how much of an archive was read to the last byte lately, and found
// whole.
type Fresh struct {
	Read, Of int64
	// Damaged was not whole when it was last read, however long ago.
	Damaged int64
}

// Percent is that share, rounded down; 100 of nothing.
func (f Fresh) Percent() int {
	if f.Of <= 0 {
		return 100
	}
	return int(float64(min(f.Read, f.Of)) / float64(f.Of) * 100)
}
