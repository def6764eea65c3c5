package rsync

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"github.com/varve-backup/varve/backends"
)

// meaning is what a word of rsync's or ssh's means for every store.
type meaning struct {
	words string
	ours  error
}

// meanings lists what is known; the first that fits counts. The numbers are
// those of the system's errors, which tell rsync's lines from ssh's.
func meanings() []meaning {
	return []meaning{
		{"auth failed on module", backends.ErrAuth},
		{"Permission denied (publickey", backends.ErrAuth},
		{"Permission denied (password", backends.ErrAuth},
		{"Permission denied (keyboard", backends.ErrAuth},
		{"Permission denied (gssapi", backends.ErrAuth},
		{"Too many authentication failures", backends.ErrAuth},
		{"Host key verification failed", backends.ErrHostKey},
		{"max connections", backends.ErrTemporary},
		{"Unknown module", backends.ErrNotExist},
		{"access denied to", backends.ErrPermission},
		{"module is read only", backends.ErrPermission},
		{"No space left on device", backends.ErrFull},
		{"Disk quota exceeded", backends.ErrFull},
		{"File too large", backends.ErrTooLarge},
		{"File name too long", backends.ErrInvalidName},
		{"Illegal byte sequence", backends.ErrInvalidName},
		// The folder came to be while rsync looked, which then took its dot for the
		// name of a file.
		{"could not make way for new regular file: .\n", backends.ErrNotExist},
		{"could not make way for new regular file", backends.ErrInvalidName},
		{"Not a directory (20)", backends.ErrNotExist},
		{"No such file or directory (2)", backends.ErrNotExist},
		{"Read-only file system", backends.ErrPermission},
		{"Permission denied (13)", backends.ErrPermission},
		{"Operation not permitted (1)", backends.ErrPermission},
		{"Connection refused", errUnreachable},
		{"Could not resolve hostname", errUnreachable},
		{"Name or service not known", errUnreachable},
		{"No route to host", errUnreachable},
		{"Network is unreachable", errUnreachable},
		{"command not found", backends.ErrUnsupported},
		{"unknown option", backends.ErrConfig},
		{"configured to refuse", backends.ErrConfig},
		{"Bad configuration option", backends.ErrConfig},
	}
}

// errUnreachable is ErrTemporary in the middle of a run, and ErrOffline when a
// destination is opened.
var errUnreachable = fmt.Errorf("%w: nobody answers", backends.ErrTemporary)

// failed makes an error of how rsync ended, and of what it said.
func failed(ctx context.Context, err error, said string) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%w: rsync is not installed; it is in the package rsync", backends.ErrUnsupported)
	}
	for _, m := range meanings() {
		if text := lineWith(said, m.words); text != "" {
			return fmt.Errorf("%w: %s%s", m.ours, text, advice(m.ours))
		}
	}
	text := line(said)
	if text == "" {
		text = err.Error()
	}
	return fmt.Errorf("%w: %s", byCode(err), text)
}

// lineWith is the first line of what was said that has some words in it, its
// end included.
func lineWith(said, words string) string {
	for l := range strings.Lines(said) {
		if strings.Contains(l, words) {
			return tidy(l)
		}
	}
	return ""
}

// tidy makes a line fit for an error.
func tidy(l string) string {
	l = strings.TrimSpace(strings.ToValidUTF8(l, "?"))
	return l[:min(len(l), 300)]
}

// advice says what helps, where rsync does not.
func advice(class error) string {
	switch {
	case errors.Is(class, backends.ErrHostKey):
		return " (connect once with the ssh program to see and confirm the server's key)"
	case errors.Is(class, backends.ErrUnsupported):
		return " (rsync must be installed on the server too)"
	}
	return ""
}

// byCode is for what rsync ended with, where its words say nothing.
func byCode(err error) error {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return backends.ErrTemporary
	}
	switch exit.ExitCode() {
	case 1, 2, 4:
		return backends.ErrConfig
	case 127:
		return backends.ErrUnsupported
	}
	return backends.ErrTemporary
}

// line is the line of what was said that says most.
func line(said string) string {
	last := ""
	for l := range strings.Lines(said) {
		l = tidy(l)
		for _, start := range []string{"rsync: ", "@ERROR", "ERROR"} {
			if strings.HasPrefix(l, start) {
				return l
			}
		}
		if l != "" && (last == "" || !strings.HasPrefix(l, "rsync error:")) {
			last = l
		}
	}
	return last
}

// tooLong tells that this computer has no such long names either.
func tooLong(err error) bool { return errors.Is(err, syscall.ENAMETOOLONG) }

// opening words an error of the first call.
func opening(err error) error {
	if errors.Is(err, errUnreachable) {
		return fmt.Errorf("%w: %s", backends.ErrOffline, strings.TrimPrefix(err.Error(), errUnreachable.Error()+": "))
	}
	return err
}
