package catalog

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
)

// Drop forgets versions by their names, each for itself: what was done stays
// when ctx ends.
func (c *Catalog) Drop(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := c.change(ctx, func(tx *sql.Tx) error { return drop(newReader(ctx, tx), name) }); err != nil {
			return err
		}
	}
	return nil
}

// Refresh takes over what is to be known of versions now.
func (c *Catalog) Refresh(ctx context.Context, info map[string][]byte) error {
	var changed []string
	err := c.look(ctx, func(r *reader) error {
		changed = nil
		var name string
		var old []byte
		return r.each("SELECT name, info FROM version", nil, func() error {
			if now, wanted := info[name]; wanted && !bytes.Equal(now, old) {
				changed = append(changed, name)
			}
			return nil
		}, &name, &old)
	})
	if err != nil || len(changed) == 0 {
		return err
	}
	return c.change(ctx, func(tx *sql.Tx) error {
		for _, name := range changed {
			if _, err := tx.ExecContext(ctx, "UPDATE version SET info = ? WHERE name = ?", append([]byte{}, info[name]...), name); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropping takes one version out of its line.
type dropping struct {
	*reader
	order             *order
	version           int64
	older, next, line int64
}

func drop(r *reader, name string) error {
	d := dropping{reader: r}
	err := r.one("SELECT id, line FROM version WHERE name = ?", []any{name}, &d.version, &d.line)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if d.order, err = r.order(d.line); err != nil {
		return err
	}
	rank := d.order.rank[d.version]
	d.older, d.next = d.order.id(rank-1), d.order.id(rank+1)
	if d.older == 0 && d.next == 0 {
		err = d.wholeLine()
	} else {
		err = d.run()
	}
	if err != nil {
		return err
	}
	return r.tidyNames()
}

// wholeLine removes a line of which this is the only version.
func (d *dropping) wholeLine() error {
	var n int64
	var id int64
	var data []byte
	err := d.each("SELECT id, data FROM folder WHERE line = ?", []any{d.line}, func() error {
		b, err := unsealed(data)
		if err != nil {
			return err
		}
		s := scanner{b: b}
		for rec := (record{}); s.more(); n++ {
			if err := rec.read(&s); err != nil {
				return err
			}
		}
		return nil
	}, &id, &data)
	if err != nil {
		return err
	}
	for _, q := range []string{
		"DELETE FROM touch WHERE version IN (SELECT id FROM version WHERE line = ?)", "DELETE FROM version WHERE line = ?",
		"DELETE FROM folder WHERE line = ?", "DELETE FROM line WHERE id = ?",
	} {
		if _, err := d.tx.ExecContext(d.ctx, q, d.line); err != nil {
			return err
		}
	}
	return d.count(n)
}

// run takes the version out of all states that begin or end with it.
func (d *dropping) run() error {
	folders, err := d.touched(d.version)
	if d.older == 0 && err == nil {
		// What began with the next version begins with the oldest now.
		var more []int64
		more, err = d.touched(d.next)
		folders = append(folders, more...)
	}
	if err != nil {
		return err
	}
	done := map[int64]bool{}
	for _, f := range folders {
		if done[f] {
			continue
		}
		done[f] = true
		if err := d.folder(f); err != nil {
			return err
		}
	}
	if err := d.forget(); err != nil {
		return err
	}
	delete(d.orders, d.line)
	if d.next == 0 {
		return nil
	}
	return d.recount(d.line, d.next, 0)
}

// forget removes the rows of the version.
func (d *dropping) forget() error {
	switch {
	case d.older == 0:
		if _, err := d.tx.ExecContext(d.ctx, "DELETE FROM touch WHERE version = ?", d.next); err != nil {
			return err
		}
	case d.next != 0:
		_, err := d.tx.ExecContext(d.ctx, "INSERT OR IGNORE INTO touch (version, folder) SELECT ?, folder FROM touch WHERE version = ?", d.next, d.version)
		if err != nil {
			return err
		}
	}
	for _, q := range []string{"DELETE FROM touch WHERE version = ?", "DELETE FROM version WHERE id = ?"} {
		if _, err := d.tx.ExecContext(d.ctx, q, d.version); err != nil {
			return err
		}
	}
	return nil
}

// touched lists the folders in which something begins or ends with a version.
func (r *reader) touched(version int64) (all []int64, err error) {
	var id int64
	err = r.each("SELECT folder FROM touch WHERE version = ?", []any{version}, func() error { all = append(all, id); return nil }, &id)
	return all, err
}

// folder takes the version out of a folder.
func (d *dropping) folder(id int64) error {
	b, err := d.data(id)
	if errors.Is(err, errNoFolder) {
		return nil // it went with the folder above
	}
	if err != nil {
		return err
	}
	s := scanner{b: b}
	out := make([]byte, sealLength, sealLength+len(b))
	var rec record
	for s.more() {
		if err := rec.read(&s); err != nil {
			return err
		}
		states := d.states(rec.states)
		if len(states) > 0 {
			out = (&record{name: rec.name, child: rec.child, states: states}).append(out)
			continue
		}
		if err := d.remove(&rec); err != nil {
			return err
		}
	}
	if bytes.Equal(out[sealLength:], b) {
		return nil
	}
	_, err = d.tx.ExecContext(d.ctx, "UPDATE folder SET data = ? WHERE id = ?", sealed(out), id)
	return err
}

// remove forgets a name that is in no version any more.
func (d *dropping) remove(rec *record) error {
	if rec.child == 0 {
		return d.count(1)
	}
	// What was in the folder was in no other version either.
	gone := int64(1)
	below := []int64{rec.child}
	for len(below) > 0 {
		id := below[len(below)-1]
		below = below[:len(below)-1]
		for rec, err := range d.records(id) {
			if err != nil {
				return err
			}
			gone++
			if rec.child != 0 {
				below = append(below, rec.child)
			}
		}
		if _, err := d.tx.ExecContext(d.ctx, "DELETE FROM folder WHERE id = ?", id); err != nil {
			return err
		}
	}
	return d.count(gone)
}

// count notes that names are gone.
func (r *reader) count(names int64) error {
	_, err := r.tx.ExecContext(r.ctx, "UPDATE tally SET gone = gone + ?", names)
	return err
}

// states are those of a name without the version.
func (d *dropping) states(all []state) (left []state) {
	for _, s := range all {
		s.since, s.until = d.moved(s.since), d.moved(s.until)
		switch {
		case s.since == d.version || s.since == s.until && s.since != 0:
			continue // it was in that version alone
		case d.older == 0 && s.until == d.next:
			continue
		case d.older == 0 && s.since == d.next:
			s.since = 0
		case s.until == d.version:
			s.until = 0
		}
		if n := len(left); n > 0 && left[n-1].until != 0 && left[n-1].until == s.since && bytes.Equal(left[n-1].item, s.item) {
			left[n-1].until = s.until
			continue
		}
		left = append(left, s)
	}
	return left
}

// moved is where what begins or ends with the version does so from now on.
func (d *dropping) moved(version int64) int64 {
	if version == d.version && d.next != 0 {
		return d.next
	}
	return version
}

// tidyNames writes the names anew when most of them are gone.
func (r *reader) tidyNames() error {
	const few = 1000
	var names, gone int64
	if err := r.one("SELECT names, gone FROM tally", nil, &names, &gone); err != nil || gone < few || gone*2 < names {
		return err
	}
	if _, err := r.tx.ExecContext(r.ctx, "DELETE FROM names; UPDATE tally SET names = 0, gone = 0"); err != nil {
		return err
	}
	var roots []location
	var line, top int64
	if err := r.each("SELECT id, top FROM line", nil, func() error { roots = append(roots, location{line, top, ""}); return nil }, &line, &top); err != nil {
		return err
	}
	w := &namesWriter{}
	for _, root := range roots {
		for rec, err := range r.records(root.parent) {
			if err == nil && rec.child != 0 {
				err = r.gather(w, rec.child, "", 0)
			}
			if err != nil {
				return err
			}
		}
	}
	return w.flush(r)
}

// gather notes the names in a folder and below it.
func (r *reader) gather(w *namesWriter, folder int64, path string, deep int) error {
	if deep > depth {
		return errDamaged
	}
	l := level{id: folder, path: path}
	for rec, err := range r.records(folder) {
		if err != nil {
			return err
		}
		l.fresh = append(appendFolded(l.fresh, rec.name), 0)
		l.freshN++
		if rec.child != 0 {
			if err := r.gather(w, rec.child, join(path, string(rec.name)), deep+1); err != nil {
				return err
			}
		}
	}
	return w.add(r, &l)
}
