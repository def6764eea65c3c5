package recognise

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Place is a folder with a backup.
type Place struct {
	Path    string
	Program Program
}

const (
	// Deep is how far below a drive's top a Scan looks: a folder of backups, in
	// it one for each computer, in that one for each program.
	Deep = 3
	// mostFolders bounds what one Scan looks into.
	mostFolders = 5000
)

// Scan looks for backups in a folder and in those below it, at most so deep,
// the nearest first, and tells of each. It goes neither into what it found nor
// through links, and passes over folders that cannot be read. whole is false
// when there were too many folders to look into. An error is the context's, or
// that of the folder itself.
func Scan(ctx context.Context, folder string, deep int, tell func(Place)) (whole bool, err error) {
	if _, err := os.ReadDir(folder); err != nil {
		return false, err
	}
	type step struct {
		path  string
		depth int
	}
	next := []step{{folder, 0}}
	for seen := 0; len(next) > 0; seen++ {
		if err := context.Cause(ctx); err != nil {
			return false, err
		}
		if seen == mostFolders {
			return false, nil
		}
		s := next[0]
		next = next[1:]
		program, below := look(s.path)
		if program != Unknown {
			tell(Place{s.path, program})
			continue
		}
		if s.depth == deep {
			continue
		}
		for _, name := range below {
			next = append(next, step{filepath.Join(s.path, name), s.depth + 1})
		}
	}
	return true, nil
}

// look tells what made a folder, and which folders are in it.
func look(path string) (p Program, below []string) {
	entries, _ := os.ReadDir(path) // what could be read of it counts
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
		if e.IsDir() { // no link: those may lead anywhere, and in rings
			names[i] += "/"
			below = append(below, e.Name())
		}
	}
	return Of(names), slices.DeleteFunc(below, hidden)
}

// hidden folders are of programs and of systems, not of people.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || name == "lost+found" }
