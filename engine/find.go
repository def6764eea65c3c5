package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/varve-backup/varve/engine/catalog"
	"github.com/varve-backup/varve/engine/repository"
)

// Findings are what Find found.
type Findings struct {
	// Matches are in order of the paths.
	Matches []Match
	// NewestUnread tells that the newest version of a line is among those of
	// Unread, so that nobody knows what was deleted.
	NewestUnread bool
	// Unread says which versions could not be looked through.
	Unread []error
}

// Match is a path whose name matches.
type Match struct {
	Path string
	// Line is where it was found.
	Line Line
	// In are the versions that hold it, newest first.
	In []Sighting
	// Deleted tells that the newest version of the line does not hold it any
	// more. It says nothing with NewestUnread.
	Deleted bool
}

// Sighting is an item in one version.
type Sighting struct {
	Version Version
	Entry   repository.Entry
}

// Find looks for names in all versions. In pattern, * stands for any
// characters and ? for one. One with a slash is held against the whole path,
// where both stay within a name; any other against every single name. The
// catalog learns what is new first.
func (e *Engine) Find(ctx context.Context, d Destination, pattern string) (Findings, error) {
	var found Findings
	err := e.answer(ctx, d, func(l *learner) (err error) {
		found, err = l.find(ctx, pattern)
		return err
	})
	return found, classify(ctx, "looking for files", err)
}

// answer brings the catalog of a destination up to date and asks it.
func (e *Engine) answer(ctx context.Context, d Destination, ask func(*learner) error) error {
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return err
	}
	c, err := e.Catalog(ctx, d)
	if err != nil {
		return errors.Join(err, archive.close())
	}
	err = askLearnt(ctx, archive, c, ask)
	return errors.Join(err, c.Close(), archive.close())
}

// askLearnt asks a catalog that knows everything. One that turns out to be
// damaged is empty then, and learns again.
func askLearnt(ctx context.Context, a archive, c *Catalog, ask func(*learner) error) error {
	for range attempts {
		l := &learner{catalog: c}
		before := c.store.Renewals()
		if err := l.learn(ctx, a); err != nil {
			return err
		}
		if err := ask(l); c.store.Renewals() == before {
			return err
		}
	}
	return errUseless
}

// attempts is how often a catalog may turn out to be damaged.
const attempts = 3

var errUseless = errors.New("the cache gives back other bytes than were written to it; is the disk failing?")

// newestUnread tells whether the newest version of a line could not be learnt.
func (l *learner) newestUnread() bool {
	seen := map[string]bool{}
	for _, v := range l.versions {
		key := sourceKey(v)
		if !seen[key] && slices.Contains(l.unreadNames, v.version().ID) {
			return true
		}
		seen[key] = true
	}
	return false
}

func (l *learner) find(ctx context.Context, pattern string) (Findings, error) {
	findings := Findings{Unread: l.unread, NewestUnread: l.newestUnread()}
	q := catalog.Pattern(pattern)
	q.States = true
	found, _, err := l.catalog.store.Search(ctx, q, 0)
	if err != nil {
		return Findings{}, err
	}
	lines, err := l.catalog.known(ctx)
	if err != nil {
		return Findings{}, err
	}
	byID := map[int64]*knownLine{}
	for i := range lines {
		byID[lines[i].ID] = &lines[i]
	}
	for i := range found {
		s := &found[i]
		line := byID[s.Line]
		if line == nil {
			continue // it was forgotten meanwhile
		}
		m := Match{Path: s.Entry.Path, Line: line.Line, Deleted: s.Deleted}
		for _, state := range s.All {
			m.In = append(m.In, line.sightings(&state)...)
		}
		findings.Matches = append(findings.Matches, m)
	}
	slices.SortStableFunc(findings.Matches, func(a, b Match) int { return repository.Compare(a.Path, b.Path) })
	return findings, nil
}

// knownLine is a line with its versions, newest first.
type knownLine struct {
	Line
	versions []VersionSeen
}

// known lists the lines, that of the newest version first.
func (c *Catalog) known(ctx context.Context) (all []knownLine, err error) {
	lines, err := c.Lines(ctx)
	for _, l := range lines {
		versions, err := c.Versions(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, knownLine{l, versions})
	}
	return all, err
}

// sightings are the versions in which a state holds, newest first.
func (l *knownLine) sightings(s *catalog.State) (all []Sighting) {
	for i := range l.versions {
		v := &l.versions[i].Version
		if v.ID == s.To.Name || len(all) > 0 {
			all = append(all, Sighting{*v, s.Entry})
		}
		if v.ID == s.From.Name {
			break
		}
	}
	return all
}
