package cli

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/varve-backup/varve/engine"
)

// showProgress shows how far a job is until stop is called.
func (p *program) showProgress(job *engine.Job) (stop func()) {
	return p.showProgressAs(job, progressLine)
}

// showProgressAs does it with a line of its own.
func (p *program) showProgressAs(job *engine.Job, line func(engine.Progress) string) (stop func()) {
	if !p.args.Progress {
		return func() {}
	}
	terminal := term.IsTerminal(int(os.Stderr.Fd()))
	every := p.args.ProgressRate
	done := make(chan struct{})
	var showing sync.WaitGroup
	showing.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p.out.progress(line(job.Progress()), terminal)
			}
		}
	})
	return func() { close(done); showing.Wait() }
}

// progressLine is one sample.
func progressLine(p engine.Progress) string {
	line := fmt.Sprintf("%s, %s", count(p.Files, "file"), size(p.Bytes))
	if p.TotalBytes > 0 {
		about := ""
		if !p.Counted {
			about = " so far"
		}
		line += fmt.Sprintf(" of %s%s", size(p.TotalBytes), about)
	}
	if s := p.Elapsed.Seconds(); s >= 1 {
		line += fmt.Sprintf(", %s/s", size(int64(float64(p.Bytes)/s)))
	}
	return line
}
