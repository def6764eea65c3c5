package duplicityargs

import (
	"strings"
	"testing"
	"time"
)

// The words of duplicity's actions that delete arrive.
func TestRemovals(t *testing.T) {
	for line, want := range map[string]struct {
		action  Action
		removal Removal
	}{
		"remove-older-than 3D file:///r --force":         {RemoveOlderThan, Removal{Before: now.Add(-72 * time.Hour)}},
		"remove-all-but-n-full 2 --force file:///r":      {RemoveAllButFull, Removal{KeepFull: 2}},
		"--force remove-all-inc-of-but-n-full 1 file:/r": {},
		"remove-all-inc-of-but-n-full 1 file:///r":       {RemoveIncrementals, Removal{KeepFull: 1}},
		"cleanup file:///r --json":                       {Cleanup, Removal{}},
	} {
		got, err := parse(strings.Fields(line)...)
		switch {
		case want.action == "" && err == nil:
			t.Errorf("%s is taken", line)
		case want.action == "":
		case err != nil:
			t.Errorf("%s: %v", line, err)
		case got.Action != want.action || got.Removal != want.removal || got.URL != "file:///r":
			t.Errorf("%s: got %s %+v", line, got.Action, got.Removal)
		}
	}
}
