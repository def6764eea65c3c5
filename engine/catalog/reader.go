package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Source is what the versions of a line are of.
type Source struct {
	Host  string   `json:"host"`
	Paths []string `json:"paths"`
}

// text is a source as it is stored.
func (s Source) text() (string, error) {
	b, err := json.Marshal(s)
	return string(b), err
}

// reader answers out of one transaction.
type reader struct {
	ctx     context.Context //nolint:containedctx // of one transaction
	tx      *sql.Tx
	words   words
	orders  map[int64]*order
	folders map[int64]location
	load    *sql.Stmt
}

// location is where a folder is.
type location struct {
	line, parent int64
	path         string
}

func newReader(ctx context.Context, tx *sql.Tx) *reader {
	return &reader{ctx: ctx, tx: tx, words: words{}, orders: map[int64]*order{}, folders: map[int64]location{}}
}

// one reads one row.
func (r *reader) one(query string, args []any, into ...any) error {
	return scanned(r.tx.QueryRowContext(r.ctx, query, args...).Scan(into...))
}

// each reads rows into the same variables.
func (r *reader) each(query string, args []any, use func() error, into ...any) error {
	rows, err := r.tx.QueryContext(r.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scanned(rows.Scan(into...)); err != nil {
			return err
		}
		if err := use(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scanned calls a column that holds what nobody wrote there damage.
func scanned(err error) error {
	if err == nil || codeOf(err) != 0 || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", errDamaged, err)
}

// lineRow is a line as it is stored.
type lineRow struct {
	id, top, trees int64
	source         string
}

func (r *reader) line(id int64) (l lineRow, err error) {
	err = r.one("SELECT id, source, top, trees FROM line WHERE id = ?", []any{id}, &l.id, &l.source, &l.top, &l.trees)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("line %d: %w", id, ErrNotFound)
	}
	return l, err
}

// order reads the versions of a line.
func (r *reader) order(line int64) (*order, error) {
	if o := r.orders[line]; o != nil {
		return o, nil
	}
	var all []*Version
	var v Version
	var seconds, nanoseconds int64
	err := r.each("SELECT id, name, seconds, nanoseconds, info, added, changed, deleted FROM version WHERE line = ?", []any{line}, func() error {
		v.Time = time.Unix(seconds, nanoseconds)
		all = append(all, new(v))
		v.Info = nil
		return nil
	}, &v.id, &v.Name, &seconds, &nanoseconds, &v.Info, &v.Added, &v.Changed, &v.Deleted)
	if err != nil {
		return nil, err
	}
	o := newOrder(all)
	r.orders[line] = o
	return o, nil
}

// errNoFolder: something refers to a folder that is not there.
var errNoFolder = fmt.Errorf("%w: a folder is missing", errDamaged)

// data reads the records of a folder.
func (r *reader) data(folder int64) (b []byte, err error) {
	if r.load == nil {
		if r.load, err = r.tx.PrepareContext(r.ctx, "SELECT data FROM folder WHERE id = ?"); err != nil {
			return nil, err
		}
	}
	err = scanned(r.load.QueryRowContext(r.ctx, folder).Scan(&b))
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoFolder
	}
	if err != nil {
		return nil, err
	}
	return unsealed(b)
}

// records yields what is in a folder. A record is good until the next one.
func (r *reader) records(folder int64) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		b, err := r.data(folder)
		if err != nil {
			yield(nil, err)
			return
		}
		s := scanner{b: b}
		var rec record
		for s.more() {
			err := rec.read(&s)
			if !yield(&rec, err) || err != nil {
				return
			}
		}
	}
}

// record finds the record of a path, and says which folder it is in.
func (r *reader) record(line int64, path string) (*record, error) {
	l, err := r.line(line)
	if err != nil {
		return nil, err
	}
	rec, err := r.named(l.top, "")
	if path == "" || err != nil {
		return rec, err
	}
	for name := range strings.SplitSeq(path, "/") {
		if rec == nil || rec.child == 0 {
			return nil, fmt.Errorf("%q: %w", path, ErrNotFound)
		}
		if rec, err = r.named(rec.child, name); err != nil {
			return nil, err
		}
	}
	if rec == nil {
		return nil, fmt.Errorf("%q: %w", path, ErrNotFound)
	}
	return rec, nil
}

// named finds a record in a folder, nil when there is none.
func (r *reader) named(folder int64, name string) (*record, error) {
	for rec, err := range r.records(folder) {
		if err != nil {
			return nil, err
		}
		if string(rec.name) == name {
			return rec, nil
		}
	}
	return nil, nil
}

// folder finds what is in the folder of a path.
func (r *reader) folder(line int64, path string) (int64, *record, error) {
	rec, err := r.record(line, path)
	if err == nil && (rec == nil || rec.child == 0) {
		err = fmt.Errorf("%q: %w", path, ErrNotFound)
	}
	if err != nil {
		return 0, nil, err
	}
	return rec.child, rec, nil
}

// depth bounds how deep folders lie in one another: paths are shorter.
const depth = 1 << 13

// where finds the path of a folder.
func (r *reader) where(folder int64) (location, error) {
	var chain []location
	var names []string
	at := location{parent: folder}
	for len(chain) < depth {
		id := at.parent
		if known, ok := r.folders[id]; ok {
			return r.descend(known, chain, names), nil
		}
		var name []byte
		at = location{}
		err := r.one("SELECT line, parent, name FROM folder WHERE id = ?", []any{id}, &at.line, &at.parent, &name)
		if errors.Is(err, sql.ErrNoRows) {
			err = errNoFolder
		}
		if err != nil {
			return location{}, err
		}
		if at.parent == 0 { // the topmost
			r.folders[id] = at
			return r.descend(at, chain, names), nil
		}
		chain = append(chain, location{at.line, id, ""})
		names = append(names, string(name))
	}
	return location{}, fmt.Errorf("%w: folders without an end", errDamaged)
}

// descend notes the paths of folders, of which the outermost is the last.
func (r *reader) descend(from location, chain []location, names []string) location {
	for i, folder := range slices.Backward(chain) {
		from = location{from.line, folder.parent, join(from.path, names[i])}
		r.folders[folder.parent] = from
	}
	return from
}

// join puts a path together; the root is "".
func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// item reads a state.
func (r *reader) item(s *state, path string) (Item, error) {
	it, err := parseItem(s.item, r.words)
	it.Path = path
	return it, err
}

// Seen is a path with everything that was ever seen of it.
type Seen struct {
	Line int64
	// Entry is its newest state.
	Entry repository.Entry
	// States counts its states.
	States int
	// Deleted: the newest version of the line does not hold it.
	Deleted bool
	// First and Last are the oldest and the newest version that hold it.
	First, Last *Version
	// All are its states, newest first, where a Query asks for them.
	All []State
}

// seen puts together what a record says.
func (r *reader) seen(line int64, o *order, rec *record, path string) (Seen, error) {
	last := &rec.states[len(rec.states)-1]
	first, _, err := o.span(&rec.states[0])
	if err != nil {
		return Seen{}, err
	}
	_, behind, err := o.span(last)
	if err != nil {
		return Seen{}, err
	}
	it, err := r.item(last, path)
	return Seen{
		Line: line, Entry: it.Entry, States: len(rec.states), Deleted: behind < len(o.versions),
		First: o.versions[first], Last: o.versions[behind-1],
	}, err
}
