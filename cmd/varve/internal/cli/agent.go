package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// agentUsage is the help text of the agent.
const agentUsage = `varve agent [--once]

Runs the backups that were set up in Varve's window when they are due, without
a window. It goes on until it is told to end (SIGTERM, Ctrl+C), and then ends
what runs in good order. While the window is open, one of the two does it.

  --once   run what is due now, and end; for cron. The exit code is 1 when a
           backup failed.

Nobody is asked for anything: passphrases come from the keyring, or from
PASSPHRASE. What a backup waits for is told on the standard error.
`

// agentSettle is for how long nothing starts after the agent did: it does when a
// person logs in.
const agentSettle = time.Minute

// agentMain is the action agent, which has arguments of its own. It returns the
// exit code.
func agentMain(line []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("agent", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	once := flags.Bool("once", false, "")
	err := flags.Parse(line)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("agent takes no arguments, but got %q", flags.Arg(0))
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, agentUsage)
		return duplicityargs.ExitOK
	case err != nil:
		fmt.Fprintf(stderr, "varve: %v\nvarve agent --help shows how it is used.\n", err)
		return duplicityargs.ExitUsage
	}
	signal.Ignore(syscall.SIGHUP) // restic asks so whether the owner of a lock lives
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	failed, err := runAgent(ctx, *once, stderr)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "varve:", err)
		return duplicityargs.ExitGeneric
	case failed && *once:
		return duplicityargs.ExitGeneric
	}
	return duplicityargs.ExitOK
}

// runAgent has jobs run until ctx ends, or until none is due.
func runAgent(ctx context.Context, once bool, stderr io.Writer) (failed bool, err error) {
	data, err := settings.DataDir()
	if err != nil {
		return false, fmt.Errorf("finding the folder for settings: %w", err)
	}
	cache, err := settings.CacheDir()
	if err != nil {
		return false, fmt.Errorf("finding the folder for caches: %w", err)
	}
	s, err := session.Open(ctx, session.Config{DataDir: data, CacheDir: cache, Passphrase: secret.New(os.Getenv("PASSPHRASE"))})
	if err != nil {
		return false, err
	}
	machine := surroundings.Open(surroundings.Config{})
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	t := newTeller(ctx, s, stderr)
	if once {
		s.ScheduleOnce(ctx, machine, log)
	} else {
		fmt.Fprintln(stderr, "varve: waiting for backups that are due")
		s.Schedule(machine, agentSettle, log)
		<-ctx.Done()
		fmt.Fprintln(stderr, "varve: ending; what runs is stopped in good order, and goes on the next time")
	}
	failed = t.end()
	return failed, errors.Join(s.Close(), machine.Close())
}

// teller tells of jobs in lines: what they wait for, that they run, and how that
// ended.
type teller struct {
	session *session.Session
	out     io.Writer
	news    chan struct{}
	quit    chan struct{}
	done    chan struct{}

	// Of the goroutine that tells, until done is closed.
	failed bool
	began  time.Time
	told   map[int64]string
	runs   map[int64]bool // whose end was told, by their ids
}

func newTeller(ctx context.Context, s *session.Session, out io.Writer) *teller {
	t := &teller{
		session: s, out: out, news: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}), began: time.Now(),
		told: map[int64]string{}, runs: map[int64]bool{},
	}
	s.Listen(func() {
		select {
		case t.news <- struct{}{}:
		default:
		}
	})
	go t.run(context.WithoutCancel(ctx)) // the last runs are told too
	return t
}

func (t *teller) run(ctx context.Context) {
	defer close(t.done)
	for {
		select {
		case <-t.news:
			t.look(ctx)
		case <-t.quit:
			t.look(ctx)
			return
		}
	}
}

// end returns when all is told, and whether a run failed.
func (t *teller) end() (failed bool) {
	close(t.quit)
	<-t.done
	return t.failed
}

// look tells what is new.
func (t *teller) look(ctx context.Context) {
	jobs, err := t.session.Jobs(ctx)
	if err != nil {
		return // the next look tells it
	}
	for i := range jobs {
		j := &jobs[i]
		t.tellRuns(j)
		if line := standing(j); line != "" && line != t.told[j.ID] {
			t.told[j.ID] = line
			t.line(j, line)
		}
	}
}

// tellRuns tells of runs that ended.
func (t *teller) tellRuns(j *session.JobState) {
	for _, r := range j.Runs {
		if r.Started.Before(t.began) || r.Outcome == settings.Running || t.runs[r.ID] {
			continue
		}
		t.runs[r.ID] = true
		switch r.Outcome {
		case settings.Fine:
			t.line(j, fmt.Sprintf("done, %s, %s stored.", count(r.Files, "file"), size(r.Stored)))
		case settings.Warnings:
			t.line(j, fmt.Sprintf("done, but %s attention.", needs(r.Problems)))
		case settings.Failed:
			t.failed = true
			t.line(j, "failed. "+r.Sentence)
		default:
			t.line(j, "stopped. The next run goes on from there.")
		}
	}
}

func (t *teller) line(j *session.JobState, text string) {
	fmt.Fprintf(t.out, "varve: %s: %s\n", j.Name, text)
}

// standing is what a job does or waits for, "" before that is known.
func standing(j *session.JobState) string {
	now := &j.Timing
	moment := func(t time.Time) string { return zone.Of(t).Format("Mon 15:04") }
	switch {
	case j.Progress != nil && !j.Proof.Running:
		return "running."
	case !now.Looked || !now.Plan.Runs():
		return ""
	case now.Elsewhere:
		return "Another program of yours starts this backup now."
	case now.Cause != schedule.NotDue:
		return now.Waiting(moment)
	case len(now.Coming) > 0:
		return "next " + moment(now.Coming[0]) + "."
	}
	return "next when files change."
}
