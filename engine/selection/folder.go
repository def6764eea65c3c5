package selection

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
)

// folders is what all conditions of the kind Folder ask together: the deepest
// of them at or above an item counts, wherever they stand.
type folders struct {
	named map[string]namedFolder
	// above leads from every folder that holds an included one to that one's
	// condition.
	above map[string]int
}

type namedFolder struct {
	condition int
	include   bool
}

// add takes one folder in.
func (f *folders) add(i int, c Condition) error {
	if !filepath.IsAbs(c.Pattern) {
		return fmt.Errorf("%w: folder %q is not absolute", ErrPattern, c.Pattern)
	}
	path := toText(filepath.Clean(c.Pattern))
	if f.named == nil {
		f.named, f.above = map[string]namedFolder{}, map[string]int{}
	}
	if _, twice := f.named[path]; !twice {
		f.named[path] = namedFolder{i, c.Include}
	}
	for p := path; c.Include && p != "/"; {
		p = filepath.Dir(p)
		if _, known := f.above[p]; known {
			break
		}
		f.above[p] = i
	}
	return nil
}

// judge decides on what is left out, or only led through; ok is false for what
// the other conditions decide on.
func (f *folders) judge(path string, kind repository.Type) (condition int, v Verdict, ok bool) {
	named, found := f.nearest(path)
	if found && named.include || !found && len(f.above) == 0 {
		return 0, 0, false
	}
	if through, leads := f.above[path]; leads && kind == repository.Dir {
		return through, Scan, true
	}
	if !found {
		return -1, Exclude, true
	}
	return named.condition, Exclude, true
}

// nearest is the deepest named folder at or above a path.
func (f *folders) nearest(path string) (namedFolder, bool) {
	for {
		if n, found := f.named[path]; found {
			return n, true
		}
		i := strings.LastIndexByte(path, '/')
		switch {
		case i < 0 || path == "/":
			return namedFolder{}, false
		case i == 0:
			path = "/"
		default:
			path = path[:i]
		}
	}
}
