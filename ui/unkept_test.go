package ui

import (
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/watch"
	"github.com/varve-backup/varve/ui/session"
)

// unkept is a job of which some files changed since its newest version.
func unkept(hours float64, w watch.State) session.JobState {
	if w.Unkept != (watch.Unkept{}) {
		w.Unkept.Since = daysAgo(hours / 24)
	}
	j := timed(session.Protected, func(t *session.Timing) { t.Watch = w })
	j.LastGood = daysAgo((hours + 3) / 24)
	return j
}

func looked(files int) watch.State {
	return watch.State{Ready: true, Look: watch.DefaultLook, Unkept: watch.Unkept{Files: files}}
}

func TestCardSaysWhatIsNotKept(t *testing.T) {
	blind := looked(14)
	blind.Blind = watch.Limit
	missing := looked(0)
	missing.Blind = watch.Missing
	more := looked(10_000)
	more.Unkept.More = true
	folder := looked(0)
	folder.Unkept.Since = time.Unix(1, 0)
	first := looked(0)
	first.Ready = false
	for _, c := range []struct {
		j    session.JobState
		says string
	}{
		{unkept(2.2, looked(14)), "14 files have changed since, the first 2 hours ago."},
		{unkept(0.2, looked(1)), "1 file has changed since, 12 minutes ago."},
		{unkept(30, looked(1)), "1 file has changed since, 30 hours ago."},
		{unkept(72, looked(2)), "2 files have changed since, the first Wed 18 Nov 10:12."},
		{unkept(2, blind), "14 files have changed since, the first 2 hours ago. Varve looks for changes every 15 minutes."},
		{unkept(2, missing), "One of its folders is not there now, so what has changed since is not known."},
		{unkept(2, more), "More than 10\u2009000 files have changed since, the first 2 hours ago."},
		{unkept(2, folder), "A folder has changed since, 2 hours ago."},
		{unkept(2, looked(0)), "Nothing has changed since."},
		{unkept(2, first), "Varve is looking for what has changed since."},
	} {
		s := newStage(t, "light", &fake{jobs: []session.JobState{c.j}})
		if !s.says(c.says) {
			t.Errorf("it does not say %q", c.says)
		}
	}
	if s := newStage(t, "light", &fake{jobs: []session.JobState{unkept(2, watch.State{})}}); s.says("since.") {
		t.Error("it says what nobody knows")
	}
}

func TestHeadlineAddsUpWhatIsNotKept(t *testing.T) {
	a, b := unkept(2, looked(14)), unkept(5, looked(3))
	b.ID, b.Name = 2, "Music"
	if s := newStage(t, "light", &fake{jobs: []session.JobState{a, b}}); !s.says("17 files have changed since, the first 5 hours ago.") {
		t.Error("it does not add up")
	}
	b.Timing.Watch = watch.State{}
	if s := newStage(t, "light", &fake{jobs: []session.JobState{a, b}}); !s.says("Last version today at 05:12. 14 files have changed since, the first 2 hours ago.") {
		t.Error("what is known of one is not told")
	}
	a.Timing.Watch = watch.State{Look: watch.DefaultLook}
	if s := newStage(t, "light", &fake{jobs: []session.JobState{a, b}}); !s.says("Last version today at 05:12. Varve is looking for what has changed since.") {
		t.Error("the place of what has changed is not kept while it is looked for")
	}
}
