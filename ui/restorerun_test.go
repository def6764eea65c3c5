package ui

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/engine"
)

// What came back is looked for where it lies, not at the top of a target.
func TestLanding(t *testing.T) {
	for _, row := range []struct {
		plans [][]string
		want  string
	}{
		{[][]string{nil}, "/t"},
		{[][]string{{"a.txt"}}, "/t"},
		{[][]string{{"Documents/letters/a.txt"}}, "/t/Documents/letters"},
		{[][]string{{"Documents/letters/a.txt", "Documents/b.txt"}}, "/t/Documents"},
		{[][]string{{"Documents/a.txt"}, {"Documents/a.txt"}}, "/t/Documents"},
		{[][]string{{"Documents/a.txt"}, {"Doc/a.txt"}}, "/t"},
		{[][]string{{"Documents/a.txt"}, nil}, "/t"},
	} {
		var plans []engine.RestorePlan
		for _, paths := range row.plans {
			plans = append(plans, engine.RestorePlan{Target: "/t", Paths: paths})
		}
		if got := landing(plans); got != row.want {
			t.Errorf("%q land in %s, want %s", row.plans, got, row.want)
		}
	}
}

// A folder that did not come back is not shown, but the one around it.
func TestExistingFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "there"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, row := range [][2]string{{"there", "there"}, {"there/not/at all", "there"}, {"not", ""}} {
		if got, want := existing(filepath.Join(dir, row[0])), filepath.Join(dir, row[1]); got != want {
			t.Errorf("%s is shown as %s, want %s", row[0], got, want)
		}
	}
}
