package sftp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends"
)

// This file reads what the commands of a server say.

// longestLine bounds a line of a listing. No path is longer.
const longestLine = 64 << 10

// parseList reads a listing: lines as scriptList makes them.
func parseList(r io.Reader, prefix string) (all []backends.Object, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), longestLine)
	for lines.Scan() {
		o, ok := parseLine(lines.Text())
		if ok && strings.HasPrefix(o.Name, prefix) {
			all = append(all, o)
		}
	}
	return all, lines.Err()
}

// parseLine reads "mode size seconds ./name", the mode in hexadecimal digits.
// It is ok when that is a file that may be an object.
func parseLine(line string) (o backends.Object, ok bool) {
	mode, rest, _ := strings.Cut(line, " ")
	size, rest, _ := strings.Cut(rest, " ")
	seconds, name, found := strings.Cut(rest, " ")
	m, merr := strconv.ParseUint(mode, 16, 32)
	n, nerr := strconv.ParseInt(size, 10, 64)
	s, serr := strconv.ParseInt(seconds, 10, 64)
	const typeBits, regular = 0xf000, 0x8000
	if !found || merr != nil || nerr != nil || serr != nil || m&typeBits != regular || n < 0 {
		return o, false
	}
	name = strings.TrimPrefix(name, "./")
	if !validName(name) {
		return o, false
	}
	return backends.Object{Name: name, Size: n, ModTime: time.Unix(s, 0)}, true
}

// parseSpace reads the last line of df -Pk: file system, kilobytes, used, free,
// percentage, folder. The first may have blanks in it, and so may the last.
func parseSpace(text string) (free, total int64, err error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	fields := strings.Fields(lines[len(lines)-1])
	for i := len(fields) - 2; i >= 4; i-- {
		if !strings.HasSuffix(fields[i], "%") && fields[i] != "-" {
			continue
		}
		t, terr := strconv.ParseInt(fields[i-3], 10, 64)
		f, ferr := strconv.ParseInt(fields[i-1], 10, 64)
		if terr == nil && ferr == nil && t >= 0 && t <= math.MaxInt64/1024 && f <= math.MaxInt64/1024 {
			return max(f, 0) * 1024, t * 1024, nil
		}
	}
	return 0, 0, fmt.Errorf("%w: the server says %q for the room", backends.ErrUnsupported, oneLine(text))
}

// complaint is the end of a script that had something to say.
type complaint struct {
	class error
	text  string
}

// Error implements error.
func (c *complaint) Error() string {
	if text := oneLine(c.text); text != "" {
		return c.class.Error() + ": " + text
	}
	return c.class.Error()
}

// Unwrap implements errors.Is.
func (c *complaint) Unwrap() error { return c.class }

func isComplaint(err error) bool {
	_, is := errors.AsType[*complaint](err)
	return is
}

// complaints keeps the beginning of what a program complains about.
type complaints struct {
	mu   sync.Mutex
	kept []byte
}

// Write implements io.Writer.
func (c *complaints) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	const enough = 64 << 10
	c.kept = append(c.kept, p[:min(enough-len(c.kept), len(p))]...)
	return len(p), nil
}

func (c *complaints) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.kept)
}

// statuses are what the scripts end with by themselves.
func statuses(status int) error {
	switch status {
	case statusNoFolder, statusNoObject:
		return backends.ErrNotExist
	case statusIsFolder, statusNotFolder:
		return backends.ErrInvalidName
	case statusShort:
		return backends.ErrCorrupt
	case statusNoStat:
		return fmt.Errorf("%w: there is no stat command on the server", backends.ErrUnsupported)
	}
	return nil
}

// sayings are how commands word what went wrong, in the language that the
// scripts choose. There is nothing else to tell it by.
func sayings(text string) error {
	for _, row := range []struct {
		says  string
		class error
	}{
		{"No space left", backends.ErrFull},
		{"uota exceeded", backends.ErrFull},
		{"File too large", backends.ErrTooLarge},
		{"ead-only file system", backends.ErrPermission},
		{"ermission denied", backends.ErrPermission},
		{"peration not permitted", backends.ErrPermission},
		{"ame too long", backends.ErrInvalidName},
		{"Invalid argument", backends.ErrInvalidName},
		{"s a directory", backends.ErrInvalidName},
		{"ot a directory", backends.ErrInvalidName},
		{"o such file", backends.ErrNotExist},
		{"levels of symbolic links", backends.ErrNotExist},
	} {
		if strings.Contains(text, row.says) {
			return row.class
		}
	}
	return nil
}

// shellEnd says what the end of a script means. unless is what it means when
// the script did not even begin.
func shellEnd(l *link, err, unless error, text string) error {
	exit, ended := errors.AsType[*ssh.ExitError](err)
	switch {
	case unless != nil && (err == nil || ended):
		return fmt.Errorf("%w: %s", unless, oneLine(text))
	case err == nil:
		return nil
	case !ended:
		return shellClass(l, err)
	}
	if class := statuses(exit.ExitStatus()); class != nil {
		return &complaint{class, ""}
	}
	if class := sayings(text); class != nil {
		return &complaint{class, text}
	}
	return &complaint{backends.ErrTemporary, fmt.Sprintf("status %d: %s", exit.ExitStatus(), text)}
}

// shellClass gives a class to an error that no script made.
func shellClass(l *link, err error) error {
	if err == nil || classified(err) {
		return err
	}
	if lost := l.explain(err); classified(lost) {
		return lost
	}
	return fmt.Errorf("%w: %s", backends.ErrTemporary, oneLine(err.Error()))
}

// harmlessIn reports complaints about a listing that take nothing from it: what
// went away meanwhile, links to nowhere, and folders that are closed to this
// user, unless the prefix leads into one.
func harmlessIn(text, from, prefix string) bool {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		switch sayings(line) {
		case backends.ErrNotExist: //nolint:errorlint // sayings returns these themselves
		case backends.ErrPermission:
			if leadsInto(line, from) || prefix != "" && leadsInto(line, dotted(path.Dir(prefix))) {
				return false
			}
		default:
			return false
		}
	}
	return text != ""
}

// leadsInto reports that a complaint is about a folder itself.
func leadsInto(line, folder string) bool {
	for _, name := range []string{"'" + folder + "'", "\u2018" + folder + "\u2019", " " + folder + ":"} {
		if strings.Contains(line, name) {
			return true
		}
	}
	return false
}
