package ftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// entry is one line of a listing.
type entry struct {
	name string
	kind entryKind
	size int64
	time time.Time
}

type entryKind uint8

const (
	fileEntry entryKind = iota
	folderEntry
	linkEntry
	// otherEntry is none of these, or the folder itself.
	otherEntry
)

const (
	// maxListing is how much of one folder is read: some millions of names.
	maxListing = 1 << 30
	// deepest is how many folders lie in each other.
	deepest = 100
)

var errListing = fmt.Errorf("%w: a listing that nobody understands", backends.ErrUnsupported)

// List implements backends.Store. Folders below that this user may not enter
// hold no objects, unless prefix leads into them.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		err := s.walk(ctx, "", prefix, func(o backends.Object) bool {
			return transfer.IsTemp(o.Name) || yield(o, nil)
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(backends.Object{}, fmt.Errorf("listing %s: %w", root(s.base), err))
		}
	}
}

var errStop = errors.New("nobody wants more")

// walk visits the files in a folder, named relative to the base with a slash
// at its end, and below. No login is held meanwhile, so visit can use one.
func (s *Store) walk(ctx context.Context, folder, prefix string, visit func(backends.Object) bool) error {
	if strings.Count(folder, "/") > deepest {
		return fmt.Errorf("%w: folders lie too deep in each other", errListing)
	}
	var entries []entry
	err := s.use(ctx, func(c *conn) (err error) {
		entries, err = s.readFolder(c, s.base+"/"+folder)
		return err
	})
	hidden := errors.Is(err, backends.ErrNotExist) || errors.Is(err, backends.ErrPermission)
	if folder != "" && hidden && !strings.HasPrefix(prefix, folder) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := s.visit(ctx, folder, prefix, e, visit); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) visit(ctx context.Context, folder, prefix string, e entry, visit func(backends.Object) bool) error {
	name := folder + e.name
	if e.kind == folderEntry {
		if below := name + "/"; strings.HasPrefix(below, prefix) || strings.HasPrefix(prefix, below) {
			return s.walk(ctx, below, prefix, visit)
		}
		return nil
	}
	if e.kind == otherEntry || !strings.HasPrefix(name, prefix) {
		return nil
	}
	o := backends.Object{Name: name, Size: e.size, ModTime: e.time}
	if e.kind == linkEntry {
		var err error
		if o, err = s.Stat(ctx, name); errors.Is(err, backends.ErrNotExist) {
			return nil // it leads to a folder, or to nowhere
		} else if err != nil {
			return err
		}
	}
	if !visit(o) {
		return errStop
	}
	return nil
}

// readFolder lists a folder. It goes there first: in an argument of LIST,
// spaces and dashes would not mean themselves.
func (s *Store) readFolder(c *conn, dir string) ([]entry, error) {
	if err := c.want("CWD "+root(strings.TrimSuffix(dir, "/")), 200); err != nil {
		return nil, err
	}
	if _, known := c.features["MLST"]; known {
		entries, err := c.readListing("MLSD", parseFacts)
		if !isReply(err) || !errors.Is(err, backends.ErrUnsupported) {
			return entries, err
		}
	}
	if s.plainList.Load() {
		return c.readListing("LIST", parseLine)
	}
	// With -a, names that begin with a dot are listed. A server that takes it
	// for a name lists something else, without the folder itself.
	entries, err := c.readListing("LIST -a", parseLine)
	if err == nil {
		for _, e := range entries {
			if e.name == "." {
				return entries, nil
			}
		}
	} else if !isReply(err) {
		return nil, err
	}
	if entries, err = c.readListing("LIST", parseLine); err == nil {
		s.plainList.Store(true)
	}
	return entries, err
}

// readListing reads what a command lists.
func (c *conn) readListing(command string, parse func(line string, now time.Time) (entry, bool, error)) ([]entry, error) {
	d, err := c.transfer(0, command)
	if err != nil {
		return nil, err
	}
	var entries []entry
	perr := readLines(d, func(line string) error {
		e, there, err := parse(line, time.Now())
		if there && !strings.Contains(e.name, "/") {
			entries = append(entries, e)
		}
		return err
	})
	if perr != nil && !errors.Is(perr, io.ErrUnexpectedEOF) {
		d.close()
		return nil, &transferError{perr}
	}
	// Some servers do not end TLS properly; that all came is said beside it.
	return entries, d.received()
}

// readLines calls each with the lines of a listing.
func readLines(r io.Reader, each func(line string) error) error {
	in := newLineReader(io.LimitReader(r, maxListing))
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(line); err != nil {
			return err
		}
	}
}

// parseFacts reads a line of MLSD: "type=file;size=12;modify=20260102030405; name".
func parseFacts(line string, _ time.Time) (e entry, there bool, err error) {
	if line == "" {
		return e, false, nil
	}
	facts, name, found := strings.Cut(line, " ")
	if !found || name == "" || !strings.Contains(facts, "=") {
		return e, false, errListing
	}
	e = entry{name: name, kind: otherEntry}
	for fact := range strings.SplitSeq(facts, ";") {
		key, value, _ := strings.Cut(fact, "=")
		switch strings.ToLower(key) {
		case "type":
			e.kind = factKind(strings.ToLower(value))
		case "size":
			if e.size, err = strconv.ParseInt(value, 10, 64); err != nil || e.size < 0 {
				return e, false, errListing
			}
		case "modify":
			e.time, _ = parseTime(value)
		}
	}
	return e, e.name != "." && e.name != "..", nil
}

