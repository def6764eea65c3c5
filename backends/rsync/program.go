package rsync

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/varve-backup/varve/backends/transfer"
)

// program runs rsync.
type program struct {
	// options stand in front of those of each call.
	options []string
	// password is for a daemon; ssh has keys.
	password string
	daemon   bool
	// noFsync and noMkpath: the rsync here or there is too old for them.
	noFsync, noMkpath *atomic.Bool
}

// grace is how long rsync may take to clean up after itself.
const grace = time.Second

// said bounds what is kept of messages, and what a line of a list has.
const (
	mostSaid = 64 << 10
	mostLine = 1 << 20
)

// run runs rsync once and hands each line that it prints to line, unless that
// is nil.
func (p *program) run(ctx context.Context, line func(string), args ...string) error {
	cmd := exec.CommandContext(ctx, "rsync", slices.Concat(p.options, args)...)
	cmd.Env = p.environment()
	cmd.WaitDelay = grace
	// Interrupted, it takes its temporary file away.
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	said := &transfer.Head{Left: mostSaid}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return failed(ctx, err, "")
	}
	if err := cmd.Start(); err != nil {
		return failed(ctx, err, "")
	}
	serr := scan(out, line)
	err = cmd.Wait()
	if err == nil {
		err = serr
	}
	return failed(ctx, err, said.String())
}

// scan reads lines to the end, whatever happens, so that nobody waits for
// room in the pipe.
func scan(out io.Reader, line func(string)) error {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, mostLine)
	for lines.Scan() {
		if line != nil {
			line(lines.Text())
		}
	}
	err := lines.Err()
	_, _ = io.Copy(io.Discard, out) // see above
	return err
}

// environment is ours without what changes rsync's ways behind our back. Its
// messages are in English, its times in UTC. A password is always set, if
// empty: otherwise rsync asks the terminal.
func (p *program) environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"RSYNC_RSH", "RSYNC_PASSWORD", "RSYNC_OLD_ARGS", "RSYNC_PARTIAL_DIR", "TZ", "LANGUAGE"}, name) ||
			strings.HasPrefix(name, "LC_")
	})
	env = append(env, "LC_ALL=C", "TZ=UTC")
	if p.daemon {
		env = append(env, "RSYNC_PASSWORD="+p.password)
	}
	return env
}

// durably runs rsync so that what it writes is on the disk when it ends, where
// both sides can do that (3.2.4 and newer).
func (p *program) durably(ctx context.Context, args ...string) error {
	return withOption(p.noFsync, "--fsync", func(option ...string) error {
		return p.run(ctx, nil, append(option, args...)...)
	})
}

// withOption tries with an option, and without it when that is unknown, then
// and from then on.
func withOption(unknown *atomic.Bool, option string, run func(option ...string) error) error {
	if unknown.Load() {
		return run()
	}
	err := run(option)
	if err == nil || !strings.Contains(err.Error(), option) {
		return err
	}
	unknown.Store(true)
	return run()
}
