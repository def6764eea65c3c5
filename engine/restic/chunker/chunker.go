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
// begins; end says that the file ends with b. Only without it can ok be false: b
// holds no cut and is shorter than MaxSize. Then call CutFrom with more. The
// length is zero only when the file ends with an empty b, which is no chunk.
func (t *Tables) Cut(b []byte, end bool) (n int, ok bool) { return t.CutFrom(b, 0, end) }

// CutFrom is Cut for a b that has grown: in its first searched bytes no cut was
// found before.
func (t *Tables) CutFrom(b []byte, searched int, end bool) (n int, ok bool) {
	b = b[:min(len(b), MaxSize)]
	if first := max(searched+1, MinSize); first <= len(b) {
		if at, found := t.search(b[first-1-window:]); found {
			return first + at, true
		}
	}
	return len(b), end || len(b) == MaxSize
}
