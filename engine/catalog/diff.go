package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/varve-backup/varve/engine/repository"
)

// Difference is a path that is not the same in two versions.
type Difference struct {
	Path   string
	Change repository.Change
	// Entry is the item in the second version, or in the first where it was
	// deleted.
	Entry repository.Entry
	// What says what was changed of an item that is in both.
	What []Aspect
}

// Differences yields what differs between two versions of a line, in order of
// the paths: under is the folder that counts, "" for everything. It costs what
// the versions between them changed.
func (c *Catalog) Differences(ctx context.Context, line int64, from, to, under string) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		begun := false
		err := c.look(ctx, func(r *reader) error {
			if begun {
				return errDamaged // halfway, starting anew would say things twice
			}
			a, b, err := r.ranks(line, from, to)
			if err != nil {
				return err
			}
			return r.differences(line, a, b, under, func(d Difference) error {
				begun = true
				if !yield(d, nil) {
					return errEnough
				}
				return ctx.Err()
			})
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(Difference{}, err)
		}
	}
}

// errEnough ends a walk that nobody wants to go on.
var errEnough = errors.New("enough")

func (r *reader) ranks(line int64, from, to string) (a, b int, err error) {
	if _, err = r.line(line); err != nil {
		return 0, 0, err
	}
	o, err := r.order(line)
	if err != nil {
		return 0, 0, err
	}
	if a, err = o.find(from); err == nil {
		b, err = o.find(to)
	}
	return a, b, err
}

// comparison walks through the folders that something touched between two
// versions.
type comparison struct {
	*reader
	order    *order
	from, to int
	touched  map[int64]bool // and false for the folders above those
	report   func(Difference) error
}

// differences reports what differs between the versions of two ranks.
func (r *reader) differences(line int64, from, to int, under string, report func(Difference) error) error {
	o, err := r.order(line)
	if err != nil {
		return err
	}
	l, err := r.line(line)
	if err != nil {
		return err
	}
	c := comparison{r, o, from, to, map[int64]bool{}, report}
	for rank := min(from, to) + 1; rank <= max(from, to); rank++ {
		if err := c.mark(o.id(rank)); err != nil {
			return err
		}
	}
	if under == "" {
		return c.folder(l.top, "", 0)
	}
	rec, err := r.record(line, under)
	if errors.Is(err, ErrNotFound) {
		return nil // neither version holds it
	}
	if err != nil {
		return err
	}
	return c.record(rec, under, true, 0)
}

// mark notes the folders that a version touched, and those above them.
func (c *comparison) mark(version int64) error {
	folders, err := c.reader.touched(version)
	for _, id := range folders {
		if err == nil {
			err = c.above(id)
		}
		c.touched[id] = true
	}
	return err
}

// above notes the folders above one.
func (c *comparison) above(id int64) error {
	for range depth {
		var parent int64
		err := c.one("SELECT parent FROM folder WHERE id = ?", []any{id}, &parent)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // what was in it is forgotten
		}
		if err != nil {
			return err
		}
		if _, known := c.touched[parent]; known || parent == 0 {
			return nil
		}
		c.touched[parent] = false
		id = parent
	}
	return fmt.Errorf("%w: folders without an end", errDamaged)
}

// folder reports what differs in a folder and below it.
func (c *comparison) folder(id int64, path string, deep int) error {
	if deep > depth {
		return fmt.Errorf("%w: folders without an end", errDamaged)
	}
	for rec, err := range c.records(id) {
		if err == nil {
			err = c.record(rec, join(path, string(rec.name)), c.touched[id], deep)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// record reports what differs of a name, if that can be, and below it.
func (c *comparison) record(rec *record, path string, here bool, deep int) error {
	child := rec.child
	if here {
		if err := c.states(rec, path); err != nil {
			return err
		}
	}
	if _, marked := c.touched[child]; child == 0 || !marked {
		return nil
	}
	return c.folder(child, path, deep+1)
}

func (c *comparison) states(rec *record, path string) error {
	a, err := c.order.at(rec.states, c.from)
	if err != nil {
		return err
	}
	b, err := c.order.at(rec.states, c.to)
	if err != nil || a == nil && b == nil || a != nil && b != nil && string(a.item) == string(b.item) {
		return err
	}
	var was, is *Item
	for _, x := range []struct {
		s    *state
		into **Item
	}{{a, &was}, {b, &is}} {
		if x.s == nil {
			continue
		}
		it, err := c.item(x.s, path)
		if err != nil {
			return err
		}
		*x.into = &it
	}
	if d, differs := Compare(was, is); differs {
		return c.report(d)
	}
	return nil
}

// Compare tells what became of an item that is in two versions, or in one: the
// other is nil.
func Compare(was, is *Item) (Difference, bool) {
	switch {
	case was == nil:
		return Difference{is.Path, repository.Added, is.Entry, nil}, true
	case is == nil:
		return Difference{was.Path, repository.Deleted, was.Entry, nil}, true
	}
	what := Aspects(was, is)
	return Difference{is.Path, repository.Modified, is.Entry, what}, len(what) > 0
}

// recount counts anew what versions changed. 0 is none.
func (r *reader) recount(line int64, versions ...int64) error {
	o, err := r.order(line)
	if err != nil {
		return err
	}
	for _, id := range versions {
		rank, known := o.rank[id]
		if !known {
			continue
		}
		var n [repository.Deleted + 1]int64
		if rank > 0 {
			err = r.differences(line, rank-1, rank, "", func(d Difference) error { n[d.Change]++; return nil })
		}
		if err != nil {
			return err
		}
		_, err = r.tx.ExecContext(r.ctx, "UPDATE version SET added = ?, changed = ?, deleted = ? WHERE id = ?",
			n[repository.Added], n[repository.Modified], n[repository.Deleted], id)
		if err != nil {
			return err
		}
	}
	return nil
}
