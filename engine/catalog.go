package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/catalog"
	"github.com/varve-backup/varve/engine/repository"
)

// Catalog is what is known on this machine of all versions at a destination:
// everything ever seen, by folder, by name and by version. It is a cache.
// Except for Learn, its methods never go to the destination. They may be
// called from several goroutines, and end with an *Error of the kind NotFound
// where there is no such line, version or path.
type Catalog struct {
	engine *Engine
	d      Destination
	store  *catalog.Catalog
}

// Line is the versions of one source at a destination: what can be compared
// with each other.
type Line struct {
	ID int64
	// Host is the machine and Root the folder that was backed up there, or
	// several with commas; both are empty where the archive does not tell.
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
	// States counts the states of it, one after the other, in the versions: at
	// least 1. Of a folder that is its own metadata only.
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

const readingCatalog = "looking into the catalog"

// Catalog opens the catalog of a destination. It does not go there and needs
// no passphrase. Where the cache cannot be written, the catalog is lost with
// Close. The caller closes the Catalog.
func (e *Engine) Catalog(ctx context.Context, d Destination) (*Catalog, error) {
	store, err := catalog.Open(ctx, e.catalogPath(d), e.config.TempDir)
	if err != nil {
		return nil, classify(ctx, "opening the catalog", err)
	}
	return &Catalog{e, d, store}, nil
}

// catalogPath names the file after the URL as it was typed, and after what
// tells several archives at one URL apart.
func (e *Engine) catalogPath(d Destination) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{d.URL, d.Prefixes.All, d.Prefixes.Archive, d.Prefixes.Manifest, d.Prefixes.Signature}, "\x00")))
	return filepath.Join(e.disposable(), "catalog-"+hex.EncodeToString(sum[:16])+".db")
}

// Close closes the catalog.
func (c *Catalog) Close() error { return c.store.Close() }

// Lines lists the lines, that of the newest version first.
func (c *Catalog) Lines(ctx context.Context) ([]Line, error) {
	lines, err := c.store.Lines(ctx)
	all := make([]Line, len(lines))
	for i := range lines {
		all[i] = lineOf(&lines[i])
	}
	return all, classify(ctx, readingCatalog, err)
}

func lineOf(l *catalog.Line) Line {
	return Line{ID: l.ID, Host: l.Host, Root: strings.Join(l.Paths, ", "), Versions: l.Versions, Newest: l.Newest}
}

// Versions lists the versions of a line, newest first.
func (c *Catalog) Versions(ctx context.Context, line int64) ([]VersionSeen, error) {
	versions, err := c.store.Versions(ctx, line)
	all := make([]VersionSeen, len(versions))
	read := versionReader{}
	for i := range versions {
		v := &versions[i]
		all[i] = VersionSeen{Version: read.version(v), Added: v.Added, Changed: v.Changed, Deleted: v.Deleted}
	}
	return all, classify(ctx, readingCatalog, err)
}

// versionReader reads what the catalog keeps of versions, each once.
type versionReader map[*catalog.Version]Version

func (r versionReader) version(v *catalog.Version) Version {
	if read, done := r[v]; done {
		return read
	}
	var read Version
	if json.Unmarshal(v.Info, &read) != nil {
		// Time and name are enough to go on with.
		read = Version{ID: v.Name}
	}
	read.Time = v.Time
	r[v] = read
	return read
}

func (r versionReader) seen(s *catalog.Seen) Seen {
	return Seen{
		Line: s.Line, Path: s.Entry.Path, Entry: s.Entry, States: s.States, Deleted: s.Deleted,
		First: r.version(s.First), Last: r.version(s.Last),
	}
}

// Folder lists everything that was ever seen in a folder, in order of the
// names.
func (c *Catalog) Folder(ctx context.Context, line int64, path string) ([]Seen, error) {
	found, err := c.store.Folder(ctx, line, path)
	return allSeen(found), classify(ctx, readingCatalog, err)
}

func allSeen(found []catalog.Seen) []Seen {
	all := make([]Seen, len(found))
	read := versionReader{}
	for i := range found {
		all[i] = read.seen(&found[i])
	}
	return all
}

// FolderAt lists a folder of one version, which is named by its ID.
func (c *Catalog) FolderAt(ctx context.Context, line int64, version, path string) ([]repository.Entry, error) {
	all, err := c.store.FolderAt(ctx, line, version, path)
	return all, classify(ctx, readingCatalog, err)
}

// History lists the states of a path, newest first.
func (c *Catalog) History(ctx context.Context, line int64, path string) ([]State, error) {
	found, err := c.store.History(ctx, line, path)
	all := make([]State, len(found))
	read := versionReader{}
	for i := range found {
		s := &found[i]
		all[i] = State{s.Entry, read.version(s.From), read.version(s.To), s.Versions}
	}
	return all, classify(ctx, readingCatalog, err)
}

// Search looks for paths in all lines, in whatever version. All words of the
// query must occur in a path, and at least one in its last name; a word with *
// or ?, which stand for other characters, must fit a whole name, and case does
// not matter. What fits best comes first; more tells that there are more than
// limit, which is not 0.
func (c *Catalog) Search(ctx context.Context, query string, limit int) (found []Seen, more bool, err error) {
	seen, more, err := c.store.Search(ctx, catalog.ParseQuery(query), limit)
	return allSeen(seen), more, classify(ctx, readingCatalog, err)
}

// Diff lists what differs below a folder between two versions of a line, which
// are named by their IDs, in order of the paths. more tells that there are more
// than limit.
func (c *Catalog) Diff(ctx context.Context, line int64, from, to, under string, limit int) (all []Difference, more bool, err error) {
	for d, err := range c.store.Differences(ctx, line, from, to, under) {
		if err != nil {
			return nil, false, classify(ctx, readingCatalog, err)
		}
		if len(all) == limit {
			return all, true, nil
		}
		all = append(all, d)
	}
	return all, false, nil
}

// describe names a source in a sentence.
func describe(host string, paths []string) string {
	return fmt.Sprintf("%s on %s", strings.Join(paths, ", "), host)
}
