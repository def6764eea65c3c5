package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/retry"
	"github.com/varve-backup/varve/engine/mirror"
	"github.com/varve-backup/varve/engine/repository"
)

// MirrorOptions say how a mirror is made.
type MirrorOptions = mirror.Options

// MirrorAction is what becomes of a file of a mirror.
type MirrorAction = mirror.Action

// The actions.
const (
	MirrorCopy    = mirror.Copy
	MirrorReplace = mirror.Replace
	MirrorRemove  = mirror.Remove
	MirrorKeep    = mirror.Keep
	MirrorExpire  = mirror.Expire
	MirrorProve   = mirror.Prove
)

// MirrorPreview is what a person is asked about.
type MirrorPreview = mirror.Preview

// Mirrored counts what was done.
type Mirrored = mirror.Result

// The refusals of a mirror, which a person can overrule.
var (
	ErrMirrorEmpty   = mirror.ErrEmptySource
	ErrMirrorRemoves = mirror.ErrTooMany
)

// MirrorStage: that many files are copied, compared by content, or removed from
// now on. The job's Progress counts them.
type MirrorStage struct {
	Action       MirrorAction
	Files, Bytes int64
}

// MirrorDone: a file was handled, or would be in a dry run. To is its new name
// when it was set aside.
type MirrorDone struct {
	Action   MirrorAction
	Name, To string
	Bytes    int64
}

// MirrorFailed: a file was not, after the last try.
type MirrorFailed struct {
	Action MirrorAction
	Name   string
	Err    error
}

func (MirrorStage) event()  {}
func (MirrorDone) event()   {}
func (MirrorFailed) event() {}

// SyncPlan makes one destination equal to another, whatever is stored there. Of
// both only where they are and how they are reached counts.
type SyncPlan struct {
	Source, Destination Destination
	MirrorOptions
	// Attempts is how often a single call is tried, and Delay what lies between
	// two of them, twice as long each time unless Constant. 0 is the stores' own
	// choice, and an option of a side wins.
	Attempts int
	Delay    time.Duration
	Constant bool
	// Copy refuses a source without a version, and a destination that holds
	// anything but a copy of it. Known: it was copied there before, so that what
	// is there may be older than all that is left at the source.
	Copy, Known bool
	// NoCreate leaves a destination alone whose folder is missing. That of the
	// source is never made.
	NoCreate bool
	// Confirm is asked before files are compared by content, and before anything
	// is changed; nil is yes.
	Confirm func(ctx context.Context, p MirrorPreview) (bool, error)
}

// Sync makes a job that mirrors. What becomes of single files are events; those
// that fail count as problems, and done gets the numbers before the job ends.
func (e *Engine) Sync(p SyncPlan, done func(Mirrored)) *Job {
	return e.job("mirroring", func(j jobRun) (Summary, error) { return e.sync(j, p, done) })
}

