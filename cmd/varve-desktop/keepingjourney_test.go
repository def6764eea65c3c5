//go:build linux

package main

import (
	"encoding/json"
	"testing"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// keepFewer changes how long versions stay, with a slip on the way, and sees
// which ones go before they do.
func keepFewer(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Keyring: true, Tray: true})
	d.write("Letters/diary.txt", "the oldest words\n")
	p := d.launch()
	d.setUp(p, "Letters", "Drive", letters)
	p.See("it is the same, byte for byte")
	p.Click(desktoptest.Button, "Activity")
	seeRuns(d, p, 1)
	d.write("Letters/diary.txt", "the older words, which are longer\n")
	d.overview(p)
	p.Click(desktoptest.Button, "Back up now")
	p.Click(desktoptest.Button, "Activity")
	seeRuns(d, p, 2)

	d.overview(p)
	p.Click(desktoptest.Button, "More")
	p.Click(desktoptest.Text, "How long versions stay…")
	p.See("What will be there")
	p.Click(desktoptest.Button, "A number of versions")
	p.Fill("keep-versions=30", "keep-versions=x")
	p.See("At character 15: a number of versions is expected here.")
	p.Fill("keep-versions=x", "keep-versions=1")
	p.Gone("At character 15")
	p.Click(desktoptest.Button, "Save")
	p.See("There is a whole version that is newer.")
	if n := d.snapshots(); n != 2 {
		t.Errorf("%d versions are stored before the answer, want 2", n)
	}
	p.Click(desktoptest.Button, "Save and delete 1 version")
	p.See("You are protected.")
	p.Eventually("the version to go", func() bool { return d.snapshots() == 1 })
}

// snapshots is how many versions restic finds.
func (d *desk) snapshots() int {
	d.t.Helper()
	out, err := d.TryRun([]string{"RESTIC_PASSWORD=" + letters}, "restic", "--no-lock", "--repo", d.home("Drive"), "snapshots", "--json")
	if err != nil {
		d.t.Fatalf("restic (of the Debian package restic): %v", err)
	}
	var all []any
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		d.t.Fatalf("what restic said: %v\n%s", err, out)
	}
	return len(all)
}
