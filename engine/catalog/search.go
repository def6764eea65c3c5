package catalog

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/repository"
)

// Search looks for paths in all versions of all lines. What fits best comes
// first: names that are a word of the query, names that begin with one, names
// in which one begins a word, and then the rest; each in order of the paths.
// more tells that there are more than limit; 0 is no limit.
func (c *Catalog) Search(ctx context.Context, q Query, limit int) (found []Seen, more bool, err error) {
	err = c.look(ctx, func(r *reader) error {
		found, more = nil, false
		if q.isEmpty() {
			return nil
		}
		s := search{reader: r, query: &q, limit: limit}
		if err := s.scan(); err != nil {
			return err
		}
		found, more, err = s.resolve()
		return err
	})
	return found, more, err
}

// search goes through the names, and then looks the best ones up.
type search struct {
	*reader
	query *Query
	limit int
	hits  [ranks][]hit
	needs []*word // what a name itself must hold, while one section is looked at
}

// hit is a name that seems to be looked for. Names are forgotten late, so that
// it may be gone.
type hit struct {
	folder int64
	name   string // folded
}

// ranks is how many degrees of fitting there are.
const ranks = 4

// room is how many hits of a rank are kept: more than are wanted, because some
// may be gone.
func (s *search) room() int {
	const spare = 1000
	if s.limit == 0 {
		return int(^uint(0) >> 1)
	}
	return 2*s.limit + spare
}

func (s *search) scan() error {
	var data sql.RawBytes // there is much of it, and none is kept
	err := s.each("SELECT data FROM names ORDER BY id", nil, func() error {
		b, err := unsealed(data)
		if err != nil {
			return err
		}
		return s.chunk(b)
	}, &data)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (s *search) chunk(b []byte) error {
	sc := scanner{b: b}
	for sc.more() {
		folder, path, names := sc.number(), sc.bytes(), sc.bytes()
		if sc.bad {
			return fmt.Errorf("%w: names are cut short", errDamaged)
		}
		s.section(folder, path, names)
		if len(s.hits[0]) >= s.room() {
			return errEnough
		}
	}
	return s.ctx.Err()
}

// section looks at the names of a folder.
func (s *search) section(folder int64, dir, names []byte) {
	q := s.query
	if q.dir != nil && !Match(*q.dir, string(dir)) {
		return
	}
	s.needs = s.needs[:0]
	var rarest *word
	for i := range q.words {
		w := &q.words[i]
		if w.inDir(dir) {
			continue
		}
		s.needs = append(s.needs, w)
		if rarest == nil || len(w.literal) > len(rarest.literal) {
			rarest = w
		}
	}
	if rarest == nil || len(rarest.literal) == 0 {
		s.everyName(folder, dir, names)
		return
	}
	if rarest.isPlain() {
		// Where it is found, it need not be looked for again.
		s.needs = slices.DeleteFunc(s.needs, func(w *word) bool { return w == rarest })
	}
	literal := rarest.literal
	for at := 0; ; {
		i := bytes.Index(names[at:], literal)
		if i < 0 {
			return
		}
		i += at
		begin := bytes.LastIndexByte(names[:i], 0) + 1
		end := bytes.IndexByte(names[i:], 0)
		if end < 0 {
			return
		}
		end += i
		s.consider(folder, dir, names[begin:end])
		at = end + 1 // behind the zero byte
	}
}

// everyName looks at all names, because there is nothing that they must hold.
func (s *search) everyName(folder int64, dir, names []byte) {
	for len(names) > 0 {
		end := bytes.IndexByte(names, 0)
		if end < 0 {
			return
		}
		s.consider(folder, dir, names[:end])
		names = names[end+1:]
	}
}

// consider notes a name if it is looked for.
func (s *search) consider(folder int64, dir, name []byte) {
	for _, w := range s.needs {
		if !w.inName(dir, name) {
			return
		}
	}
	rank := s.rank(dir, name)
	if rank < ranks && len(s.hits[rank]) < s.room() {
		s.hits[rank] = append(s.hits[rank], hit{folder, string(name)})
	}
}

// rank tells how well a name fits; ranks means not at all.
func (s *search) rank(dir, name []byte) int {
	best := ranks
	for i := range s.query.words {
		w := &s.query.words[i]
		if w.isPlain() {
			best = min(best, rankPlain(name, w.literal))
		} else if w.inName(dir, name) {
			return 0
		}
	}
	return best
}

// rankPlain tells how well a name fits a word: as a whole, with its beginning,
// with the beginning of something behind what is no letter and no digit, or
// anywhere else.
func rankPlain(name, text []byte) int {
	i := bytes.Index(name, text)
	switch {
	case i < 0:
		return ranks
	case i == 0 && len(name) == len(text):
		return 0
	case i == 0:
		return 1
	}
	for {
		if r, _ := utf8.DecodeLastRune(name[:i]); !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return 2
		}
		next := bytes.Index(name[i+1:], text)
		if next < 0 {
			return 3
		}
		i += 1 + next
	}
}

// resolve looks the hits up, the best ones first.
func (s *search) resolve() (found []Seen, more bool, err error) {
	for _, hits := range s.hits {
		best, err := s.lookUp(hits)
		if err != nil {
			return nil, false, err
		}
		slices.SortFunc(best, func(a, b Seen) int {
			if c := repository.Compare(a.Entry.Path, b.Entry.Path); c != 0 {
				return c
			}
			return int(a.Line - b.Line)
		})
		found = append(found, best...)
		if s.limit > 0 && len(found) > s.limit {
			return found[:s.limit], true, nil
		}
	}
	return found, false, nil
}

// lookUp finds what there is of names. Folders are read once.
func (s *search) lookUp(hits []hit) (found []Seen, err error) {
	wanted := map[int64]map[string]bool{}
	var folders []int64
	for _, h := range hits {
		if wanted[h.folder] == nil {
			wanted[h.folder] = map[string]bool{}
			folders = append(folders, h.folder)
		}
		wanted[h.folder][h.name] = true
	}
	for _, id := range folders {
		if found, err = s.lookInto(id, wanted[id], found); err != nil {
			return nil, err
		}
		if s.limit > 0 && len(found) > 2*s.limit {
			break
		}
	}
	return found, nil
}

func (s *search) lookInto(folder int64, names map[string]bool, found []Seen) ([]Seen, error) {
	at, err := s.where(folder)
	if errors.Is(err, errNoFolder) {
		return found, nil // it was forgotten
	}
	if err != nil {
		return nil, err
	}
	o, err := s.order(at.line)
	if err != nil {
		return nil, err
	}
	var folded []byte
	for rec, err := range s.records(folder) {
		if err != nil {
			return nil, err
		}
		folded = appendFolded(folded[:0], rec.name)
		if !names[string(folded)] {
			continue
		}
		path := join(at.path, string(rec.name))
		if !s.query.matches(path) {
			continue // the number of a folder that was forgotten was used again
		}
		seen, err := s.seen(at.line, o, rec, path)
		if err != nil {
			return nil, err
		}
		if s.query.States {
			if seen.All, err = s.states(o, rec, path); err != nil {
				return nil, err
			}
		}
		found = append(found, seen)
	}
	return found, nil
}
