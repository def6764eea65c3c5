package ui

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/ui/session"
)

func withThere(met ...engine.ItemMet) func() *fake {
	return func() *fake {
		return &fake{jobs: []session.JobState{adasJob(session.Protected)}, fakeMeeting: fakeMeeting{met: met}}
	}
}

func (s *stage) toInPlace() {
	s.toQuestion()
	s.radio(toInPlace)
	s.settle()
	s.q.until(s.t, "the comparison", func() bool { return !s.says("Comparing with") })
	s.settle()
}

var clashScenes = []scene{
	{"restore-in-place", withThere(someMet()...), func(s *stage) {
		s.toInPlace()
		s.radio(clashes[1].label)
	}},
	{"restore-in-place-comparing", func() *fake {
		return &fake{jobs: []session.JobState{adasJob(session.Protected)}, fakeMeeting: fakeMeeting{goes: true}}
	}, func(s *stage) {
		s.toQuestion()
		s.radio(toInPlace)
		s.q.until(s.t, "a sample", func() bool { return s.says("files") })
	}},
	{"restore-in-place-list", withThere(someMet()...), func(s *stage) {
		s.toInPlace()
		s.tap("Show them…")
	}},
	{"restore-in-place-free", withThere(), (*stage).toInPlace},
	{"restore-in-place-unknown", func() *fake {
		away := &engine.Error{Op: "comparing", Path: "/media/ada/Lake/Varve", Kind: engine.Offline, Err: errors.New("no such file or directory")}
		return &fake{jobs: []session.JobState{adasJob(session.Protected)}, fakeMeeting: fakeMeeting{err: away}}
	}, (*stage).toInPlace},
}

// Before anything is written, the form says what is there, and what each choice
// does to it.
func TestWhatIsThereIsSaidBefore(t *testing.T) {
	s := newStage(t, "light", withThere(someMet()...)())
	s.toInPlace()
	if !s.says("12 are there already: 9 the same, 2 older here, 1 newer here.") {
		t.Error("the form does not say what is there")
	}
	for i, want := range []string{
		"All 12 stay, and what comes back is put beside them.", "This replaces 3 items (40.8 MB). The other 9 stay.",
		"This replaces 2 items (40.8 MB). The other 10 stay.", "Nothing that is there is replaced.",
	} {
		s.radio(clashes[i].label)
		if !s.says(want) {
			t.Errorf("%v: the form does not say %q", clashes[i].clash, want)
		}
	}
	s.tap("Show them…")
	for _, want := range []string{"chapter-3.odt", "Newer here", "Older here", "The same"} {
		if !s.says(want) {
			t.Errorf("the list does not show %q", want)
		}
	}
}

// Where nothing is there, there is nothing to choose.
func TestNothingIsThere(t *testing.T) {
	s := newStage(t, "light", withThere()())
	s.toInPlace()
	if s.says("If something of that name") || !s.says("nothing is replaced") {
		t.Error("the form asks what to do with what is not there")
	}
}

// The comparison ends with the form, and with another choice of place.
func TestComparisonEnds(t *testing.T) {
	for _, end := range []func(*stage){func(s *stage) { s.radio(toNew) }, func(s *stage) { s.tap("Cancel") }} {
		f := withThere()()
		f.fakeMeeting.goes, f.fakeMeeting.ended = true, make(chan struct{})
		s := newStage(t, "light", f)
		s.toQuestion()
		s.radio(toInPlace)
		end(s)
		<-f.fakeMeeting.ended
	}
}

// With a real backup: what the form says is what then happens.
func TestRestoreInPlaceAfterTheComparison(t *testing.T) {
	d := newDesk(t, "light")
	d.job(func() {}, func() {})
	d.write("home/Documents/notes.txt", "what I wrote by mistake")
	old := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(d.path("home/Documents/notes.txt"), old, old); err != nil {
		t.Fatal(err)
	}
	d.u.Show(Restore)
	d.tickItem("Documents")
	d.tap("Restore 1 item…")
	d.radio(toInPlace)
	d.q.until(t, "the comparison", func() bool { return d.says("1 older here") })
	for i, c := range clashes {
		if c.clash == restore.ReplaceOlder {
			d.radio(clashes[i].label)
		}
	}
	if !d.says("This replaces 1 item") {
		t.Error("the form does not say what is replaced")
	}
	d.tap("Restore now")
	d.restored()
	if got, err := os.ReadFile(d.path("home/Documents/notes.txt")); string(got) != "first" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
