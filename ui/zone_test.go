package ui

import (
	"strings"
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

// Every open page tells the times of the new zone, as if it had been opened there.
func TestOpenPagesFollowTheZone(t *testing.T) {
	t.Cleanup(func() { zone.Use(nil) })
	japan := time.FixedZone("JST", 9*60*60)
	for name, open := range map[string]func(s *stage){
		"overview": func(s *stage) { s.u.Show(Overview) },
		"activity": func(s *stage) { s.u.Show(Activity) },
		"job":      (*stage).toJob,
		"copies":   func(s *stage) { s.u.openCopies(s.f.jobs[0].Job) },
		"checking": func(s *stage) { s.u.openChecking(s.f.jobs[0]) },
		"restore": func(s *stage) {
			s.toThesis()
			s.item("references.bib")
		},
	} {
		t.Run(name, func(t *testing.T) {
			shown := func(before, after *time.Location) string {
				zone.Use(before)
				f := withPastCopies()
				f.jobs[0].Copies[0].Finished, f.jobs[0].Proof = daysAgo(3), proved(54).Proof
				s := newStage(t, "light", f)
				open(s)
				s.settle()
				zone.Use(after)
				s.u.update()
				s.settle()
				return written(s.seen())
			}
			moved, there := shown(time.UTC, japan), shown(japan, japan)
			if differing := onlyIn(strings.Split(there, "\n"), strings.Split(moved, "\n")); len(differing) > 0 {
				t.Errorf("it does not say:\n%s", strings.Join(differing, "\n"))
			}
			if there == shown(time.UTC, time.UTC) {
				t.Error("it tells no time")
			}
		})
	}
}
