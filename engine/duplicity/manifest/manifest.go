// Package manifest reads and writes manifests: the text that says which
// volume of a set covers which range of paths, and what the volumes' hashes
// are (formats/duplicity.md section 3). Read reads one; the Write functions
// write one piece by piece, in the order head, volumes, list of files.
package manifest

import (
	"encoding/json"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
)

// Manifest is what Read found, but for the list of files, which nothing needs.
type Manifest struct {
	// Hostname and Localdir say where the set came from, "" when the
	// manifest does not.
	Hostname, Localdir string
	// Volumes are ascending by number, each number once.
	Volumes []Volume
}

// Volume is one volume's block.
type Volume struct {
	Number     int
	Start, End Position
	// SHA1 and MD5 are of the stored file; at least one is there.
	SHA1, MD5 []byte
	// SHA256 is written beside SHA1 when it is known.
	SHA256 []byte
}

// Position is an end of a volume's range.
type Position struct {
	// Path is relative to the root, "" for the root itself.
	Path string
	// Block is the number of a chunk, -1 for the final chunk of an item and
	// for items that are not cut.
	Block int64
}

// positionJSON keeps paths that are no UTF-8.
type positionJSON struct {
	Path  []byte `json:"path"`
	Block int64  `json:"block"`
}

// MarshalJSON keeps every byte of the path.
func (p Position) MarshalJSON() ([]byte, error) {
	return json.Marshal(positionJSON{[]byte(p.Path), p.Block})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Position) UnmarshalJSON(b []byte) error {
	var j positionJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	p.Path, p.Block = string(j.Path), j.Block
	return nil
}

// MayHold reports whether the volume may hold path or something below it: the
// rule is start[:len(path)] <= path <= end over components (section 3.2).
func (v *Volume) MayHold(path string) bool {
	return repository.Compare(firstComponents(v.Start.Path, components(path)), path) <= 0 &&
		repository.Compare(path, v.End.Path) <= 0
}

func components(path string) int {
	if path == "" {
		return 0
	}
	return strings.Count(path, "/") + 1
}

func firstComponents(path string, n int) string {
	if n == 0 {
		return ""
	}
	for i := range len(path) {
		if path[i] == '/' {
			if n--; n == 0 {
				return path[:i]
			}
		}
	}
	return path
}
