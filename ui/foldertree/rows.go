package foldertree

import "slices"

// How many folders inside one are shown at first, and how many more at a time.
const (
	firstShown = 500
	moreShown  = 5000
)

// Row is one line of the tree.
type Row struct {
	*Folder
	Depth int
	// More is how many folders inside Folder are not shown: this row offers them.
	// It is 0 for the row of a folder itself.
	More int
}

// Rows are what is shown.
func (t *Tree) Rows() (rows []Row) {
	for _, f := range t.outer {
		rows = t.rows(rows, f, 0)
	}
	return rows
}

func (t *Tree) rows(rows []Row, f *Folder, depth int) []Row {
	rows = append(rows, Row{Folder: f, Depth: depth})
	if !f.open {
		return rows
	}
	shown, more := 0, 0
	for _, inner := range f.inner {
		switch {
		case !t.hidden && inner.Hidden() && !inner.marked && inner.below == 0:
		case shown >= f.limit && !inner.marked && inner.below == 0:
			more++
		default:
			shown++
			rows = t.rows(rows, inner, depth+1)
		}
	}
	if more > 0 {
		rows = append(rows, Row{Folder: f, Depth: depth + 1, More: more})
	}
	return rows
}

// ShowMore shows more of what is inside a folder.
func (t *Tree) ShowMore(f *Folder) { f.limit += moreShown }

// mostSeen is how many folders wait for being counted at most: many times what
// is in sight. Of more the oldest are left, until they are seen again.
const mostSeen = 200

// See tells that a row of a folder is in sight, so that somebody wants to know
// what it holds. What is outermost and not chosen is not counted, because that
// may take longer than all the rest.
func (t *Tree) See(f *Folder) {
	if !f.waits() || f.seen || f.parent == nil && !f.takes() {
		return
	}
	f.seen = true
	t.seen = append(t.seen, f)
	if len(t.seen) > mostSeen {
		t.seen[0].seen = false
		t.seen = slices.Delete(t.seen, 0, 1)
	}
}

// Next is the folder that is to be counted next, nil when all that is chosen or
// was seen is counted: what is chosen first, and then what came into sight last.
// The caller counts it, and tells Counted.
func (t *Tree) Next() (next *Folder) {
	t.eachMark(func(f *Folder) {
		if next == nil && f.waits() {
			next = f
		}
	})
	for next == nil && len(t.seen) > 0 {
		last := t.seen[len(t.seen)-1]
		t.seen = t.seen[:len(t.seen)-1]
		last.seen = false
		if last.waits() {
			next = last
		}
	}
	if next != nil {
		next.counting = true
	}
	return next
}

func (f *Folder) waits() bool { return !f.Measure.Done && !f.counting && f.Err == nil }

// Counted tells what a folder holds. A count that was given up, which is not
// done, is begun anew by Next.
func (t *Tree) Counted(f *Folder, m Measure) {
	f.Measure, f.counting = m, false
}

// Total is what all that is chosen holds.
func (t *Tree) Total() Measure {
	sum := Measure{Done: true}
	for _, f := range t.outer {
		f.addMarks(&sum)
	}
	sum.Unreadable = int64(len(sum.Paths)) + max(0, sum.Unreadable)
	return sum
}

// Holds is what a row tells of a folder: what is kept of it, and of one that is
// left out as a whole what it holds all the same.
func (f *Folder) Holds() Measure {
	if f.State() != Partly {
		return f.Measure
	}
	sum := Measure{Done: true}
	if f.takes() {
		sum.add(f.Measure, 1)
	}
	for _, inner := range f.inner {
		inner.addMarks(&sum)
	}
	sum.Unreadable = int64(len(sum.Paths)) + max(0, sum.Unreadable)
	return sum
}

// addMarks adds what the marks at and below a folder change of what is kept.
func (f *Folder) addMarks(sum *Measure) {
	if f.marked {
		sign := int64(1)
		if !f.chosen {
			sign = -1
		}
		m := f.Measure
		m.Done = m.Done || f.Err != nil
		sum.add(m, sign)
	}
	if f.below == 0 {
		return
	}
	for _, inner := range f.inner {
		if inner.marked || inner.below > 0 {
			inner.addMarks(sum)
		}
	}
}

// add adds what another folder holds, or takes it away. Of what cannot be read
// the paths are told apart from those that have none.
func (m *Measure) add(o Measure, sign int64) {
	m.Files += sign * o.Files
	m.Bytes += sign * o.Bytes
	m.Unreadable += sign * (o.Unreadable - int64(len(o.Paths)))
	m.Done = m.Done && o.Done
	if sign > 0 {
		m.Paths = append(slices.Clone(m.Paths), o.Paths...)
		return
	}
	m.Paths = slices.DeleteFunc(m.Paths, func(p string) bool { return slices.Contains(o.Paths, p) })
}
