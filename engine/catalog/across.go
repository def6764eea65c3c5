package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/varve-backup/varve/engine/repository"
)

// Across yields what differs between versions of two lines, which share
// nothing here: it goes through all that both hold.
func (c *Catalog) Across(ctx context.Context, lineA int64, from string, lineB int64, to string) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		begun := false
		err := c.look(ctx, func(r *reader) error {
			if begun {
				return errDamaged // halfway, starting anew would say things twice
			}
			return r.across(r.walk(lineA, from), r.walk(lineB, to), func(d Difference) error {
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

// across walks both side by side.
func (r *reader) across(from, to iter.Seq2[*Item, error], report func(Difference) error) error {
	a, stopA := iter.Pull2(from)
	defer stopA()
	b, stopB := iter.Pull2(to)
	defer stopB()
	was, errA, moreA := a()
	is, errB, moreB := b()
	for moreA || moreB {
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		order := orderOf(was, is)
		if d, differs := between(order, was, is); differs {
			if err := report(d); err != nil {
				return err
			}
		}
		if order <= 0 {
			was, errA, moreA = a()
		}
		if order >= 0 {
			is, errB, moreB = b()
		}
	}
	return nil
}

// orderOf tells which of two items comes first; nil is behind all.
func orderOf(was, is *Item) int {
	switch {
	case was == nil:
		return 1
	case is == nil:
		return -1
	}
	return repository.Compare(was.Path, is.Path)
}

// between compares two items of the same path, or takes the first one alone.
func between(order int, was, is *Item) (Difference, bool) {
	switch {
	case order < 0:
		is = nil
	case order > 0:
		was = nil
	}
	return Compare(was, is)
}

// walk yields everything that a version holds, in order.
func (r *reader) walk(line int64, version string) iter.Seq2[*Item, error] {
	return func(yield func(*Item, error) bool) {
		w := walk{reader: r, use: func(it *Item) error {
			if !yield(it, nil) {
				return errEnough
			}
			return nil
		}}
		if err := w.run(line, version); err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// walk goes through a version.
type walk struct {
	*reader
	of   *order
	rank int
	use  func(*Item) error
}

func (w *walk) run(line int64, version string) (err error) {
	l, err := w.line(line)
	if err != nil {
		return err
	}
	if w.of, err = w.order(line); err != nil {
		return err
	}
	if w.rank, err = w.of.find(version); err != nil {
		return err
	}
	return w.folder(l.top, "", 0)
}

func (w *walk) folder(id int64, path string, deep int) error {
	if deep > depth {
		return fmt.Errorf("%w: folders without an end", errDamaged)
	}
	for rec, err := range w.records(id) {
		if err == nil {
			err = w.record(rec, join(path, string(rec.name)), deep)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) record(rec *record, path string, deep int) error {
	s, err := w.of.at(rec.states, w.rank)
	if s == nil || err != nil {
		return err
	}
	it, err := w.item(s, path)
	if err != nil {
		return err
	}
	child := rec.child
	if err := w.use(&it); err != nil || it.Type != repository.Dir || child == 0 {
		return err
	}
	return w.folder(child, path, deep+1)
}
