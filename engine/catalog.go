package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
)

// Catalog is what is known on this machine of all versions at a destination:
// everything ever seen, by folder, by name and by version. It is a cache.
// Except for Learn, its methods never go to the destination. They may be
// called from several goroutines.
type Catalog struct {
	engine *Engine
	d      Destination

	mu    sync.RWMutex
	lines []*naiveLine
}

// Line is the versions of one source at a destination: what can be compared
// with each other.
type Line struct {
	ID int64
	// Host is the machine and Root the folder that was backed up there; both
	// are empty where the archive does not tell.
	Host, Root string
	Versions   int
	Newest     time.Time
}

// Seen is one path with everything that was ever seen of it.
type Seen struct {
	Line int64
	Path string
	// Entry is its newest state. Extended attributes, hashes and hard links
	// are not kept.
	Entry repository.Entry
	// States counts the different states of it in the versions, at least 1. Of
	// a folder that is its own metadata only.
	States int
	// Deleted: the newest version of the line does not hold it.
	Deleted bool
	// First and Last are the oldest and the newest version that hold it.
	First, Last Version
}

// State is one state of a path: it is in every version from From to To.
type State struct {
	Entry    repository.Entry
	From, To Version
	Versions int
}

// VersionSeen is a version with what happened since the one before in its
// line. The oldest of a line has nothing to be compared with: its counts are 0.
type VersionSeen struct {
	Version
	Added, Changed, Deleted int64
}

// LearnProgress tells how far Learn is.
type LearnProgress struct {
	// Done of Total versions that are new to the catalog are learnt.
	Done, Total int
	// Version is the time of the one that is being learnt.
	Version time.Time
}

// naiveLine keeps everything in memory.
type naiveLine struct {
	line     Line
	versions []Version // newest first
	entries  []map[string]repository.Entry
}

// Catalog opens the catalog of a destination. It does not go there and needs
// no passphrase. The caller closes the Catalog.
func (e *Engine) Catalog(_ context.Context, d Destination) (*Catalog, error) {
	return &Catalog{engine: e, d: d}, nil
}

// Close closes the catalog.
func (c *Catalog) Close() error { return nil }

