package ui

import (
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/words"
)

// A person takes the computer to Japan while a page is open.
func TestPagesTellTheTimeOfHere(t *testing.T) {
	t.Cleanup(func() { zone.Use(nil) })
	f := withPastCopies()
	version := f.jobs[0].Runs[0].Started
	zone.Use(time.UTC)
	s := newStage(t, "light", f)
	s.u.Show(Activity)
	s.settle()
	london := words.Clock(version)
	if !s.says(london) {
		t.Fatalf("it does not say %s", london)
	}
	zone.Use(time.FixedZone("JST", 9*60*60))
	s.u.update()
	s.settle()
	if tokyo := words.Clock(version); !s.says(tokyo) || s.says(london) {
		t.Errorf("it says %s, not %s", london, tokyo)
	}
}
