// Package textdiff tells which lines two texts do not share. Lines compares,
// and Fold leaves out what is far from a change.
//
// Lines that occur once in both texts anchor the comparison (a patience diff),
// which keeps paragraphs together; what lies between two anchors is compared
// exactly (Myers) as long as that is cheap. Time and memory are bounded by the
// length of the texts: what would cost more is told as replaced as a whole.
package textdiff

import (
	"context"
	"slices"
	"strings"
)

// Op is what happened to a line.
type Op uint8

// The kinds of lines.
const (
	Same    Op = iota
	Removed    // only in the older text
	Added      // only in the newer text
	Skipped    // stands for Count lines that are the same
)

// Line is a line of the comparison.
type Line struct {
	Op   Op
	Text string
	// Count is how many lines a Skipped one stands for.
	Count int
}

// Lines compares two texts line by line, in the order in which a person reads
// it: what was removed stands before what was added in its place. It ends with
// its context, and otherwise makes no errors.
func Lines(ctx context.Context, older, newer string) ([]Line, error) {
	a, b := split(older), split(newer)
	c := &comparison{ctx: ctx, a: number(a, nil), texts: [2][]string{a, b}}
	c.b = c.a.others(b)
	c.between(0, len(a), 0, len(b), 0)
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	return sorted(c.out), nil
}

// split makes lines of a text. The end of the last one begins no new line.
func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// numbered are lines by number: equal lines have equal numbers.
type numbered struct {
	lines []int
	names map[string]int
}

func number(lines []string, names map[string]int) numbered {
	n := numbered{make([]int, len(lines)), names}
	if names == nil {
		n.names = make(map[string]int, len(lines))
	}
	for i, l := range lines {
		name, ok := n.names[l]
		if !ok {
			name = len(n.names)
			n.names[l] = name
		}
		n.lines[i] = name
	}
	return n
}

func (n numbered) others(lines []string) numbered { return number(lines, n.names) }

// comparison is one call of Lines.
type comparison struct {
	ctx   context.Context //nolint:containedctx // of one call
	a, b  numbered
	texts [2][]string
	out   []Line
}

func (c *comparison) emit(op Op, lines []string) {
	for _, l := range lines {
		c.out = append(c.out, Line{Op: op, Text: l})
	}
}

// deepest bounds how often what lies between anchors is anchored again.
const deepest = 40

// between compares a[a0:a1] with b[b0:b1].
func (c *comparison) between(a0, a1, b0, b1, depth int) {
	if c.ctx.Err() != nil {
		return
	}
	from := a0
	for a0 < a1 && b0 < b1 && c.a.lines[a0] == c.b.lines[b0] {
		a0, b0 = a0+1, b0+1
	}
	c.emit(Same, c.texts[0][from:a0])
	end := a1
	for a0 < a1 && b0 < b1 && c.a.lines[a1-1] == c.b.lines[b1-1] {
		a1, b1 = a1-1, b1-1
	}
	c.differing(a0, a1, b0, b1, depth)
	c.emit(Same, c.texts[0][a1:end])
}

// differing is between without what is the same at both ends.
func (c *comparison) differing(a0, a1, b0, b1, depth int) {
	if a0 == a1 || b0 == b1 {
		c.replaced(a0, a1, b0, b1)
		return
	}
	if depth < deepest {
		if anchors := c.anchors(a0, a1, b0, b1); len(anchors) > 0 {
			for _, x := range anchors {
				c.between(a0, x.a, b0, x.b, depth+1)
				c.emit(Same, c.texts[0][x.a:x.a+1])
				a0, b0 = x.a+1, x.b+1
			}
			c.between(a0, a1, b0, b1, depth+1)
			return
		}
	}
	if !c.exact(a0, a1, b0, b1) {
		c.replaced(a0, a1, b0, b1)
	}
}

func (c *comparison) replaced(a0, a1, b0, b1 int) {
	c.emit(Removed, c.texts[0][a0:a1])
	c.emit(Added, c.texts[1][b0:b1])
}

// anchor is a line that is in both texts once.
type anchor struct{ a, b int }

// anchors returns the longest row of such lines that is in the same order in
// both.
func (c *comparison) anchors(a0, a1, b0, b1 int) []anchor {
	type count struct{ inA, inB, at int }
	seen := map[int]count{}
	for _, n := range c.a.lines[a0:a1] {
		s := seen[n]
		s.inA++
		seen[n] = s
	}
	for i, n := range c.b.lines[b0:b1] {
		s, ok := seen[n]
		if !ok {
			continue
		}
		s.inB, s.at = s.inB+1, b0+i
		seen[n] = s
	}
	var both []anchor
	for i, n := range c.a.lines[a0:a1] {
		if s := seen[n]; s.inA == 1 && s.inB == 1 {
			both = append(both, anchor{a0 + i, s.at})
		}
	}
	return rising(both)
}

