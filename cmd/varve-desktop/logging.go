package main

import (
	"cmp"
	"context"
	"fmt"
	stdlog "log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/logfile"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// logDir is where the system keeps what programs tell of themselves.
func logDir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Logs", "Varve"), nil
	}
	return filepath.Join(cmp.Or(os.Getenv("XDG_STATE_HOME"), filepath.Join(home, ".local", "state")), "varve"), nil
}

// openLog opens the log of this program and of the toolkit below it. Backups
// are worth more than a log: where none can be written, standard error is it.
func openLog() (log *slog.Logger, closeLog func() error) {
	file, err := openLogFile()
	if err != nil {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
		log.Warn("there is no log file", errorAttr(err))
		return log, func() error { return nil }
	}
	handler := slog.NewTextHandler(file, nil)
	stdlog.SetFlags(0)
	stdlog.SetOutput(slog.NewLogLogger(handler, slog.LevelWarn).Writer())
	return slog.New(handler), func() error {
		stdlog.SetOutput(os.Stderr)
		return file.Close()
	}
}

func openLogFile() (*logfile.File, error) {
	dir, err := logDir()
	if err != nil {
		return nil, fmt.Errorf("finding the folder for the log: %w", err)
	}
	return logfile.Open(dir, "desktop.log")
}

func errorAttr(err error) slog.Attr { return slog.String("error", err.Error()) }

// runLog writes to the log how runs begin and end. It names neither folders
// nor files: a log is what people send to others.
type runLog struct {
	log  *slog.Logger
	jobs interface {
		Jobs(ctx context.Context) ([]session.JobState, error)
	}

	mu   sync.Mutex
	last map[int64]settings.Run // the newest of each job; nil before the first look
}

// look compares the newest runs with those of the last look. The first only
// learns what there was before.
func (r *runLog) look(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	jobs, err := r.jobs.Jobs(ctx)
	if err != nil {
		r.log.Error("reading the jobs", errorAttr(err))
		return
	}
	first := r.last == nil
	if first {
		r.last = map[int64]settings.Run{}
	}
	for _, j := range jobs {
		if len(j.Runs) == 0 {
			continue
		}
		run, before := j.Runs[0], r.last[j.ID]
		r.last[j.ID] = run
		if !first && (run.ID != before.ID || run.Outcome != before.Outcome) {
			r.tell(run)
		}
	}
}

func (r *runLog) tell(run settings.Run) {
	id := []slog.Attr{slog.Int64("job", run.Job), slog.Int64("run", run.ID), slog.String("outcome", string(run.Outcome))}
	if run.Outcome != settings.Running {
		id = append(id, slog.Int64("files", run.Files), slog.Int64("bytes", run.Bytes), slog.Int64("stored", run.Stored),
			slog.Int64("problems", run.Problems), slog.String("sentence", run.Sentence))
	}
	r.log.LogAttrs(context.Background(), slog.LevelInfo, "backup", id...)
}
