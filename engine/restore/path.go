package restore

import (
	"fmt"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/zone"
)

const (
	// maxName is the longest file name of every common file system, in bytes.
	maxName = 255
	// maxDepth is how many folders the longest path that systems take (4096
	// bytes) can go down. Each is held open.
	maxDepth = 2048
)

// checkPath refuses paths that a file system would not take literally. The
// archive may come from anywhere: a path of it must never name anything
// outside the target.
func checkPath(path string) error {
	if path == "" {
		return nil
	}
	if strings.IndexByte(path, 0) >= 0 {
		return fmt.Errorf("%w: a zero byte", ErrUnsafePath)
	}
	if strings.Count(path, "/") >= maxDepth {
		return fmt.Errorf("%w: too many folders in each other", ErrUnsafePath)
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." || name == ".." {
			return fmt.Errorf("%w: %q in it", ErrUnsafePath, name)
		}
	}
	return nil
}

// split returns the folder that path lies in, and its name there.
func split(path string) (folder, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// keptName returns the name under which an item is put beside the one that
// has its name: "photo (restored 2026-11-21 14:03).jpg". attempt counts up
// from 1 while that is taken as well.
func keptName(name string, now time.Time, attempt int) string {
	mark := " (restored " + zone.Of(now).Format("2006-01-02 15:04") + ")"
	if attempt > 1 {
		mark = fmt.Sprintf("%s, %d)", mark[:len(mark)-1], attempt)
	}
	return Marked(name, mark)
}

// Marked is a name with a mark before what ends it, such as .txt. It stays short
// enough for a name.
func Marked(name, mark string) string {
	stem, ext := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i < 16 {
		stem, ext = name[:i], name[i:]
	}
	if room := maxName - len(mark) - len(ext); len(stem) > room {
		stem = stem[:room]
	}
	return stem + mark + ext
}