// Learn goes to the destination, learns the versions that are new, and drops
// those that are gone. watch may be nil.
func (c *Catalog) Learn(ctx context.Context, watch func(LearnProgress)) error {
	const op = "learning what versions hold"
	archive, err := c.engine.openArchive(ctx, c.d, repository.Ignore(), false)
	if err != nil {
		return classify(ctx, op, err)
	}
	defer archive.close()
	all, err := archive.all(ctx)
	if err != nil {
		return classify(ctx, op, err)
	}
	lines := map[string]*naiveLine{}
	var order []*naiveLine
	for i, v := range all {
		if watch != nil {
			watch(LearnProgress{i, len(all), v.version().Time})
		}
		key := v.version().Host + "\x00" + strings.Join(v.version().Paths, "\x00")
		l := lines[key]
		if l == nil {
			l = &naiveLine{line: Line{int64(len(order) + 1), v.version().Host, strings.Join(v.version().Paths, ", "), 0, v.version().Time}}
			lines[key], order = l, append(order, l)
		}
		if err := l.add(ctx, v); err != nil {
			return classify(ctx, op, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = order
	return nil
}

func (l *naiveLine) add(ctx context.Context, v openVersion) error {
	listing, err := v.browse(ctx)
	if err != nil {
		return err
	}
	defer listing.Close()
	entries := map[string]repository.Entry{}
	for e, err := range listing.Walk(ctx, "") {
		if err != nil {
			return err
		}
		entries[e.Path] = e
	}
	l.versions, l.entries = append(l.versions, v.version()), append(l.entries, entries)
	l.line.Versions++
	return nil
}

// Lines lists the lines, that of the newest version first.
func (c *Catalog) Lines(context.Context) ([]Line, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var all []Line
	for _, l := range c.lines {
		all = append(all, l.line)
	}
	return all, nil
}

func (c *Catalog) line(id int64) (*naiveLine, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, l := range c.lines {
		if l.line.ID == id {
			return l, nil
		}
	}
	return nil, &Error{Op: "reading the catalog", Kind: NotFound, Err: fmt.Errorf("line %d: %w", id, duplicity.ErrNotFound)}
}

// Versions lists the versions of a line, newest first.
func (c *Catalog) Versions(_ context.Context, line int64) ([]VersionSeen, error) {
	l, err := c.line(line)
	if err != nil {
		return nil, err
	}
	var all []VersionSeen
	for i, v := range l.versions {
		s := VersionSeen{Version: v}
		if i+1 < len(l.versions) {
			for _, d := range l.diff(i+1, i, "") {
				switch d.Change {
				case repository.Added:
					s.Added++
				case repository.Modified:
					s.Changed++
				default:
					s.Deleted++
				}
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// states lists the states of a path, newest first.
func (l *naiveLine) states(path string) (all []State) {
	for i, v := range l.versions {
		e, ok := l.entries[i][path]
		if !ok {
			continue
		}
		if n := len(all); n > 0 && i > 0 {
			newer, held := l.entries[i-1][path]
			if s := &all[n-1]; held && len(aspects(&newer, &e)) == 0 {
				s.From = v
				s.Versions++
				continue
			}
		}
		all = append(all, State{e, v, v, 1})
	}
	return all
}

func (l *naiveLine) seen(path string) Seen {
	states := l.states(path)
	_, there := l.entries[0][path]
	return Seen{
		Line: l.line.ID, Path: path, Entry: states[0].Entry, States: len(states), Deleted: !there,
		First: states[len(states)-1].From, Last: states[0].To,
	}
}

func (l *naiveLine) paths() []string {
	all := map[string]bool{}
	for _, entries := range l.entries {
		for p := range entries {
			all[p] = true
		}
	}
	var paths []string
	for p := range all {
		paths = append(paths, p)
	}
	slices.SortFunc(paths, repository.Compare)
	return paths
}

func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

// Folder lists everything that was ever seen in a folder, in order of the
// names.
func (c *Catalog) Folder(_ context.Context, line int64, path string) ([]Seen, error) {
	l, err := c.line(line)
	if err != nil {
		return nil, err
	}
	var all []Seen
	for _, p := range l.paths() {
		if p != "" && parentOf(p) == path {
			all = append(all, l.seen(p))
		}
	}
	return all, nil
}

// FolderAt lists a folder of one version, which is named by its ID.
func (c *Catalog) FolderAt(_ context.Context, line int64, version, path string) ([]repository.Entry, error) {
	l, err := c.line(line)
	if err != nil {
		return nil, err
	}
	var all []repository.Entry
	for i, v := range l.versions {
		if v.ID != version {
			continue
		}
		for p, e := range l.entries[i] {
			if p != "" && parentOf(p) == path {
				all = append(all, e)
			}
		}
	}
	slices.SortFunc(all, func(a, b repository.Entry) int { return repository.Compare(a.Path, b.Path) })
	return all, nil
}

// History lists the states of a path, newest first.
func (c *Catalog) History(_ context.Context, line int64, path string) ([]State, error) {
	l, err := c.line(line)
	if err != nil {
		return nil, err
	}
	return l.states(path), nil
}

// Search looks for paths in all lines. All words of the query must occur in a
// path, and at least one in its last component; * and ? stand for other
// characters, and case does not matter. more tells that there are more than
// limit.
func (c *Catalog) Search(_ context.Context, query string, limit int) (found []Seen, more bool, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	words := strings.Fields(strings.ToLower(query))
	for _, l := range c.lines {
		for _, p := range l.paths() {
			lower := strings.ToLower(p)
			inName := false
			all := len(words) > 0
			for _, w := range words {
				all = all && strings.Contains(lower, w)
				inName = inName || strings.Contains(lower[strings.LastIndexByte(lower, '/')+1:], w)
			}
			if !all || !inName {
				continue
			}
			if len(found) == limit {
				return found, true, nil
			}
			found = append(found, l.seen(p))
		}
	}
	return found, false, nil
}

func (l *naiveLine) diff(from, to int, under string) (all []Difference) {
	for _, p := range l.paths() {
		if !repository.Contains(under, p) {
			continue
		}
		was, before := l.entries[from][p]
		is, after := l.entries[to][p]
		order := 0
		switch {
		case before && !after:
			order = -1
		case after && !before:
			order = 1
		case !after:
			continue
		}
		if d, differs := differenceBetween(order, &was, &is); differs {
			all = append(all, d)
		}
	}
	return all
}

// Diff lists what differs below a folder between two versions of a line, which
// are named by their IDs, in order of the paths. more tells that there is more
// than limit.
func (c *Catalog) Diff(_ context.Context, line int64, from, to, under string, limit int) (d []Difference, more bool, err error) {
	l, err := c.line(line)
	if err != nil {
		return nil, false, err
	}
	index := func(id string) int {
		return slices.IndexFunc(l.versions, func(v Version) bool { return v.ID == id })
	}
	a, b := index(from), index(to)
	if a < 0 || b < 0 {
		return nil, false, &Error{Op: "comparing versions", Kind: NotFound, Err: duplicity.ErrNotFound}
	}
	d = l.diff(a, b, under)
	if len(d) > limit {
		return d[:limit], true, nil
	}
	return d, false, nil
}
