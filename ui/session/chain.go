package session

import (
	"context"
	"sync/atomic"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
)

// chain is several restores that look like one: what is ticked may come from
// several versions.
type chain struct {
	jobs []*engine.Job
	at   atomic.Int64 // index of the one that runs
	// prepare adds to the options of the destination, which all share, what
	// only the keyring has. It waits, so it is left to Run.
	prepare func(ctx context.Context)
}

// restoreOf makes the work of some plans, at least one.
func (s *Session) restoreOf(plans []engine.RestorePlan) *chain {
	c := &chain{prepare: func(context.Context) {}}
	for i, p := range withDates(plans) {
		if i > 0 && p.Clash == restore.Refuse {
			// The first of them made the folder.
			p.Clash = restore.KeepBoth
		}
		c.jobs = append(c.jobs, s.engine.Restore(p))
	}
	return c
}

// Run runs them in turn, and ends with the first that fails. The last event is
// one Finished for all.
func (c *chain) Run(ctx context.Context, watch func(engine.Event)) error {
	c.prepare(ctx)
	var sum engine.Summary
	var err error
	for i, job := range c.jobs {
		c.at.Store(int64(i))
		err = job.Run(ctx, func(e engine.Event) {
			if f, ok := e.(engine.Finished); ok {
				sum = added(sum, f.Summary)
				return
			}
			watch(e)
		})
		if err != nil {
			break
		}
	}
	watch(engine.Finished{Summary: sum, Err: err})
	return err
}

func added(a, b engine.Summary) engine.Summary {
	if a.Started.IsZero() {
		return b
	}
	a.Ended = b.Ended
	a.Files, a.Bytes, a.Items = a.Files+b.Files, a.Bytes+b.Bytes, a.Items+b.Items
	a.Problems, a.Skipped, a.Kept = a.Problems+b.Problems, a.Skipped+b.Skipped, a.Kept+b.Kept
	a.Undo, a.Unkept = b.Undo, b.Unkept // of all together
	a.Same += b.Same
	return a
}

// Progress samples all that ran until now.
func (c *chain) Progress() engine.Progress {
	at := int(c.at.Load())
	p := c.jobs[at].Progress()
	for _, before := range c.jobs[:at] {
		b := before.Progress()
		p.Files, p.Bytes = p.Files+b.Files, p.Bytes+b.Bytes
		p.TotalFiles, p.TotalBytes = p.TotalFiles+b.TotalFiles, p.TotalBytes+b.TotalBytes
		p.Problems += b.Problems
		p.Elapsed += b.Elapsed
	}
	// What comes after is not counted before its turn.
	p.Counted = p.Counted && at == len(c.jobs)-1
	return p
}

// Pause halts those that are still to end.
func (c *chain) Pause() {
	for _, j := range c.jobs[c.at.Load():] {
		j.Pause()
	}
}

// Resume lets them go on.
func (c *chain) Resume() {
	for _, j := range c.jobs {
		j.Resume()
	}
}
