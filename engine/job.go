package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Job is one run of a plan. It is run once.
type Job struct {
	op    string // what it does, for errors: "backing up"
	run   func(jobRun) (Summary, error)
	now   func() time.Time
	gate  gate
	watch func(Event)

	// mu orders events: workers report from several goroutines.
	mu sync.Mutex

	files, bytes, stored   atomic.Int64
	totalFiles, totalBytes atomic.Int64
	counted                atomic.Bool
	started                atomic.Int64 // unix nanoseconds
	phase                  atomic.Int32
	problems, sockets      atomic.Int64
	current                atomic.Pointer[string]
}

// Progress is a sample of a running job's numbers.
type Progress struct {
	Phase Phase
	// Files and Bytes are what has been handled of the source or the version.
	Files, Bytes int64
	// TotalFiles and TotalBytes are what is known of the whole so far; Counted
	// tells that they are final.
	TotalFiles, TotalBytes int64
	Counted                bool
	// Stored is what has been written to or read from the destination, in bytes.
	Stored   int64
	Problems int64
	// Current is the path being handled.
	Current string
	Paused  bool
	// Elapsed is the time since Run began, pauses included.
	Elapsed time.Duration
}

// Run does the work and blocks until it is done. watch may be nil; it is
// called in order, one call at a time, and the last event is Finished. The
// error is nil or an *Error.
func (j *Job) Run(ctx context.Context, watch func(Event)) error {
	j.watch = watch
	start := j.now()
	j.started.Store(start.UnixNano())
	summary, err := j.run(jobRun{ctx, j})
	summary.Started, summary.Ended = start, j.now()
	summary.Problems, summary.Sockets = j.problems.Load(), j.sockets.Load()
	err = classify(ctx, j.op, err)
	j.report(Finished{summary, err})
	return err
}

// Progress samples the numbers; it may be called at any time from anywhere.
func (j *Job) Progress() Progress {
	p := Progress{
		Phase: Phase(j.phase.Load()),
		Files: j.files.Load(), Bytes: j.bytes.Load(), Stored: j.stored.Load(),
		TotalFiles: j.totalFiles.Load(), TotalBytes: j.totalBytes.Load(), Counted: j.counted.Load(),
		Problems: j.problems.Load(), Paused: j.gate.closed(),
	}
	if s := j.current.Load(); s != nil {
		p.Current = *s
	}
	if s := j.started.Load(); s != 0 {
		p.Elapsed = j.now().Sub(time.Unix(0, s))
	}
	return p
}

// Pause halts the job at the next file or 64 KiB piece; Resume lets it go on.
func (j *Job) Pause() { j.gate.close() }

// Resume ends a pause.
func (j *Job) Resume() { j.gate.open() }

func (j *Job) report(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch e := e.(type) {
	case FileProblem:
		j.problems.Add(1)
	case SocketSkipped:
		j.sockets.Add(1)
	case PhaseChanged:
		j.phase.Store(int32(e.Phase))
	}
	if j.watch != nil {
		j.watch(e)
	}
}

// jobRun is a running job as its use case sees it.
type jobRun struct {
	ctx context.Context //nolint:containedctx // one run, handed on as one value
	*Job
}

// observer tells the job's watcher what the layers below report.
func (j *Job) observer() repository.Observer {
	return repository.Observer{
		Wait:        j.gate.wait,
		Item:        func(path string) { j.current.Store(&path) },
		Handled:     func(files, bytes int64) { j.files.Add(files); j.bytes.Add(bytes) },
		Transferred: func(bytes int64) { j.stored.Add(bytes) },
		Problem: func(path string, kind Problem, err error) {
			j.report(FileProblem{Path: path, Problem: kind, Err: err})
		},
		Changed:     func(path string, c Change) { j.report(ItemChanged{Path: path, Change: c}) },
		Socket:      func(path string) { j.report(SocketSkipped{Path: path}) },
		Notice:      func(text string) { j.report(Notice{Text: text}) },
		Resumed:     func(volumes int) { j.report(Resumed{Volumes: volumes}) },
		FullInstead: func(reason string) { j.report(FullInstead{Reason: reason}) },
		Finishing:   func() { j.report(PhaseChanged{Finishing}) },
	}
}

// gate is a door that workers pass; the zero value is open.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // non-nil while closed; closed when it opens
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

func (g *gate) closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut != nil
}

// wait blocks while the gate is closed, and ends with ctx.
func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut == nil {
		return ctx.Err()
	}
	select {
	case <-shut:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
