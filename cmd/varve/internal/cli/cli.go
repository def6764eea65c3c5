// Package cli is the command line program: it turns arguments into engine
// calls, and events into lines. Main runs it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/varve-backup/varve/assets/licences"
	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// program is one run of the command line.
type program struct {
	args   *duplicityargs.Args
	engine *engine.Engine
	out    *lines
	stdout io.Writer
}

// Main runs a command line and returns the exit code.
func Main(line []string) int {
	if needsCompanion(line) {
		return becomeCompanion(line, os.Stderr)
	}
	if len(line) > 0 && line[0] == "agent" {
		return agentMain(line[1:], os.Stdout, os.Stderr)
	}
	args, err := duplicityargs.Parse(line, duplicityargs.Surroundings{
		Env: os.Getenv, Now: time.Now(), Zone: time.Local, Open: openList, Destination: ofDestination,
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "varve: %v\nvarve --help shows how it is used.\n", err)
		return usageCode(err)
	}
	// Most memory is buffers that are used again. Little garbage beside them
	// keeps the process small; the ballast, which is never touched and so takes
	// no memory, keeps a small heap from being collected at every megabyte.
	ballast := make([]byte, ballastSize)
	defer runtime.KeepAlive(ballast)
	debug.SetGCPercent(garbage)
	// restic asks whether the owner of a lock lives by sending it this signal.
	signal.Ignore(syscall.SIGHUP)
	// The first signal ends the run in good order, the second one at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, args, os.Stdout, os.Stderr)
}

// garbage is how much of it there may be, in percent of what is in use and of
// the ballast, in bytes.
const (
	garbage     = 6
	ballastSize = 48 << 20
)

func openList(path string) (io.ReadCloser, error) { return os.Open(path) }

func usageCode(err error) int {
	if _, is := errors.AsType[*duplicityargs.SyncError](err); is {
		return duplicityargs.ExitSyncFailed
	}
	if _, is := errors.AsType[*duplicityargs.ListError](err); is {
		return duplicityargs.ExitFilelist
	}
	return duplicityargs.ExitUsage
}

// run does what args say.
func run(ctx context.Context, args *duplicityargs.Args, stdout, stderr io.Writer) int {
	switch args.Action {
	case duplicityargs.Help:
		fmt.Fprint(stdout, duplicityargs.Usage())
		return duplicityargs.ExitOK
	case duplicityargs.Version:
		fmt.Fprintln(stdout, "varve", version())
		return duplicityargs.ExitOK
	case duplicityargs.Licences:
		if licences.Print(stdout) != nil {
			return duplicityargs.ExitUser // nobody reads on
		}
		return duplicityargs.ExitOK
	}
	err := makeLogFolder(args)
	var out *lines
	if err == nil {
		out, err = newLines(stdout, stderr, args)
	}
	if err != nil {
		fmt.Fprintln(stderr, "varve:", err)
		if args.Action == duplicityargs.Sync {
			return duplicityargs.ExitSyncFailed
		}
		return duplicityargs.ExitUser
	}
	defer out.close()
	p := &program{args: args, out: out, stdout: stdout}
	if err := p.fetchPassphrase(ctx); err != nil {
		return p.fail(err)
	}
	p.engine = engine.New(engine.Config{
		ArchiveDir: archiveDir(), CacheDir: archiveDir(), UndoDir: undoDir(), TempDir: args.TempDir, Program: "varve " + version(),
		Questions: engine.Questions{Passphrase: findPassphrase, Secret: findSecret, Trust: askTrust},
		Tokens:    tokens{settings.NewSecrets(keyringService)}, RememberKeys: args.RememberKey,
	})
	return p.do(ctx)
}

func (p *program) do(ctx context.Context) int {
	switch p.args.Action {
	case duplicityargs.Backup, duplicityargs.Full, duplicityargs.Incremental:
		return p.backup(ctx)
	case duplicityargs.Restore:
		return p.restore(ctx)
	case duplicityargs.Verify:
		return p.verify(ctx)
	case duplicityargs.Status:
		return p.status(ctx)
	case duplicityargs.List:
		return p.list(ctx)
	case duplicityargs.Demo:
		return p.demo(ctx)
	case duplicityargs.Destinations:
		return p.destinations()
	case duplicityargs.Authorize:
		return p.authorize(ctx)
	case duplicityargs.Test:
		return p.test(ctx)
	case duplicityargs.Sync:
		return p.sync(ctx)
	case duplicityargs.Undo:
		return p.undo(ctx)
	}
	return p.look(ctx)
}

// look does the actions that look into an archive, or open and shut it.
func (p *program) look(ctx context.Context) int {
	return map[duplicityargs.Action]func(context.Context) int{
		duplicityargs.Snapshots: p.listVersions,
		duplicityargs.Stats:     p.stats,
		duplicityargs.Ls:        p.ls,
		duplicityargs.Find:      p.find,
		duplicityargs.Diff:      p.diff,
		duplicityargs.Cat:       p.cat,
		duplicityargs.Serve:     p.serve,
		duplicityargs.History:   p.history,
		duplicityargs.KeyList:   p.listKeys,
		duplicityargs.KeyAdd:    p.addKey,
		duplicityargs.KeyRemove: p.removeKey,
		duplicityargs.KeyPasswd: p.changePassphrase,
		duplicityargs.Unlock:    p.unlock,

		duplicityargs.Check:           p.check,
		duplicityargs.Forget:          p.forget,
		duplicityargs.Pin:             p.pin,
		duplicityargs.Unpin:           p.unpin,
		duplicityargs.Prune:           p.prune,
		duplicityargs.RepairIndex:     p.repair,
		duplicityargs.RepairPacks:     p.repair,
		duplicityargs.RepairSnapshots: p.repair,

		duplicityargs.RetentionCheck:    p.checkPolicy,
		duplicityargs.RetentionExplain:  p.explainPolicy,
		duplicityargs.RetentionPlan:     p.planPolicy,
		duplicityargs.RetentionSimulate: p.simulatePolicy,

		duplicityargs.RemoveOlderThan:    p.remove,
		duplicityargs.RemoveAllButFull:   p.remove,
		duplicityargs.RemoveIncrementals: p.remove,
		duplicityargs.Cleanup:            p.remove,
		duplicityargs.Replicate:          p.replicate,
	}[p.args.Action](ctx)
}

// archiveDir is where the archive directories of all destinations are.
func archiveDir() string {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	return filepath.Join(base, "varve")
}

// version is what the build says of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown build"
	}
	return info.Main.Version
}
