package restorepage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// spot is where the page looks.
type spot struct {
	// line is one of the catalog's, allLines, or homeLine for the one that the
	// backup of this computer makes.
	line   int64
	folder string
	// at chooses a version; zero means everything ever seen.
	at    engine.Version
	query string
	// deleted lists only what the newest version does not hold.
	deleted bool
}

const allLines, homeLine = 0, -1

// same tells that two spots show the same.
func (s *spot) same(o *spot) bool {
	return s.line == o.line && s.folder == o.folder && s.at.ID == o.at.ID && s.query == o.query && s.deleted == o.deleted
}

// sight is what was read of a spot.
type sight struct {
	spot
	lines    []engine.Line
	versions []engine.VersionSeen // of the line, newest first
	rows     []row
	more     bool // the search found more
}

// row is one line of the list.
type row struct {
	line  int64
	path  string
	entry repository.Entry
	// states counts its different states, 0 where one version is looked at.
	states  int
	deleted bool
	last    engine.Version // the newest that holds it, or the one looked at
	source  *engine.Line   // it stands for a line of versions, not for an item
}

func (r *row) isFolder() bool { return r.source != nil || r.entry.Type == repository.Dir }

// see reads a spot.
func see(ctx context.Context, past session.Past, a session.Archive, to spot) (sight, error) {
	s := sight{spot: to}
	var err error
	if s.lines, err = past.Lines(ctx); err != nil || len(s.lines) == 0 {
		return s, err
	}
	s.line = chosenLine(s.lines, to.line, a)
	if s.line != allLines {
		if s.versions, err = past.Versions(ctx, s.line); err != nil {
			return s, err
		}
	}
	switch {
	case to.query != "":
		err = s.search(ctx, past)
	case s.line == allLines:
		s.listLines()
	case s.at.ID != "":
		err = s.listMoment(ctx, past)
	default:
		err = s.listEver(ctx, past)
	}
	return s, err
}

// chosenLine is the line to look at: there is no choice of one.
func chosenLine(lines []engine.Line, want int64, a session.Archive) int64 {
	if len(lines) == 1 {
		return lines[0].ID
	}
	if _, ok := lineOf(lines, want); ok {
		return want
	}
	if want == homeLine {
		for _, l := range lines { // newest first
			if isOf(l, a) {
				return l.ID
			}
		}
	}
	return allLines
}

// isOf tells that a line is of the folder that an archive is of.
func isOf(l engine.Line, a session.Archive) bool {
	return a.Root != "" && l.Root == a.Root && (l.Host == a.Host || l.Host == "" || a.Host == "")
}

// mostFound is how many results of a search are listed.
const mostFound = 500

func (s *sight) search(ctx context.Context, past session.Past) error {
	found, more, err := past.Search(ctx, s.query, mostFound)
	s.more = more
	for _, x := range found {
		s.rows = append(s.rows, rowOf(&x))
	}
	return err
}

func rowOf(x *engine.Seen) row {
	return row{line: x.Line, path: x.Path, entry: x.Entry, states: x.States, deleted: x.Deleted, last: x.Last}
}

func (s *sight) listLines() {
	for i := range s.lines {
		s.rows = append(s.rows, row{line: s.lines[i].ID, source: &s.lines[i]})
	}
}

func (s *sight) listEver(ctx context.Context, past session.Past) error {
	all, err := past.Folder(ctx, s.line, s.folder)
	s.rows = make([]row, 0, len(all))
	for i := range all {
		// What is deleted may be in any folder.
		if r := rowOf(&all[i]); !s.deleted || r.deleted || r.isFolder() {
			s.rows = append(s.rows, r)
		}
	}
	sortRows(s.rows)
	return err
}

func (s *sight) listMoment(ctx context.Context, past session.Past) error {
	if !slices.ContainsFunc(s.versions, func(v engine.VersionSeen) bool { return v.ID == s.at.ID }) {
		s.at = engine.Version{} // it was deleted meanwhile
		return s.listEver(ctx, past)
	}
	all, err := past.FolderAt(ctx, s.line, s.at.ID, s.folder)
	s.rows = make([]row, 0, len(all))
	for _, e := range all {
		s.rows = append(s.rows, row{line: s.line, path: e.Path, entry: e, last: s.at})
	}
	sortRows(s.rows)
	return err
}

// sortRows puts folders first, and names in the order in which people look for
// them.
func sortRows(rows []row) {
	keys := make(map[string]string, len(rows))
	for i := range rows {
		keys[rows[i].path] = strings.ToLower(nameOf(rows[i].path))
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		if a.isFolder() != b.isFolder() {
			if a.isFolder() {
				return -1
			}
			return 1
		}
		return compareNames(keys[a.path], keys[b.path])
	})
}

// compareNames counts numbers in names as numbers: 2 comes before 10.
func compareNames(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		a, b = a[len(x):], b[len(y):]
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// digits are those at the beginning of a name.
func digits(name string) string {
	n := 0
	for n < len(name) && '0' <= name[n] && name[n] <= '9' {
		n++
	}
	return name[:n]
}

// pause is how long the page waits for the next letter of a search.
const pause = 120 * time.Millisecond

// patience is how long the page shows what was there before, until it says
// that it reads.
const patience = 200 * time.Millisecond

// look goes to a spot: it reads what is there, and then shows it. Whatever was
// being read is given up, so that an answer that comes late changes nothing.
func (f *Finder) look(to spot) { f.lookAt(to, "") }

// lookAt is look that chooses an item afterwards, "" for none.
func (f *Finder) lookAt(to spot, item string) { f.reading(to, func() string { return item }) }

// reading is lookAt that is told what to choose once the spot is read.
func (f *Finder) reading(to spot, item func() string) {
	f.looking()
	f.busy, f.stale = true, false
	typed := to.query != f.want.query && to.query != ""
	f.want = to
	var s sight
	past, archive := f.past, f.Archive
	f.looking = f.Window.Work(func(ctx context.Context) (err error) {
		if typed {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		s, err = see(ctx, past, archive, to)
		return err
	}, func(err error) { f.show(s, item(), err) })
	if !to.same(&f.seen.spot) {
		f.sayLater()
	}
}

// sayLater says that the page reads, once that takes long.
func (f *Finder) sayLater() {
	reading := f.looking
	cancel := f.Window.Work(func(ctx context.Context) error {
		select {
		case <-time.After(patience):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}, func(error) {
		f.crumbs.Objects = []fyne.CanvasObject{look.InsetXY(look.Within, 0, look.Tag(lang.T("Reading…"), look.Quiet))}
		f.crumbs.Refresh()
	})
	f.looking = func() {
		reading()
		cancel()
	}
}

// again reads what is shown anew, and keeps what is chosen by then. What is being
// read comes to its end first: while versions are learnt, again comes so often
// that nothing would ever be shown otherwise.
func (f *Finder) again() {
	if f.busy {
		f.stale = true
		return
	}
	f.reading(f.want, func() string {
		if r := f.chosen(); r != nil {
			return r.path
		}
		return ""
	})
}