func (e *Engine) sync(j jobRun, p SyncPlan, done func(Mirrored)) (s Summary, err error) {
	j.report(PhaseChanged{Preparing})
	if err := apart(p.Source, p.Destination); err != nil {
		return s, err
	}
	watch := j.observer()
	src, err := e.openSide(j.ctx, &p, p.Source, false, watch)
	if err != nil {
		return s, fmt.Errorf("the source: %w", err)
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	dst, err := e.openSide(j.ctx, &p, p.Destination, !p.NoCreate && !p.DryRun, watch)
	if p.DryRun && !p.NoCreate && errors.Is(err, backends.ErrNotExist) {
		dst, err = nothing{}, nil
	}
	if err != nil {
		return s, fmt.Errorf("the destination: %w", err)
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	o := p.MirrorOptions
	o.Now, o.TempDir = e.config.Now, e.config.TempDir
	if p.Copy {
		o.Vet = (&kinship{src: src, dst: dst, known: p.Known}).vet
	}
	r, err := mirror.Run(j.ctx, src, dst, o, j.mirrorWatch(p.Confirm))
	if r.Copied+r.Replaced > 0 && !p.DryRun {
		sweep(j.ctx, dst)
	}
	done(r)
	return summaryOf(&r), err
}

func summaryOf(r *Mirrored) Summary {
	return Summary{
		Files: r.Copied + r.Replaced, Bytes: r.Bytes, Stored: r.Bytes, Added: r.Copied, Changed: r.Replaced, Deleted: r.Removed,
		Same: r.Same, Kept: r.SetAside, Unchanged: r.Copied+r.Replaced+r.Removed+r.SetAside+r.Expired == 0,
	}
}

// mirrorWatch turns what a mirror tells into events and numbers.
func (j jobRun) mirrorWatch(confirm func(context.Context, MirrorPreview) (bool, error)) mirror.Watch {
	return mirror.Watch{
		Wait:    j.gate.wait,
		Confirm: confirm,
		Notice:  func(text string) { j.report(Notice{Text: text}) },
		Moved:   func(n int64) { j.stored.Add(n) },
		Stage: func(a mirror.Action, files, bytes int64) {
			j.files.Store(0)
			j.bytes.Store(0)
			j.totalFiles.Store(files)
			j.totalBytes.Store(bytes)
			j.counted.Store(true)
			j.report(PhaseChanged{phaseOf(a)})
			j.report(MirrorStage{a, files, bytes})
		},
		Done: func(a mirror.Action, name, to string, bytes int64) {
			j.current.Store(&name)
			j.files.Add(1)
			if a != mirror.Remove && a != mirror.Keep && a != mirror.Expire {
				j.bytes.Add(bytes)
			}
			j.report(MirrorDone{a, name, to, bytes})
		},
		Failed: func(a mirror.Action, name string, err error) {
			j.problems.Add(1)
			j.report(MirrorFailed{a, name, err})
		},
	}
}

func phaseOf(a mirror.Action) Phase {
	if a == mirror.Remove {
		return Finishing
	}
	return Working
}

// openSide opens one side.
func (e *Engine) openSide(ctx context.Context, p *SyncPlan, d Destination, create bool, watch repository.Observer) (backends.Store, error) {
	options, attempts, ours := p.repeats(d)
	d.Options = options
	s, err := p.open(ctx, attempts, func() (backends.Store, error) { return e.openPlace(ctx, d.URL, e.reach(d, create)) })
	if err != nil {
		return nil, err
	}
	if ours {
		s = retry.New(s, p.retries())
	}
	return &teller{s, watch}, nil
}

// openings is how often a side is opened at most, where nothing else is said.
const openings = 3

// repeats says with which options a side is opened, how often at most, and
// whether its calls are repeated by the plan. What the side says of that itself
// wins, and the parts of several destinations try again each for itself.
func (p *SyncPlan) repeats(d Destination) (options map[string]string, attempts int, ours bool) {
	own, err := strconv.Atoi(d.Options["num-retries"])
	attempts = cmp.Or(p.Attempts, openings)
	switch {
	case err == nil || d.Options["backend-retry-delay"] != "":
		return d.Options, cmp.Or(own, openings), false
	case p.Attempts == 0 && p.Delay == 0 && !p.Constant:
		return d.Options, attempts, false
	case strings.HasPrefix(d.URL, "multi:"):
		return with(d.Options, "num-retries", strconv.Itoa(attempts)), attempts, false
	}
	return with(d.Options, "num-retries", "1"), attempts, true
}

// with is a copy of options with one more.
func with(options map[string]string, name, value string) map[string]string {
	all := map[string]string{name: value}
	maps.Copy(all, options)
	return all
}

// open opens a side until that succeeds, or fails for good: who mirrors at night
// is not stopped by a server that is busy for a moment.
func (p *SyncPlan) open(ctx context.Context, attempts int, open func() (backends.Store, error)) (backends.Store, error) {
	wait := cmp.Or(p.Delay, time.Second)
	for attempt := 1; ; attempt++ {
		s, err := open()
		if !errors.Is(err, backends.ErrTemporary) || attempt >= attempts {
			return s, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !p.Constant {
			wait *= 2
		}
	}
}

func (p *SyncPlan) retries() retry.Options {
	o := retry.Options{Attempts: p.Attempts, First: p.Delay}
	if p.Constant {
		o.First = cmp.Or(p.Delay, time.Second)
		o.Longest = o.First
	}
	return o
}

// nothing is a destination that is not there, and that a dry run does not make.
type nothing struct{ backends.Store }

// List implements backends.Store.
func (nothing) List(context.Context, string) iter.Seq2[backends.Object, error] {
	return func(func(backends.Object, error) bool) {}
}

// Close implements backends.Store.
func (nothing) Close() error { return nil }
