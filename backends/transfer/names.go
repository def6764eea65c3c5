// Package transfer holds what the small clients of network protocols share, each
// of which stores objects: names that are safe, sources that are read exactly,
// passwords that are asked for, connections that stand still, and what their
// errors mean. A new client begins with CheckName, Open and Password.
package transfer

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// CheckName refuses what is no name of an object: the empty one, an absolute
// one, one that climbs, one with a zero byte. The names need not be UTF-8.
func CheckName(name string) error {
	if name == "." || !fs.ValidPath(strings.ToValidUTF8(name, "x")) || strings.IndexByte(name, 0) >= 0 {
		return fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	return nil
}

// Split cuts a name into its folder, which is "" or ends with a slash, and the
// rest.
func Split(name string) (folder, base string) {
	i := strings.LastIndexByte(name, '/')
	return name[:i+1], name[i+1:]
}
