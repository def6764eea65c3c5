// Package chunker cuts files into chunks exactly where restic cuts them.
//
// Start with NewTables, once for each repository, then call Tables.Cut with the
// bytes that follow the previous cut. Where a file is cut decides what a
// repository already holds: one cut elsewhere and every known file is stored a
// second time. So the cuts of a given polynomial never change.
package chunker

// MinSize and MaxSize bound the length of a chunk; only the last one of a file
// may be shorter than MinSize.
const (
	MinSize = 512 << 10
	MaxSize = 8 << 20
)

// Cut returns the length of the first chunk in b, which begins where a chunk
// begins. End says that the file ends with b. Without it ok is false when b is
// shorter than MaxSize and holds no cut: call CutFrom with more. A length of
// zero is the answer for the end of a file with nothing left.
func (t *Tables) Cut(b []byte, end bool) (n int, ok bool) { return t.CutFrom(b, 0, end) }

// CutFrom is Cut for a b whose first searched bytes earlier calls were given and
// found no cut in.
func (t *Tables) CutFrom(b []byte, searched int, end bool) (n int, ok bool) {
	b = b[:min(len(b), MaxSize)]
	first := max(searched+1, MinSize)
	if first <= len(b) {
		before := first - 1 - window
		if at, found := t.search(b[before:]); found {
			return first + at, true
		}
	}
	return len(b), end || len(b) == MaxSize
}
