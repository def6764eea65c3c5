package session

import (
	"path/filepath"
	"strings"
)

// Moved is how a folder in somebody's home on another computer maps to the home
// here.
type Moved struct {
	// User is whose home it was there, and Home where that was.
	User, Home string
	// Folder is what stands for the folder here, whether it is there or not.
	Folder string
}

// MoveHome maps a folder at or below a home, of whatever computer, into the home
// here. ok is false for any other folder.
func MoveHome(folder, home string) (m Moved, ok bool) {
	for _, homes := range []string{"/home/", "/Users/"} {
		below, found := strings.CutPrefix(folder, homes)
		user, rest, _ := strings.Cut(below, "/")
		if found && user != "" && home != "" && filepath.Clean(folder) == folder {
			return Moved{User: user, Home: homes + user, Folder: filepath.Join(home, rest)}, true
		}
	}
	return Moved{}, false
}
