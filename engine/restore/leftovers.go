package restore

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

const (
	tempPrefix = ".varve-restore-"
	tempRandom = 8 // letters behind it
)

// isTemp tells the name of a small file or another item that is being made.
func isTemp(name string) bool {
	rest, ok := strings.CutPrefix(name, tempPrefix)
	if !ok || len(rest) < tempRandom+2 || rest[tempRandom] != '-' {
		return false
	}
	return strings.Trim(rest[:tempRandom], "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == "" &&
		strings.Trim(rest[tempRandom+1:], "0123456789") == ""
}

// own tells that no other run writes to the target now. It holds as long as
// the folder is open.
func own(fd int) bool { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil }

// sweep removes what a run left in a folder that was killed: at most a handful
// of items that had not got their names yet.
func (w *Writer) sweep(dir int) {
	if !w.owns || w.options.DryRun {
		return
	}
	fd, err := fsat.Open(dir, ".", fsat.FolderFlags, 0)
	if err != nil {
		return
	}
	f := os.NewFile(uintptr(fd), ".")
	defer f.Close()
	for {
		names, err := f.Readdirnames(1000)
		for _, name := range names {
			if isTemp(name) && !strings.HasPrefix(name, w.temp) {
				_ = unix.Unlinkat(dir, name, 0) // what stays has a name that tells what it is
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				w.watch.Notice("A folder of the target could not be searched for what an earlier run left.")
			}
			return
		}
	}
}
