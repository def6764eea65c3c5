package catalog

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
)

// errOrder: entries came in another order than that of repository.Compare.
var errOrder = errors.New("entries are out of order")

// Intake takes the entries of one version.
type Intake struct {
	*reader
	place *place
	line  lineRow
	// skip tells that folders whose tree is known need not be gone through.
	skip  bool
	stack []*level // of open folders; the topmost holds the root alone
	free  []*level
	next  int64   // the number of the next new folder
	gone  []int64 // folders that the version does not hold any more
	names namesWriter
	item  []byte

	insert, update, treeOnly, dataOnly, touch *sql.Stmt
}

// level is a folder that is open.
type level struct {
	path   string
	id     int64
	parent int64
	name   string
	isNew  bool
	tree   []byte
	// hadTree is what is stored as the tree.
	hadTree []byte

	old     scanner // records that were not yet compared
	ahead   record  // the first of them, read
	isAhead bool
	out     []byte // what the folder holds from now on
	altered bool   // that is not what is stored
	last    string
	begun   bool // last counts
	fresh   []byte
	freshN  int64 // how many names are in fresh
}

// Add learns a version of a source: fill hands over all its entries. It does
// nothing when a version of that name is known, and leaves everything as it was
// when it fails or ctx ends.
func (c *Catalog) Add(ctx context.Context, of Source, v Version, fill func(*Intake) error) error {
	return c.change(ctx, func(tx *sql.Tx) error {
		in := &Intake{reader: newReader(ctx, tx)}
		known, err := in.begin(of, v)
		if known || err != nil {
			return err
		}
		if err := fill(in); err != nil {
			return err
		}
		return in.finish()
	})
}

// begin makes the rows of the version, and of its line.
func (in *Intake) begin(of Source, v Version) (known bool, err error) {
	if err := in.one("SELECT count(*) > 0 FROM version WHERE name = ?", []any{v.Name}, &known); known || err != nil {
		return known, err
	}
	if err := in.one("SELECT coalesce(max(id), 0) + 1 FROM folder", nil, &in.next); err != nil {
		return false, err
	}
	if err := in.prepare(); err != nil {
		return false, err
	}
	if err := in.findLine(of); err != nil {
		return false, err
	}
	o, err := in.order(in.line.id)
	if err != nil {
		return false, err
	}
	result, err := in.tx.ExecContext(in.ctx, "INSERT INTO version (line, name, seconds, nanoseconds, info) VALUES (?, ?, ?, ?, ?)",
		in.line.id, v.Name, v.Time.Unix(), v.Time.Nanosecond(), append([]byte{}, v.Info...))
	if err != nil {
		return false, err
	}
	if v.id, err = result.LastInsertId(); err != nil {
		return false, err
	}
	in.place = o.place(&v)
	in.skip = in.place.next == 0 && in.place.older != 0 && in.place.older == in.line.trees
	top, err := in.open(in.line.top, false)
	in.stack = []*level{top}
	return false, err
}

func (in *Intake) prepare() (err error) {
	for _, s := range []struct {
		into **sql.Stmt
		text string
	}{
		{&in.insert, "INSERT INTO folder (id, line, parent, name, tree, data) VALUES (?, ?, ?, ?, ?, ?)"},
		{&in.update, "UPDATE folder SET tree = ?, data = ? WHERE id = ?"},
		{&in.treeOnly, "UPDATE folder SET tree = ? WHERE id = ?"},
		{&in.dataOnly, "UPDATE folder SET data = ? WHERE id = ?"},
		{&in.touch, "INSERT OR IGNORE INTO touch (version, folder) VALUES (?, ?)"},
	} {
		if *s.into, err = in.tx.PrepareContext(in.ctx, s.text); err != nil { //nolint:sqlclosecheck // closed with the transaction
			return err
		}
	}
	return nil
}

// findLine finds the line of a source, or makes it.
func (in *Intake) findLine(of Source) error {
	source, err := of.text()
	if err != nil {
		return err
	}
	l := &in.line
	err = in.one("SELECT id, source, top, trees FROM line WHERE source = ?", []any{source}, &l.id, &l.source, &l.top, &l.trees)
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	l.top = in.next
	in.next++
	if err := in.one("INSERT INTO line (source, top) VALUES (?, ?) RETURNING id", []any{source, l.top}, &l.id); err != nil {
		return err
	}
	_, err = in.insert.ExecContext(in.ctx, l.top, l.id, 0, []byte{}, nil, sealed(make([]byte, sealLength)))
	return err
}

// open begins a folder.
func (in *Intake) open(id int64, isNew bool) (*level, error) {
	l := &level{}
	if n := len(in.free); n > 0 {
		l, in.free = in.free[n-1], in.free[:n-1]
	}
	*l = level{id: id, isNew: isNew, out: append(l.out[:0], make([]byte, sealLength)...), fresh: l.fresh[:0], ahead: record{states: l.ahead.states[:0]}}
	if isNew {
		return l, nil
	}
	b, err := in.data(id)
	l.old = scanner{b: b}
	l.out = slices.Grow(l.out, len(b)+len(b)/16) // what is in it, and a little more
	return l, err
}

