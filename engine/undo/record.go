package undo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// A journal is lines: the CRC-32 (IEEE) of the rest in eight hexadecimal digits,
// a space, and a record as JSON. A line that is cut short or altered is passed
// over, as if what it tells had not happened; it is the last one of a journal
// whose computer lost its power, and that change was not made.

// op is what a record tells.
type op string

const (
	opBegin  op = "begin"  // a restore begins: Root, Scratch, Time
	opStore  op = "store"  // Path is a folder where things are kept
	opPut    op = "put"    // something gets a name; Was had it before
	opRemove op = "remove" // what has a name is taken away
	opMake   op = "make"   // a folder is made
	opEnter  op = "enter"  // a folder that was there, before anything in it changes
	opAlter  op = "alter"  // an item gets other attributes
	opLeft   op = "left"   // how change N left its item
	opLost   op = "lost"   // what change N replaced is not kept
	opEnd    op = "end"    // the restore is over: Time, Tally

	opUndoing op = "undoing" // undoing begins; the folders Paths keep their times
	opUndone  op = "undone"  // undoing is over; the changes Rest are left, Tally
)

// record is a line of the journal.
type record struct {
	Op      op       `json:"op"`
	N       int64    `json:"n,omitempty"` // number of the change
	Path    []byte   `json:"path,omitempty"`
	Was     *state   `json:"was,omitempty"`
	Left    *state   `json:"left,omitempty"`
	Scratch string   `json:"scratch,omitempty"` // what names of unfinished items begin with
	Parts   string   `json:"parts,omitempty"`   // and those of large ones
	Time    int64    `json:"time,omitempty"`    // nanoseconds since 1970
	Tally   *Tally   `json:"tally,omitempty"`
	Paths   [][]byte `json:"paths,omitempty"`
	Rest    []int64  `json:"rest,omitempty"`
}

// longestLine bounds a line, in bytes: extended attributes are the longest of it.
const longestLine = 32 << 20

var errDamaged = errors.New("the journal is damaged")

// line is the record as it is written.
func (r *record) line() ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(text), text), nil
}

// parseLine reads a record.
func parseLine(line []byte) (*record, error) {
	var sum uint32
	digits, text, found := bytes.Cut(line, []byte(" "))
	if !found || len(digits) != 8 {
		return nil, errDamaged
	}
	if _, err := fmt.Sscanf(string(digits), "%08x", &sum); err != nil || sum != crc32.ChecksumIEEE(text) {
		return nil, errDamaged
	}
	r := &record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return r, r.check()
}

// check refuses what would lead elsewhere.
func (r *record) check() error {
	switch r.Op {
	case opBegin, opStore:
		if p := string(r.Path); !filepath.IsAbs(p) || strings.IndexByte(p, 0) >= 0 || strings.Contains(r.Scratch, "/") {
			return fmt.Errorf("%w: the folder %q", errDamaged, p)
		}
	case opPut, opRemove, opMake, opAlter:
		if len(r.Path) == 0 || r.Op == opPut && r.Left == nil || (r.Op == opRemove || r.Op == opAlter) && r.Was == nil {
			return fmt.Errorf("%w: a change of nothing", errDamaged)
		}
		return checkPath(string(r.Path))
	case opEnter:
		if r.Was == nil {
			return fmt.Errorf("%w: a folder of which nothing is known", errDamaged)
		}
		return checkPath(string(r.Path))
	}
	return nil
}

// checkPath refuses paths that do not stay below the root.
func checkPath(path string) error {
	if path == "" {
		return nil
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." || name == ".." || strings.IndexByte(name, 0) >= 0 {
			return fmt.Errorf("%w: the path %q", errDamaged, path)
		}
	}
	return nil
}

// change is one that a restore made.
type change struct {
	n         int64
	op        op
	path      string
	was, left *state
	lost      bool
}

// history is what a journal tells.
type history struct {
	root     string
	scratch  []string
	parts    string
	began    time.Time
	ended    time.Time // zero when the restore was cut short
	stores   []string
	changes  []*change // as they were made
	byNumber map[int64]*change
	last     int64 // the highest number
	// undoing: it was begun, and not ended. keepTimes are folders whose times
	// were others than the restore left when it began.
	undoing   bool
	keepTimes map[string]bool
	// rest are the changes that are still to be undone, nil for all.
	rest    map[int64]bool
	damaged int // lines
}

// parse reads a journal.
func parse(in io.Reader) (*history, error) {
	h := &history{byNumber: map[int64]*change{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		r, err := parseLine(lines.Bytes())
		if err != nil {
			h.damaged++
			continue
		}
		if err := h.add(r); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if h.root == "" {
		return nil, fmt.Errorf("%w: it has no beginning", errDamaged)
	}
	return h, nil
}

// add takes the next record in.
func (h *history) add(r *record) error {
	if h.root == "" && r.Op != opBegin {
		return fmt.Errorf("%w: it has no beginning", errDamaged)
	}
	switch r.Op {
	case opBegin:
		return h.begin(r)
	case opStore:
		h.stores = append(h.stores, string(r.Path))
	case opPut, opRemove, opMake, opEnter, opAlter:
		if r.N <= h.last {
			return fmt.Errorf("%w: change %d comes after change %d", errDamaged, r.N, h.last)
		}
		c := &change{n: r.N, op: r.Op, path: string(r.Path), was: r.Was, left: r.Left}
		h.last, h.byNumber[r.N] = r.N, c
		h.changes = append(h.changes, c)
	case opLeft:
		if c := h.byNumber[r.N]; c != nil {
			c.left = r.Left
		}
	case opLost:
		if c := h.byNumber[r.N]; c != nil {
			c.lost = true
		}
	case opEnd:
		h.ended = time.Unix(0, r.Time)
	case opUndoing:
		h.undoing, h.keepTimes = true, map[string]bool{}
		for _, p := range r.Paths {
			h.keepTimes[string(p)] = true
		}
	case opUndone:
		h.undoing, h.rest = false, map[int64]bool{}
		for _, n := range r.Rest {
			h.rest[n] = true
		}
	}
	return nil
}

// begin takes in that a restore began; one may be made of several.
func (h *history) begin(r *record) error {
	root := string(r.Path)
	if h.root != "" && h.root != root {
		return fmt.Errorf("%w: two folders, %q and %q", errDamaged, h.root, root)
	}
	if h.root == "" {
		h.root, h.began = root, time.Unix(0, r.Time)
	}
	h.ended = time.Time{}
	h.parts = r.Parts
	if r.Scratch != "" {
		h.scratch = append(h.scratch, r.Scratch)
	}
	return nil
}

// remains tells that a change is still to be undone.
func (h *history) remains(c *change) bool { return h.rest == nil || h.rest[c.n] }

// tally counts what is to be undone, without its room.
func (h *history) tally() (t Tally) {
	for _, c := range h.changes {
		if h.remains(c) {
			t.count(c)
		}
	}
	return t
}

// count counts a change.
func (t *Tally) count(c *change) {
	switch {
	case c.lost:
		t.Lost++
	case c.op == opRemove, c.op == opPut && c.was != nil:
		t.Replaced++
	case c.op == opPut, c.op == opMake:
		t.Created++
	case c.op == opAlter, c.op == opEnter && c.left != nil && !c.left.isAlike(c.was):
		t.Described++
	}
}
