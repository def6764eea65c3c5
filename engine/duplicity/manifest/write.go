package manifest

import (
	"fmt"
	"io"
	"strconv"
)

// Change is how a file differs from the version before, in the list of files.
type Change uint8

// The changes.
const (
	New Change = iota + 1
	Changed
	Deleted
)

// String returns the word that the list uses.
func (c Change) String() string {
	switch c {
	case New:
		return "new"
	case Changed:
		return "changed"
	}
	return "deleted"
}

// WriteHeader writes where the set comes from: the machine's name and the
// folder as it was named.
func WriteHeader(w io.Writer, host, dir string) error {
	_, err := fmt.Fprintf(w, "Hostname %s\nLocaldir %s\n", host, quote(dir))
	return err
}

// WriteVolume writes a volume's block. SHA1 must be there: duplicity reads no
// block without it.
func WriteVolume(w io.Writer, v Volume) error {
	if len(v.SHA1) == 0 || v.Number < 1 {
		return fmt.Errorf("manifest: volume %d has no hash", v.Number)
	}
	_, err := fmt.Fprintf(w, "Volume %d:\n    StartingPath   %s\n    EndingPath     %s\n    Hash SHA1 %x\n",
		v.Number, v.Start.text(), v.End.text(), v.SHA1)
	if err == nil && len(v.SHA256) > 0 {
		_, err = fmt.Fprintf(w, "    Hash SHA256 %x\n", v.SHA256)
	}
	return err
}

// text is a position in a block: the path, a space, and the chunk's number or
// another space.
func (p Position) text() string {
	if p.Block < 0 {
		return quotePath(p.Path) + "  "
	}
	return quotePath(p.Path) + " " + strconv.FormatInt(p.Block, 10)
}

// WriteListHead begins the list of files.
func WriteListHead(w io.Writer, count int) error {
	_, err := fmt.Fprintf(w, "Filelist %d\n", count)
	return err
}

// WriteListLine writes one regular file of the list and returns the line's
// length in bytes.
func WriteListLine(w io.Writer, c Change, path string) (int, error) {
	return fmt.Fprintf(w, "    %-7s  %s\n", c, quotePath(path))
}
