package session

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
)

// Past tells what is known of an archive's versions: everything that was ever
// seen. It answers from this computer alone, asks for no passphrase, and never
// waits for the destination. What Learn brings shows in the next answer.
type Past interface {
	Listings
	Histories
}

// Listings tell what there is. See engine.Catalog.
type Listings interface {
	Lines(ctx context.Context) ([]engine.Line, error)
	Folder(ctx context.Context, line int64, path string) ([]engine.Seen, error)
	FolderAt(ctx context.Context, line int64, version, path string) ([]repository.Entry, error)
	Search(ctx context.Context, query string, limit int) (found []engine.Seen, more bool, err error)
}

// Histories tell what became of it. See engine.Catalog.
type Histories interface {
	Versions(ctx context.Context, line int64) ([]engine.VersionSeen, error)
	// Activity lists the versions in which something in a folder changed, and
	// how much, newest first, and the oldest of all.
	Activity(ctx context.Context, line int64, path string) ([]engine.VersionSeen, error)
	History(ctx context.Context, line int64, path string) ([]engine.State, error)
	Diff(ctx context.Context, line int64, from, to, under string, limit int) (d []engine.Difference, more bool, err error)
}

// Past returns what is known of an archive. The session owns the catalog: it
// is opened by the first question, shared by all who ask, and closed with the
// session.
func (s *Session) Past(a Archive) Past { return &past{s, a} }

// ReadFile writes the content of a file of a version to out. What was written
// before an error may be cut short or wrong. Unless ask is set, nobody is asked
// for a passphrase that is not at hand.
func (s *Session) ReadFile(ctx context.Context, a Archive, v engine.Version, path string, ask bool, out io.Writer) error {
	if !ask {
		ctx = context.WithValue(ctx, unasked{}, true)
	}
	_, err := s.engine.Cat(ctx, s.reach(ctx, a), engine.Moment{ID: v.ID, At: v.Time}, path, out)
	return err
}

// shelf is the catalog of one archive, and how far it is learnt.
type shelf struct {
	opening sync.Mutex
	catalog *engine.Catalog
	closed  bool

	mu       sync.Mutex
	learning Learning
	stop     context.CancelCauseFunc
	again    bool // something came after the learning began
}

// errClosed is why nothing is known any more.
var errClosed = errors.New("the session has ended")

// open opens the catalog, unless that was done before.
func (h *shelf) open(ctx context.Context, s *Session, a Archive) (*engine.Catalog, error) {
	h.opening.Lock()
	defer h.opening.Unlock()
	if h.closed {
		return nil, errClosed
	}
	if h.catalog == nil {
		c, err := s.engine.Catalog(ctx, s.reach(ctx, a))
		if err != nil {
			return nil, err
		}
		h.catalog = c
	}
	return h.catalog, nil
}

func (h *shelf) close() error {
	h.opening.Lock()
	defer h.opening.Unlock()
	h.closed = true
	if h.catalog == nil {
		return nil
	}
	return h.catalog.Close()
}

// shelf is where the catalog of an archive is.
func (s *Session) shelf(a Archive) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := a.URL
	if !a.Encrypted {
		key += " in the clear"
	}
	h := s.shelves[key]
	if h == nil {
		h = &shelf{}
		s.shelves[key] = h
	}
	return h
}

// closeShelves closes all catalogs.
func (s *Session) closeShelves() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, h := range s.shelves {
		errs = append(errs, h.close())
	}
	return errors.Join(errs...)
}

// past asks the catalog of an archive.
type past struct {
	session *Session
	archive Archive
}

func (p *past) open(ctx context.Context) (*engine.Catalog, error) {
	return p.session.shelf(p.archive).open(ctx, p.session, p.archive)
}

func (p *past) Lines(ctx context.Context) ([]engine.Line, error) {
	c, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return c.Lines(ctx)
}

func (p *past) Folder(ctx context.Context, line int64, path string) ([]engine.Seen, error) {
	c, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return c.Folder(ctx, line, path)
}

func (p *past) FolderAt(ctx context.Context, line int64, version, path string) ([]repository.Entry, error) {
	c, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return c.FolderAt(ctx, line, version, path)
}

func (p *past) Search(ctx context.Context, query string, limit int) (found []engine.Seen, more bool, err error) {
	c, err := p.open(ctx)
	if err != nil {
		return nil, false, err
	}
	return c.Search(ctx, query, limit)
}

func (p *past) Versions(ctx context.Context, line int64) ([]engine.VersionSeen, error) {
	c, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return c.Versions(ctx, line)
}

// mostCounted bounds how exactly the changes in one version are counted.
const mostCounted = 10_000

func (p *past) Activity(ctx context.Context, line int64, path string) ([]engine.VersionSeen, error) {
	c, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	all, err := c.Versions(ctx, line)
	var active []engine.VersionSeen
	for i, v := range all {
		if err != nil {
			return nil, err
		}
		if path != "" && i+1 < len(all) && v.Added+v.Changed+v.Deleted > 0 {
			v.Added, v.Changed, v.Deleted, err = count(ctx, c, line, all[i+1].ID, v.ID, path)
		}
		if i+1 == len(all) || v.Added+v.Changed+v.Deleted > 0 {
			active = append(active, v)
		}
	}
	return active, err
}

// count counts what changed in a folder between two versions.
func count(ctx context.Context, c *engine.Catalog, line int64, from, to, path string) (added, changed, deleted int64, err error) {
	differences, _, err := c.Diff(ctx, line, from, to, path, mostCounted)
	for _, d := range differences {
		switch d.Change {
		case repository.Added:
			added++
		case repository.Modified:
			changed++
		case repository.Deleted:
			deleted++
		}
	}
	return added, changed, deleted, err
}

func (p *past) History(ctx context.Context, line int64, path string) ([]engine.State, error) {
	c, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return c.History(ctx, line, path)
}

func (p *past) Diff(ctx context.Context, line int64, from, to, under string, limit int) (d []engine.Difference, more bool, err error) {
	c, err := p.open(ctx)
	if err != nil {
		return nil, false, err
	}
	return c.Diff(ctx, line, from, to, under, limit)
}
