package rclone

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// grace is how long rclone may take to clean up after itself.
const grace = time.Second

// mostSaid bounds what is kept of answers and complaints.
const mostSaid = 256 << 10

// command prepares rclone. It tries small requests again by itself; the rest is
// the caller's.
func (s *Store) command(ctx context.Context, args ...string) (*exec.Cmd, *transfer.Head) {
	options := []string{
		"--ask-password=false", "--retries=1", "--low-level-retries=3", "--stats=0",
		"--timeout=" + s.options.Stall.String(), "--contimeout=" + min(s.options.Stall, time.Minute).String(),
	}
	if s.options.Config != "" {
		options = append(options, "--config="+s.options.Config)
	}
	cmd := exec.CommandContext(ctx, "rclone", slices.Concat(options, args)...)
	cmd.Env = os.Environ()
	if s.options.ConfigPassword != "" {
		cmd.Env = append(cmd.Env, "RCLONE_CONFIG_PASS="+s.options.ConfigPassword)
	}
	cmd.WaitDelay = grace
	// Interrupted, it ends uploads in good order.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	complaints := &transfer.Head{Left: mostSaid}
	cmd.Stderr = complaints
	return cmd, complaints
}

// output runs rclone for a short answer.
func (s *Store) output(ctx context.Context, args ...string) ([]byte, error) {
	cmd, complaints := s.command(ctx, args...)
	said := &transfer.Head{Left: mostSaid}
	cmd.Stdout = said
	if err := cmd.Run(); err != nil {
		return nil, failed(ctx, err, complaints.String())
	}
	return said.Bytes(), nil
}

// feed runs rclone and hands in to it. What is wrong with in ends the program.
func (s *Store) feed(ctx context.Context, in io.Reader, args ...string) error {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd, complaints := s.command(inner, args...)
	cmd.Stdin = &stopping{in, stop}
	err := cmd.Run()
	return failed(inner, err, complaints.String())
}

// stopping tells why a reader failed to whoever must not take it for the end.
type stopping struct {
	io.Reader
	stop context.CancelCauseFunc
}

func (s *stopping) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF { // readers return it as it is
		s.stop(err)
	}
	return n, err
}

// stream runs rclone for an answer of any length. The error of the program is
// that of the last Read. Whoever closes it earlier ends the program.
func (s *Store) stream(ctx context.Context, args ...string) (io.ReadCloser, error) {
	inner, stop := context.WithCancel(ctx)
	cmd, complaints := s.command(inner, args...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		stop()
		return nil, failed(ctx, err, "")
	}
	return &answer{ctx: ctx, stop: stop, cmd: cmd, out: out, complaints: complaints}, nil
}

// answer is what a program says while it runs.
type answer struct {
	ctx        context.Context //nolint:containedctx // io.Reader has no other way
	stop       context.CancelFunc
	cmd        *exec.Cmd
	out        io.Reader
	complaints *transfer.Head
	ended      error // io.EOF or why the program failed; nil while it runs
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	if a.ended != nil {
		return 0, a.ended
	}
	n, err := a.out.Read(p)
	if err == nil || n > 0 {
		return n, nil
	}
	a.ended = io.EOF
	if err := failed(a.ctx, a.cmd.Wait(), a.complaints.String()); err != nil {
		a.ended = err
	}
	return 0, a.ended
}

// Close implements io.Closer.
func (a *answer) Close() error {
	a.stop()
	if a.ended == nil {
		a.ended = os.ErrClosed
		_ = a.cmd.Wait() // it was told to end
	}
	return nil
}

// entries reads a list while it comes, until visit has enough.
func entries(said io.Reader, visit func(*entry) bool) error {
	lines := json.NewDecoder(said)
	if _, err := lines.Token(); err != nil {
		return ofList(err)
	}
	for lines.More() {
		var e entry
		if err := lines.Decode(&e); err != nil {
			return ofList(err)
		}
		if !visit(&e) {
			return nil
		}
	}
	// The program's own error, if any, comes behind the list.
	if _, err := lines.Token(); err != nil {
		return ofList(err)
	}
	_, err := io.Copy(io.Discard, said)
	return err
}

// ofList tells the program's errors from those of its words.
func ofList(err error) error {
	if errors.Is(err, backends.ErrTemporary) || backends.IsPermanent(err) {
		return err
	}
	return fmt.Errorf("%w: rclone's list cannot be read: %w", backends.ErrTemporary, err)
}

// failed makes an error of how rclone ended, and of what it said.
func failed(ctx context.Context, err error, said string) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w: Varve has no remotes of that type within, and the program rclone is not installed", backends.ErrUnsupported)
	}
	text := complaint(said)
	if text == "" {
		text = err.Error()
	}
	return fmt.Errorf("%w: rclone: %s", classOf(err, text), text)
}

// classOf knows rclone's exit codes, and the words of many services.
func classOf(err error, text string) error {
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		switch exit.ExitCode() {
		case 3, 4: // no such folder, no such file
			return backends.ErrNotExist
		}
	}
	for _, m := range [...]struct {
		ours  error
		words []string
	}{
		{backends.ErrConfig, []string{"didn't find section in config file", "didn't find backend called", "is a file not a directory"}},
		{backends.ErrAuth, []string{"unable to decrypt configuration", "unable to authenticate", "invalid_grant", "couldn't fetch token", "401 Unauthorized", "NT_STATUS_LOGON_FAILURE"}},
		{backends.ErrCertificate, []string{"x509:"}},
		{backends.ErrHostKey, []string{"knownhosts:"}},
		{backends.ErrUnsupported, []string{"doesn't support about", "not supported"}},
		{backends.ErrFull, []string{"no space left", "quota exceeded", "507 Insufficient"}},
		{backends.ErrPermission, []string{"permission denied", "read-only file system", "403 Forbidden", "AccessDenied"}},
		{backends.ErrInvalidName, []string{"file name too long", "invalid argument", "is a directory"}},
	} {
		if slices.ContainsFunc(m.words, func(w string) bool { return strings.Contains(text, w) }) {
			return m.ours
		}
	}
	return backends.ErrTemporary
}

// longest is how many bytes of a complaint an error has.
const longest = 400

// complaint is the last line, without the time in front.
func complaint(said string) string {
	last := ""
	for line := range strings.Lines(said) {
		line = strings.Join(strings.Fields(strings.ToValidUTF8(line, "?")), " ")
		if line != "" {
			last = line
		}
	}
	if len(last) > 20 && last[4] == '/' && last[19] == ' ' {
		last = last[20:]
	}
	if len(last) > longest {
		last = strings.ToValidUTF8(last[:longest], "") + "…"
	}
	return last
}
