package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
)

// The levels of verbosity from which on a line is shown.
const (
	levelError   = 0
	levelWarning = 2
	levelNotice  = 3
	levelInfo    = 5
)

// lines writes what the program says: results to the standard output, and
// what is wrong to the standard error, and both into a log file.
type lines struct {
	mu             sync.Mutex
	stdout, stderr io.Writer
	log            *os.File
	level          int
	status         bool // a progress line stands on the screen
}

func newLines(stdout, stderr io.Writer, a *duplicityargs.Args) (*lines, error) {
	if a.JSON {
		stdout = stderr // the document stands alone
	}
	l := &lines{stdout: stdout, stderr: stderr, level: a.Verbosity}
	if a.LogFile == "" {
		return l, nil
	}
	f, err := os.OpenFile(a.LogFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	l.log = f
	return l, nil
}

func (l *lines) error(s string)   { l.say(levelError, l.stderr, "ERROR", "varve: "+s) }
func (l *lines) warning(s string) { l.say(levelWarning, l.stderr, "WARNING", s) }
func (l *lines) notice(s string)  { l.say(levelNotice, l.stdout, "NOTICE", s) }
func (l *lines) info(s string)    { l.say(levelInfo, l.stdout, "INFO", s) }

func (l *lines) say(level int, w io.Writer, word, s string) {
	if l.level < level {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.status {
		fmt.Fprint(l.stderr, "\r\x1b[K")
		l.status = false
	}
	fmt.Fprintln(w, s)
	if l.log != nil {
		fmt.Fprintf(l.log, "%s %s %s\n", time.Now().Format(time.RFC3339), word, s)
	}
}

// progress shows a line that the next one replaces; where no terminal is, a
// line of its own.
func (l *lines) progress(s string, terminal bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !terminal {
		fmt.Fprintln(l.stderr, s)
		return
	}
	fmt.Fprint(l.stderr, "\r\x1b[K"+s)
	l.status = true
}

func (l *lines) close() {
	if l.log == nil {
		return
	}
	if err := errors.Join(l.log.Sync(), l.log.Close()); err != nil {
		fmt.Fprintln(l.stderr, "varve: writing the log:", err)
	}
}
