package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/varve-backup/varve/backends/open"
	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
)

// companion is the same program with every kind of destination in it. It is
// several times larger, and is started only for those that need it
// (docs/decisions/0030-two-programs.md).
const companion = "varve-cloud"

// needsCompanion tells that a command line is not for this program alone.
func needsCompanion(line []string) bool {
	if open.Complete || len(line) == 0 {
		return false
	}
	return slices.Contains([]string{"destinations", "authorize", "agent"}, line[0]) ||
		slices.ContainsFunc(line, func(word string) bool { return duplicityargs.IsURL(word) && !open.Serves(word) })
}

// becomeCompanion runs the companion in place of this program. It returns only
// when that cannot be done.
func becomeCompanion(line []string, stderr io.Writer) int {
	path, err := findCompanion()
	if err == nil {
		err = syscall.Exec(path, append([]string{companion}, line...), os.Environ())
	}
	fmt.Fprintf(stderr, "varve: for this kind of destination the program %s is needed, which belongs beside varve: %s. Nothing was done.\n", companion, strings.TrimSpace(err.Error()))
	return duplicityargs.ExitURL
}

// findCompanion looks beside this program, and then where programs are.
func findCompanion() (string, error) {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err == nil {
		beside := filepath.Join(filepath.Dir(self), companion)
		if _, serr := os.Stat(beside); serr == nil {
			return beside, nil
		}
	}
	return exec.LookPath(companion)
}
