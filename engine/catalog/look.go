package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Line is the versions of one source.
type Line struct {
	ID int64
	Source
	Versions int
	// Newest is the time of the newest version.
	Newest time.Time
}

// Lines lists the lines, that of the newest version first.
func (c *Catalog) Lines(ctx context.Context) (all []Line, err error) {
	err = c.look(ctx, func(r *reader) error {
		all = nil
		var id, seconds, nanoseconds int64
		var source string
		var n int
		err := r.each(`SELECT line.id, source, count(*), seconds, max(seconds * 1.0 + nanoseconds / 1e9), nanoseconds
			FROM line JOIN version ON version.line = line.id GROUP BY line.id`, nil, func() error {
			l := Line{ID: id, Versions: n, Newest: time.Unix(seconds, nanoseconds)}
			all = append(all, l)
			if err := json.Unmarshal([]byte(source), &all[len(all)-1].Source); err != nil {
				return fmt.Errorf("%w: %w", errDamaged, err)
			}
			return nil
		}, &id, &source, &n, &seconds, new(float64), &nanoseconds)
		slices.SortFunc(all, func(a, b Line) int { return b.Newest.Compare(a.Newest) })
		return err
	})
	return all, err
}

// Versions lists the versions of a line, newest first.
func (c *Catalog) Versions(ctx context.Context, line int64) (all []Version, err error) {
	err = c.look(ctx, func(r *reader) error {
		all = nil
		if _, err := r.line(line); err != nil {
			return err
		}
		o, err := r.order(line)
		if err != nil {
			return err
		}
		for _, v := range slices.Backward(o.versions) {
			all = append(all, *v)
		}
		return nil
	})
	return all, err
}

// LineOf finds the line of a version.
func (c *Catalog) LineOf(ctx context.Context, version string) (line int64, err error) {
	err = c.look(ctx, func(r *reader) error {
		err := r.one("SELECT line FROM version WHERE name = ?", []any{version}, &line)
		if errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("version %s: %w", version, ErrNotFound)
		}
		return err
	})
	return line, err
}

// Names are the names of all versions of all lines.
func (c *Catalog) Names(ctx context.Context) (all map[string]bool, err error) {
	err = c.look(ctx, func(r *reader) error {
		all = map[string]bool{}
		var name string
		return r.each("SELECT name FROM version", nil, func() error { all[name] = true; return nil }, &name)
	})
	return all, err
}

// Folder lists everything that was ever in a folder, in order of the names.
func (c *Catalog) Folder(ctx context.Context, line int64, path string) (all []Seen, err error) {
	err = c.look(ctx, func(r *reader) error {
		all = nil
		id, _, err := r.folder(line, path)
		if err != nil {
			return err
		}
		o, err := r.order(line)
		if err != nil {
			return err
		}
		for rec, err := range r.records(id) {
			if err != nil {
				return err
			}
			s, err := r.seen(line, o, rec, join(path, string(rec.name)))
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

// FolderAt lists a folder of one version.
func (c *Catalog) FolderAt(ctx context.Context, line int64, version, path string) (all []repository.Entry, err error) {
	err = c.look(ctx, func(r *reader) error {
		all = nil
		at, err := r.folderAt(line, version, path)
		if err != nil {
			return err
		}
		for it, err := range r.items(at.order, at.rank, at.id, path) {
			if err != nil {
				return err
			}
			all = append(all, it.Entry)
		}
		return nil
	})
	return all, err
}

// folderOf is a folder in a version.
type folderOf struct {
	order *order
	rank  int
	id    int64
}

// folderAt finds a folder that a version holds.
func (r *reader) folderAt(line int64, version, path string) (f folderOf, err error) {
	if _, err = r.line(line); err != nil {
		return f, err
	}
	if f.order, err = r.order(line); err != nil {
		return f, err
	}
	if f.rank, err = f.order.find(version); err != nil {
		return f, err
	}
	id, rec, err := r.folder(line, path)
	if err != nil {
		return f, err
	}
	s, err := f.order.at(rec.states, f.rank)
	if err == nil && (s == nil || typeOf(s.item) != repository.Dir) {
		err = fmt.Errorf("%q: %w", path, ErrNotFound)
	}
	f.id = id
	return f, err
}

// items yields what is in a folder in one version.
func (r *reader) items(o *order, rank int, folder int64, path string) iter.Seq2[*Item, error] {
	return func(yield func(*Item, error) bool) {
		for rec, err := range r.records(folder) {
			if err != nil {
				yield(nil, err)
				return
			}
			s, err := o.at(rec.states, rank)
			if err != nil {
				yield(nil, err)
				return
			}
			if s == nil {
				continue
			}
			it, err := r.item(s, join(path, string(rec.name)))
			if !yield(&it, err) || err != nil {
				return
			}
		}
	}
}

// State is one state of a path.
type State struct {
	Entry repository.Entry
	// From and To are the first and the last version that hold it, of so many.
	From, To *Version
	Versions int
}

// History lists the states of a path, newest first.
func (c *Catalog) History(ctx context.Context, line int64, path string) (all []State, err error) {
	err = c.look(ctx, func(r *reader) error {
		all = nil
		rec, err := r.record(line, path)
		if err != nil {
			return err
		}
		if rec == nil {
			return fmt.Errorf("%q: %w", path, ErrNotFound)
		}
		o, err := r.order(line)
		if err != nil {
			return err
		}
		all, err = r.states(o, rec, path)
		return err
	})
	return all, err
}

// states lists the states of a record, newest first.
func (r *reader) states(o *order, rec *record, path string) (all []State, err error) {
	for i := range slices.Backward(rec.states) {
		s := &rec.states[i]
		first, behind, err := o.span(s)
		if err != nil {
			return nil, err
		}
		it, err := r.item(s, path)
		if err != nil {
			return nil, err
		}
		all = append(all, State{it.Entry, o.versions[first], o.versions[behind-1], behind - first})
	}
	return all, nil
}
