package engine

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/repository"
)

// Findings are what Find found.
type Findings struct {
	// Matches are in order of the paths.
	Matches []Match
	// NewestUnread tells that the newest version is among those of Unread, so
	// that nobody knows what was deleted.
	NewestUnread bool
	// Unread says which versions could not be looked through to their end.
	Unread []error
}

// Match is a path whose name matches.
type Match struct {
	Path string
	// In are the versions that hold it, newest first.
	In []Sighting
	// Deleted tells that the newest version does not hold it any more. It says
	// nothing with NewestUnread.
	Deleted bool
}

// Sighting is an item in one version.
type Sighting struct {
	Version Version
	Entry   repository.Entry
}

// Find looks for names in all versions. In pattern, * stands for any
// characters and ? for one. One with a slash is held against the whole path,
// where both stay within a name; any other against every single name.
func (e *Engine) Find(ctx context.Context, d Destination, pattern string) (Findings, error) {
	const op = "looking for files"
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return Findings{}, classify(ctx, op, err)
	}
	defer archive.close()
	versions, err := archive.all(ctx)
	if err != nil {
		return Findings{}, classify(ctx, op, err)
	}
	s := search{pattern: strings.Trim(pattern, "/"), whole: strings.Contains(strings.TrimRight(pattern, "/"), "/"), matches: map[string]*Match{}}
	newestUnread := false
	for i, v := range versions {
		if err := s.look(ctx, v, i == 0); err != nil {
			newestUnread = newestUnread || i == 0
			s.unread = append(s.unread, classify(ctx, "reading the version of "+v.version().Time.Local().Format(time.DateTime), err))
		}
		if ctx.Err() != nil {
			return Findings{}, classify(ctx, op, ctx.Err())
		}
	}
	return Findings{Matches: s.sorted(), NewestUnread: newestUnread, Unread: s.unread}, nil
}

// search gathers matches.
type search struct {
	pattern string
	whole   bool // it is held against the whole path
	matches map[string]*Match
	unread  []error
}

// look goes through one version.
func (s *search) look(ctx context.Context, v openVersion, newest bool) error {
	l, err := v.browse(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	var first error
	for e, err := range l.Walk(ctx, "") {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && first == nil:
			first = err
		case err == nil && e.Path != "" && s.fits(e.Path):
			s.add(v.version(), e, newest)
		}
	}
	return first
}

func (s *search) fits(path string) bool {
	if s.whole {
		return matchName(s.pattern, path)
	}
	return matchName(s.pattern, path[strings.LastIndexByte(path, '/')+1:])
}

func (s *search) add(v Version, e repository.Entry, newest bool) {
	m := s.matches[e.Path]
	if m == nil {
		m = &Match{Path: e.Path, Deleted: !newest}
		s.matches[e.Path] = m
	}
	m.In = append(m.In, Sighting{v, e})
}

func (s *search) sorted() []Match {
	var all []Match
	for _, m := range s.matches {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Match) int { return repository.Compare(a.Path, b.Path) })
	return all
}

// matchName matches * and ?, neither of which takes a slash. It goes back to
// the last star only, so that no pattern takes long.
func matchName(pattern, name string) bool {
	star, retry := -1, 0 // behind the last star, and where it ended
	p, n := 0, 0
	for n < len(name) {
		_, size := utf8.DecodeRuneInString(name[n:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			p++
			star, retry = p, n
		case p < len(pattern) && pattern[p] == '?' && name[n] != '/':
			p++
			n += size
		case p < len(pattern) && pattern[p] == name[n]:
			p++
			n++
		case star >= 0 && name[retry] != '/':
			_, step := utf8.DecodeRuneInString(name[retry:])
			retry += step
			p, n = star, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
