package restic

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
)

// How much of a pack is fetched from a remote destination at a time, in bytes.
// A journey costs as much as some hundred kilobytes, so that whoever reads one
// blob after the other gets more and more of the pack ahead.
const (
	firstSegment = 64 << 10
	mostSegment  = 4 << 20
	// segmentGap is how far apart two reads are at most that count as one after
	// the other.
	segmentGap = 256 << 10
	// wholePack is more than packs usually have.
	wholePack = 2 * packTarget
	// segmentsHeld is how much of all packs is held.
	segmentsHeld = 32 << 20
)

// segments reads packs of a remote destination, ahead where that is of use. It
// may be used by several goroutines.
type segments struct {
	store backends.Store
	ahead bool          // more than what is wanted is worth a try
	whole bool          // a part costs as much as all of it
	came  func(n int64) // told of what was fetched

	mu    sync.Mutex
	packs map[id.ID]*segment // guarded by mu
	order []id.ID            // the one used last at the end; guarded by mu
	held  int                // bytes; guarded by mu
}

// segment is the part of a pack that was fetched last.
type segment struct {
	mu    sync.Mutex
	from  int64
	bytes []byte
	next  int64 // how much comes next, if it is asked for
}

// read fills b with what lies in a pack at off.
func (s *segments) read(ctx context.Context, name id.ID, b []byte, off int64) error {
	g := s.of(name)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.copy(b, off) {
		return nil
	}
	before := len(g.bytes)
	if err := s.load(ctx, name, g, int64(len(b)), off); err != nil {
		return err
	}
	s.trim(name, len(g.bytes)-before)
	if !g.copy(b, off) {
		return fmt.Errorf("%w: it is cut short", ErrDamaged)
	}
	return nil
}

// copy takes what is there.
func (g *segment) copy(b []byte, off int64) bool {
	if off < g.from || off+int64(len(b)) > g.from+int64(len(g.bytes)) {
		return false
	}
	copy(b, g.bytes[off-g.from:])
	return true
}

// load fetches what is wanted, and what follows it where that is of use.
func (s *segments) load(ctx context.Context, name id.ID, g *segment, n, off int64) error {
	switch {
	case s.whole:
		off, n = 0, max(off+n, wholePack)
	case s.ahead:
		n = max(n, g.grow(off))
	}
	src, err := s.store.Get(ctx, nameOf(packFile, name), off, n)
	if err != nil {
		return err
	}
	defer src.Close()
	b, err := io.ReadAll(io.LimitReader(src, n)) // it may end before that
	if err != nil {
		return err
	}
	s.came(int64(len(b)))
	g.from, g.bytes = off, b
	return nil
}

// grow returns how much is worth fetching: more if it follows what was wanted
// before.
func (g *segment) grow(off int64) int64 {
	end := g.from + int64(len(g.bytes))
	if g.bytes != nil && off >= g.from && off <= end+segmentGap {
		g.next = min(max(2*g.next, 2*firstSegment), mostSegment)
	} else {
		g.next = firstSegment
	}
	return g.next
}

// of returns the segment of a pack.
func (s *segments) of(name id.ID) *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.packs[name]
	if g == nil {
		g = &segment{}
		s.packs[name] = g
		s.order = append(s.order, name)
	}
	return g
}

// trim lets go of the packs that were begun first. Who reads in one goes on
// with what he has.
func (s *segments) trim(name id.ID, more int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held += more
	for s.held > segmentsHeld && len(s.order) > 1 {
		oldest := s.order[0]
		s.order = s.order[1:]
		if oldest == name {
			s.order = append(s.order, name)
			continue
		}
		if g := s.packs[oldest]; g.mu.TryLock() {
			s.held -= len(g.bytes)
			g.mu.Unlock()
			delete(s.packs, oldest)
		} else {
			s.order = append(s.order, oldest)
			return
		}
	}
}
