package main

import (
	"runtime/debug"
	"testing"

	"github.com/varve-backup/varve/assets/licences"
)

// The window's program comes with the licence of everything that it is built
// of. What the tests are built of is the same, and knows its modules.
func TestLicencesComeAlong(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	if !ok || len(info.Deps) == 0 {
		t.Fatal("the program does not know its modules")
	}
	for _, m := range info.Deps {
		if licences.Of(m.Path) == nil {
			t.Errorf("the licence of %s is missing: run packaging/licences.sh", m.Path)
		}
	}
}
