package ui

import (
	"os"
	"path/filepath"
	"syscall"
)

// isMountPoint reports that a folder lies on another device than the one
// above it.
func isMountPoint(path string) bool {
	info, err := os.Stat(path)
	above, err2 := os.Stat(filepath.Dir(path))
	if err != nil || err2 != nil || !info.IsDir() {
		return false
	}
	a, ok := info.Sys().(*syscall.Stat_t)
	b, ok2 := above.Sys().(*syscall.Stat_t)
	return ok && ok2 && a.Dev != b.Dev
}
