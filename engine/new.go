package engine

import (
	"log/slog"
	"os"
	"time"

	"github.com/varve-backup/varve/backends/limit"
	"github.com/varve-backup/varve/engine/keymemory"
	"github.com/varve-backup/varve/engine/restic"
)

// Engine runs jobs and answers questions about destinations. Its methods may
// be called from several goroutines.
type Engine struct {
	config  Config
	keys    restic.KeyRing
	limiter *limit.Limiter // of all calls together
}

// New makes an Engine.
func New(c Config) *Engine {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Host == "" {
		// An unknown name only shows in manifests.
		c.Host, _ = os.Hostname()
	}
	e := &Engine{config: c, limiter: limit.NewLimiter(limit.Options{})}
	if c.RememberKeys > 0 {
		e.keys.Memory = keymemory.New(c.RememberKeys)
	}
	return e
}

// job makes a Job of a use case.
func (e *Engine) job(op string, run func(jobRun) (Summary, error)) *Job {
	return &Job{op: op, now: e.config.Now, run: run}
}
