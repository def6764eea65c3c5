package session

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// Size is how much a job keeps at its destination, and how that grows.
type Size struct {
	// Measured is when Stored and Free were true, zero for never. Free is -1 where
	// the destination does not tell.
	Measured     time.Time
	Stored, Free int64
	// PerWeek is by how much it grew in a week, over the last weeks. Known tells
	// that it was looked at for long enough to say so.
	PerWeek int64
	Known   bool
}

const (
	// trendTime is over which time growth is told, and trendLeast the least that
	// tells something.
	trendTime  = 28 * 24 * time.Hour
	trendLeast = 7 * 24 * time.Hour
	// between is how long a size is good enough.
	between = 12 * time.Hour
	// stale is how old a size is that foretells nothing any more.
	stale = 14 * 24 * time.Hour
	// farOff is in how many weeks a place may be full without anybody being told.
	farOff = 12
)

const week = 7 * 24 * time.Hour

// sizeOf is what measurements tell, which are the newest first.
func sizeOf(all []settings.Size) (z Size) {
	if len(all) == 0 {
		return z
	}
	newest := all[0]
	z.Measured, z.Stored, z.Free = newest.At, newest.Stored, newest.Free
	oldest := newest
	for _, s := range all {
		if newest.At.Sub(s.At) <= trendTime {
			oldest = s
		}
	}
	span := newest.At.Sub(oldest.At)
	if z.Known = span >= trendLeast && len(all) > 2; z.Known {
		z.PerWeek = int64(float64(newest.Stored-oldest.Stored) * float64(week) / float64(span))
	}
	return z
}

// FullIn is in how many weeks a place is full if it goes on like this; ok is
// false when that is far off, or cannot be told.
func (z *Size) FullIn(now time.Time) (weeks int64, ok bool) {
	if !z.Known || z.PerWeek <= 0 || z.Free < 0 || now.Sub(z.Measured) > stale {
		return 0, false
	}
	weeks = z.Free / z.PerWeek
	return weeks, weeks < farOff
}

// measure looks how much a job keeps, unless that was done lately.
func (s *Session) measure(job *settings.Job) {
	s.running.Go(func() {
		now := s.config.Now()
		if known, err := s.store.Sizes(s.ctx, job.ID, now.Add(-between)); err != nil || len(known) > 0 {
			return
		}
		ctx := context.WithValue(s.ctx, unasked{}, true)
		r, err := s.engine.Room(ctx, s.reach(ctx, ArchiveOf(job)))
		if err != nil {
			return // the next run measures
		}
		if s.store.AddSize(s.ctx, job.ID, settings.Size{At: now, Stored: r.Stored, Free: r.Free}) == nil {
			s.changed()
		}
	})
}

// noteLack keeps how much room a run lacked, as far as can be told from how far
// it came.
func (s *Session) noteLack(ctx context.Context, r *Run, err error) {
	lack := int64(0)
	if kindOf(err) == engine.NoSpace && err != nil {
		lack = lackOf(r.engine.Progress())
	}
	if known, e := s.store.Lack(ctx, r.Job); e == nil && known != lack {
		_ = s.store.SetLack(ctx, r.Job, lack) // what is not known is not told
	}
}

// lackOf is how much the rest of a run needs if it is like what came before, 0
// where that tells nothing.
func lackOf(p engine.Progress) int64 {
	rest := p.TotalBytes - p.Bytes
	if !p.Counted || p.Bytes <= 0 || p.Stored <= 0 || rest <= 0 {
		return 0
	}
	return int64(float64(rest) * min(float64(p.Stored)/float64(p.Bytes), 1))
}

// addSize adds how much the job keeps, and whether there is room for more.
func (s *Session) addSize(ctx context.Context, st *JobState) error {
	all, err := s.store.Sizes(ctx, st.ID, s.config.Now().Add(-2*trendTime))
	if err != nil {
		return err
	}
	st.Size = sizeOf(all)
	if st.Trouble() != settings.FullPlace {
		return nil
	}
	st.Full = true
	st.Lack, err = s.store.Lack(ctx, st.ID)
	return err
}