// Put takes the next entry. The order is that of repository.Compare; folders
// that are missing above an entry are made up. tree names everything below a
// folder, in whatever way the format has, or is nil: known tells that the
// catalog knows what is below already, and nothing of it must be put.
func (in *Intake) Put(e *repository.Entry, tree []byte) (known bool, err error) {
	if e.Path == "" {
		if in.stack[0].begun {
			return false, errOrder
		}
		return in.put("", e, tree)
	}
	if err := in.reach(e.Path); err != nil {
		return false, err
	}
	return in.put(e.Path[strings.LastIndexByte(e.Path, '/')+1:], e, tree)
}

// reach closes and opens folders until the one that holds path is on top.
func (in *Intake) reach(path string) error {
	for n := len(in.stack); n > 1 && !holds(in.stack[n-1].path, path); n = len(in.stack) {
		if err := in.close(); err != nil {
			return err
		}
	}
	unknown := repository.Entry{Type: repository.Dir}
	if len(in.stack) == 1 {
		if in.stack[0].begun {
			return errOrder // below something that is no folder
		}
		if _, err := in.put("", &unknown, nil); err != nil {
			return err
		}
	}
	for {
		rest := path
		if top := in.stack[len(in.stack)-1].path; top != "" {
			rest = path[len(top)+1:]
		}
		name, _, deeper := strings.Cut(rest, "/")
		if !deeper {
			return nil
		}
		if _, err := in.put(name, &unknown, nil); err != nil {
			return err
		}
	}
}

// holds tells whether something lies below a folder.
func holds(dir, path string) bool {
	return dir == "" || len(path) > len(dir) && path[len(dir)] == '/' && strings.HasPrefix(path, dir)
}

// put takes an entry of the folder on top.
func (in *Intake) put(name string, e *repository.Entry, tree []byte) (known bool, err error) {
	l := in.stack[len(in.stack)-1]
	if l.begun && name <= l.last {
		return false, fmt.Errorf("%w: %q after %q in %q", errOrder, name, l.last, l.path)
	}
	l.last, l.begun = name, true
	if err := in.pass(l, name); err != nil {
		return false, err
	}
	in.item = appendItem(in.item[:0], e)
	p, err := in.merge(l, name, e.Type == repository.Dir)
	if err != nil || e.Type != repository.Dir {
		return false, err
	}
	return in.enter(l, p, name, tree)
}

// pass closes the states of names that did not come before name.
func (in *Intake) pass(l *level, name string) error {
	for {
		more, err := l.peek()
		if err != nil || !more || string(l.ahead.name) >= name {
			return err
		}
		if err := in.absent(l); err != nil {
			return err
		}
	}
}

// drain closes the states of all names that are left.
func (in *Intake) drain(l *level) error {
	for {
		more, err := l.peek()
		if err != nil || !more {
			return err
		}
		if err := in.absent(l); err != nil {
			return err
		}
	}
}

// peek reads the next old record, if there is one.
func (l *level) peek() (bool, error) {
	if l.isAhead {
		return true, nil
	}
	if !l.old.more() {
		return false, nil
	}
	l.isAhead = true
	return true, l.ahead.read(&l.old)
}

// absent takes the old record that is next over, as one that the version does
// not hold.
func (in *Intake) absent(l *level) error {
	rec := &l.ahead
	l.isAhead = false
	i, err := in.place.current(rec.states)
	if err != nil || i < 0 {
		l.out = append(l.out, rec.raw...)
		return err
	}
	if typeOf(rec.states[i].item) == repository.Dir && rec.child != 0 {
		in.gone = append(in.gone, rec.child)
	}
	l.alter(rec, in.place.put(rec.states, i, nil))
	return nil
}

// alter writes a record with other states.
func (l *level) alter(rec *record, states []state) {
	changed := record{name: rec.name, child: rec.child, states: states}
	l.out = changed.append(l.out)
	l.altered = true
}

// merged is what became of an entry.
type merged struct {
	child   int64 // its folder
	isNew   bool  // that was made just now
	wasHere bool  // it was a folder in the version that this one is compared with
}

