package hsi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// mostSaid bounds what hsi may say, lists among it.
const mostSaid = 256 << 20

// run runs one command of hsi's in a folder of this computer, and hands each
// line that it says to line, unless that is nil. It says everything, also
// lists, on standard error.
func (s *Store) run(ctx context.Context, dir string, line func(string), command string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	cmd := exec.CommandContext(ctx, "hsi", command)
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	said := &transfer.Head{Left: mostSaid}
	cmd.Stdout, cmd.Stderr = said, said
	if err := failed(ctx, cmd.Run(), said.String()); err != nil {
		return err
	}
	if said.Left == 0 {
		return fmt.Errorf("%w: hsi says more than can be kept", backends.ErrUnsupported)
	}
	lines := bufio.NewScanner(&said.Buffer)
	lines.Buffer(nil, mostSaid)
	for line != nil && lines.Scan() {
		line(lines.Text())
	}
	return lines.Err()
}

// meanings says what HPSS's own words mean; the first that fits counts.
func meanings() []struct {
	words string
	ours  error
} {
	return []struct {
		words string
		ours  error
	}{
		{"HPSS_ENOENT", backends.ErrNotExist},
		{"No such file", backends.ErrNotExist},
		{"HPSS_EACCES", backends.ErrPermission},
		{"HPSS_EPERM", backends.ErrPermission},
		{"Permission denied", backends.ErrPermission},
		{"HPSS_ENOSPC", backends.ErrFull},
		{"HPSS_ENOSPACE", backends.ErrFull},
		{"HPSS_EDQUOT", backends.ErrFull},
		{"No space left", backends.ErrFull},
		{"HPSS_EFBIG", backends.ErrTooLarge},
		{"HPSS_ENAMETOOLONG", backends.ErrInvalidName},
		{"File name too long", backends.ErrInvalidName},
		{"HPSS_EISDIR", backends.ErrInvalidName},
		{"Is a directory", backends.ErrInvalidName},
		{"uthentication", backends.ErrAuth}, // at the beginning of a sentence, or not
		{"Kerberos", backends.ErrAuth},
		{"Connection refused", backends.ErrTemporary},
	}
}

// failed makes an error of how hsi ended, and of what it said. Some versions
// end well and begin a line with "***".
func failed(ctx context.Context, err error, said string) error {
	text := complaint(said)
	switch {
	case ctx.Err() != nil && err != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w: hsi is not installed; whoever runs the HPSS archive has it", backends.ErrUnsupported)
	case err == nil && !strings.HasPrefix(text, "***"):
		return nil
	case text == "":
		text = err.Error()
	}
	for _, m := range meanings() {
		if strings.Contains(text, m.words) {
			return fmt.Errorf("%w: hsi: %s", m.ours, text)
		}
	}
	return fmt.Errorf("%w: hsi: %s", backends.ErrTemporary, text)
}

// complaint is the line that complains, or the last one.
func complaint(said string) string {
	last := ""
	for l := range strings.Lines(said) {
		l = strings.TrimSpace(strings.ToValidUTF8(l, "?"))
		if l != "" {
			last = l[:min(len(l), 300)]
		}
		if strings.HasPrefix(l, "***") {
			return last
		}
	}
	return last
}