func factKind(value string) entryKind {
	switch {
	case value == "file":
		return fileEntry
	case value == "dir":
		return folderEntry
	case strings.HasPrefix(value, "os.unix=s"): // slink, symlink
		return linkEntry
	}
	return otherEntry
}

// parseTime reads what MDTM and MLSD write, in UTC.
func parseTime(text string) (time.Time, error) {
	return time.Parse("20060102150405", strings.TrimSpace(text)) // takes a fraction too
}

// Two forms of LIST: that of ls -l, with its group left out by some servers,
// and that of DOS.
var (
	unixLine = regexp.MustCompile(`^([-dlbcpsD])[-a-zA-Z]{9}[+.@]? +\d+ .*? ?(\d+) +([A-Za-z]{3} +\d{1,2} +(?:\d{1,2}:\d{2}|\d{4})|\d{4}-\d{2}-\d{2} +\d{2}:\d{2}) (.+)$`)
	dosLine  = regexp.MustCompile(`^(\d{2}-\d{2}-\d{2}(?:\d{2})? +\d{2}:\d{2}(?:[AP]M)?) +(<DIR> {1,10}|\d+ )(.+)$`)
)

// parseLine reads a line of LIST. One that is not understood is an error: a
// file that is not seen would count as gone.
func parseLine(line string, now time.Time) (entry, bool, error) {
	if m := unixLine.FindStringSubmatch(line); m != nil {
		return parseUnix(m, now)
	}
	if m := dosLine.FindStringSubmatch(line); m != nil {
		return parseDOS(m)
	}
	if line == "" || strings.HasPrefix(line, "total ") {
		return entry{}, false, nil
	}
	return entry{}, false, fmt.Errorf("%w: %q", errListing, line[:min(len(line), 100)])
}

func parseUnix(m []string, now time.Time) (e entry, there bool, err error) {
	e = entry{name: m[4], kind: otherEntry, time: unixTime(strings.Join(strings.Fields(m[3]), " "), now)}
	switch m[1] {
	case "-":
		e.kind = fileEntry
	case "d":
		e.kind = folderEntry
	case "l":
		e.kind = linkEntry
		e.name, _, _ = strings.Cut(e.name, " -> ")
	}
	if e.size, err = strconv.ParseInt(m[2], 10, 64); err != nil {
		return e, false, errListing
	}
	// The folder itself is yielded, as a sign that the server took the option.
	if e.name == "." {
		e.kind = otherEntry
	}
	return e, e.name != "" && e.name != "..", nil
}

// unixTime reads the time of ls -l. It has no zone; a year is missing when it
// is less than half a year ago.
func unixTime(text string, now time.Time) time.Time {
	for _, form := range [...]string{"Jan 2 2006", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, text); err == nil {
			return t
		}
	}
	t, err := time.Parse("2006 Jan 2 15:04", strconv.Itoa(now.UTC().Year())+" "+text)
	if err != nil {
		// The 29th of February of last year, or a month in another language.
		return time.Time{}
	}
	if t.After(now.Add(48 * time.Hour)) {
		t = t.AddDate(-1, 0, 0)
	}
	return t
}

func parseDOS(m []string) (e entry, there bool, err error) {
	e = entry{name: m[3]}
	for _, form := range [...]string{"01-02-06 03:04PM", "01-02-2006 03:04PM", "01-02-06 15:04", "01-02-2006 15:04"} {
		if t, err := time.Parse(form, strings.Join(strings.Fields(m[1]), " ")); err == nil {
			e.time = t
			break
		}
	}
	if strings.HasPrefix(m[2], "<DIR>") {
		e.kind = folderEntry
		return e, e.name != "." && e.name != "..", nil
	}
	e.size, err = strconv.ParseInt(strings.TrimSpace(m[2]), 10, 64)
	if err != nil {
		return e, false, errListing
	}
	return e, true, nil
}

// stat asks for one file. What is no file is ErrNotExist.
func (s *Store) stat(c *conn, p string) (size int64, modified time.Time, err error) {
	r, err := c.ask("SIZE "+p, 213)
	if errors.Is(err, backends.ErrUnsupported) {
		return s.lookUp(c, p)
	}
	if err != nil {
		return 0, modified, err
	}
	if size, err = strconv.ParseInt(r.lines[0], 10, 64); err != nil || size < 0 {
		return 0, modified, errReply
	}
	r, err = c.ask("MDTM "+p, 213)
	if isReply(err) {
		return size, modified, nil // it does not know, or it was deleted just now
	}
	if err == nil {
		modified, _ = parseTime(r.lines[0])
	}
	return size, modified, err
}

// lookUp finds a file in the listing of its folder, on servers without SIZE.
func (s *Store) lookUp(c *conn, p string) (size int64, modified time.Time, err error) {
	entries, err := s.readFolder(c, path.Dir(p))
	if err != nil {
		return 0, modified, err
	}
	for _, e := range entries {
		if e.kind == fileEntry && e.name == path.Base(p) {
			return e.size, e.time, nil
		}
	}
	return 0, modified, fmt.Errorf("%w: it is not in the listing", backends.ErrNotExist)
}