// merge puts the state that in.item describes beside those that are known.
func (in *Intake) merge(l *level, name string, isDir bool) (m merged, err error) {
	more, err := l.peek()
	if err != nil {
		return m, err
	}
	if !more || string(l.ahead.name) != name {
		return in.fresh(l, name, isDir), nil
	}
	rec := &l.ahead
	l.isAhead = false
	i, err := in.place.current(rec.states)
	if err != nil {
		return m, err
	}
	m.child = rec.child
	m.wasHere = i >= 0 && typeOf(rec.states[i].item) == repository.Dir && rec.child != 0
	if m.wasHere && !isDir {
		in.gone = append(in.gone, rec.child)
	}
	if isDir && m.child == 0 {
		m.child, m.isNew = in.next, true
		in.next++
	}
	if i >= 0 && m.child == rec.child && bytes.Equal(rec.states[i].item, in.item) {
		l.out = append(l.out, rec.raw...)
		return m, nil
	}
	rec.child = m.child
	if i >= 0 && bytes.Equal(rec.states[i].item, in.item) {
		l.alter(rec, rec.states)
	} else {
		l.alter(rec, in.place.put(rec.states, i, in.item))
	}
	return m, nil
}

// fresh makes the record of a name that was never seen.
func (in *Intake) fresh(l *level, name string, isDir bool) (m merged) {
	if isDir {
		m = merged{child: in.next, isNew: true}
		in.next++
	}
	s := in.place.only(in.item)
	l.out = s.append(appendHead(l.out, name, m.child, 1))
	l.altered = true
	if name != "" {
		l.fresh = append(appendFolded(l.fresh, name), 0)
		l.freshN++
	}
	return m
}

// enter opens the folder of an entry, unless everything in it is known.
func (in *Intake) enter(above *level, m merged, name string, tree []byte) (known bool, err error) {
	var stored []byte
	if !m.isNew && tree != nil {
		if err := in.one("SELECT tree FROM folder WHERE id = ?", []any{m.child}, &stored); err != nil {
			return false, err
		}
	}
	if in.skip && m.wasHere && tree != nil && bytes.Equal(stored, tree) {
		return true, nil
	}
	l, err := in.open(m.child, m.isNew)
	if err != nil {
		return false, err
	}
	l.parent, l.name, l.path = above.id, name, join(above.path, name)
	l.tree, l.hadTree = bytes.Clone(tree), stored
	in.stack = append(in.stack, l)
	return false, in.ctx.Err()
}

// close ends the folder on top.
func (in *Intake) close() error {
	l := in.stack[len(in.stack)-1]
	in.stack = in.stack[:len(in.stack)-1]
	if err := in.drain(l); err != nil {
		return err
	}
	if err := in.names.add(in.reader, l); err != nil {
		return err
	}
	in.free = append(in.free, l)
	return in.store(l)
}

// store writes a folder, if it is not what is stored.
func (in *Intake) store(l *level) (err error) {
	// Trees are those of the newest version.
	newest := in.place.next == 0
	switch {
	case l.isNew:
		tree := l.tree
		if !newest {
			tree = nil
		}
		_, err = in.insert.ExecContext(in.ctx, l.id, in.line.id, l.parent, []byte(l.name), tree, sealed(l.out))
	case l.altered && newest:
		_, err = in.update.ExecContext(in.ctx, l.tree, sealed(l.out), l.id)
	case l.altered:
		_, err = in.dataOnly.ExecContext(in.ctx, sealed(l.out), l.id)
	case newest && !bytes.Equal(l.tree, l.hadTree):
		_, err = in.treeOnly.ExecContext(in.ctx, l.tree, l.id)
	}
	if err != nil || !l.altered {
		return err
	}
	return in.touched(l.id)
}

// touched notes that states of a folder begin or end with this version or the
// next one.
func (in *Intake) touched(folder int64) error {
	if in.place.older != 0 {
		if _, err := in.touch.ExecContext(in.ctx, in.place.version, folder); err != nil {
			return err
		}
	}
	if in.place.next != 0 {
		_, err := in.touch.ExecContext(in.ctx, in.place.next, folder)
		return err
	}
	return nil
}

// finish ends the version.
func (in *Intake) finish() error {
	for len(in.stack) > 0 {
		if err := in.close(); err != nil {
			return err
		}
	}
	if err := in.names.flush(in.reader); err != nil {
		return err
	}
	if err := in.closeGone(); err != nil {
		return err
	}
	if in.place.next == 0 {
		if _, err := in.tx.ExecContext(in.ctx, "UPDATE line SET trees = ? WHERE id = ?", in.place.version, in.line.id); err != nil {
			return err
		}
	}
	delete(in.orders, in.line.id) // it has one more
	return in.recount(in.line.id, in.place.version, in.place.next)
}

// closeGone ends all states in folders that are gone, and in those below.
func (in *Intake) closeGone() error {
	for len(in.gone) > 0 {
		id := in.gone[len(in.gone)-1]
		in.gone = in.gone[:len(in.gone)-1]
		l, err := in.open(id, false)
		if err != nil {
			return err
		}
		if err := in.drain(l); err != nil {
			return err
		}
		in.free = append(in.free, l)
		if !l.altered {
			continue
		}
		if _, err := in.dataOnly.ExecContext(in.ctx, sealed(l.out), l.id); err != nil {
			return err
		}
		if err := in.touched(l.id); err != nil {
			return err
		}
	}
	return nil
}