// rising returns the longest part of x, which is in order of a, that is in
// order of b too.
func rising(x []anchor) []anchor {
	var ends []int // of the best row of each length, in x
	before := make([]int, len(x))
	for i, p := range x {
		n, _ := slices.BinarySearchFunc(ends, p.b, func(e, b int) int { return x[e].b - b })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	if len(ends) == 0 {
		return nil
	}
	row := make([]anchor, 0, len(ends))
	for i := ends[len(ends)-1]; i >= 0; i = before[i] {
		row = append(row, x[i])
	}
	slices.Reverse(row)
	return row
}

// mostEdits bounds the exact comparison: its memory is the square of it.
const mostEdits = 600

// exact is Myers' comparison; it reports false, and tells nothing, when it
// takes more than mostEdits.
func (c *comparison) exact(a0, a1, b0, b1 int) bool {
	a, b := c.a.lines[a0:a1], c.b.lines[b0:b1]
	limit := min(len(a)+len(b), mostEdits)
	reach := make([]int, 2*limit+3) // how far into a each diagonal came
	mid := limit + 1
	var trace [][]int
	for d := 0; d <= limit; d++ {
		if c.ctx.Err() != nil {
			return true
		}
		trace = append(trace, slices.Clone(reach[mid-d-1:mid+d+2]))
		for k := -d; k <= d; k += 2 {
			x := reach[mid+k-1] + 1
			if k == -d || k != d && reach[mid+k-1] < reach[mid+k+1] {
				x = reach[mid+k+1]
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			reach[mid+k] = x
			if x >= len(a) && x-k >= len(b) {
				c.walkBack(trace, a0, b0, len(a), len(b))
				return true
			}
		}
	}
	return false
}

// walkBack tells the way that the comparison took.
func (c *comparison) walkBack(trace [][]int, a0, b0, x, y int) {
	var back []Line
	for d := len(trace) - 1; d > 0; d-- {
		// The diagonal k stands at k+d+1 in a trace.
		reach, k := trace[d], x-y
		from := k - 1
		if k == -d || k != d && reach[k+d] < reach[k+d+2] {
			from = k + 1
		}
		fromX := reach[from+d+1]
		fromY := fromX - from
		for x > fromX && y > fromY {
			x, y = x-1, y-1
			back = append(back, Line{Op: Same, Text: c.texts[0][a0+x]})
		}
		if x > fromX {
			x--
			back = append(back, Line{Op: Removed, Text: c.texts[0][a0+x]})
		} else {
			y--
			back = append(back, Line{Op: Added, Text: c.texts[1][b0+y]})
		}
	}
	for ; x > 0; x-- {
		back = append(back, Line{Op: Same, Text: c.texts[0][a0+x-1]})
	}
	slices.Reverse(back)
	c.out = append(c.out, back...)
}

// sorted puts what was removed before what was added, between lines that are
// the same.
func sorted(lines []Line) []Line {
	for i := 0; i < len(lines); {
		j := i
		for j < len(lines) && lines[j].Op != Same {
			j++
		}
		slices.SortStableFunc(lines[i:j], func(x, y Line) int { return int(x.Op) - int(y.Op) })
		i = j + 1
	}
	return lines
}

// Fold leaves out lines that are the same, but for those around a change. A
// Skipped line says how many.
func Fold(lines []Line, around int) []Line {
	var out []Line
	for i := 0; i < len(lines); {
		if lines[i].Op != Same {
			out = append(out, lines[i])
			i++
			continue
		}
		j := i
		for j < len(lines) && lines[j].Op == Same {
			j++
		}
		head, tail := around, around
		if i == 0 {
			head = 0
		}
		if j == len(lines) {
			tail = 0
		}
		// One line left out would take as much room as the line itself.
		if hidden := j - i - head - tail; hidden > 1 {
			out = append(append(out, lines[i:i+head]...), Line{Op: Skipped, Count: hidden})
			out = append(out, lines[j-tail:j]...)
		} else {
			out = append(out, lines[i:j]...)
		}
		i = j
	}
	return out
}

// Count counts the lines that were added and removed.
func Count(lines []Line) (added, removed int) {
	for _, l := range lines {
		switch l.Op {
		case Added:
			added++
		case Removed:
			removed++
		}
	}
	return added, removed
}
