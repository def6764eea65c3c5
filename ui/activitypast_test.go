package ui

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// pastScenes are states of the history.
var pastScenes = []scene{
	{"activity-earlier", longPast, func(s *stage) {
		s.u.Show(Activity)
		s.tap("Show earlier ones")
	}},
}

// longPast is of somebody who has backed up for months.
func longPast() *fake {
	j := adasJob(session.Protected)
	j.Runs = nil
	for i := range 2*mostPast + 50 {
		ended := daysAgo(float64(i) / 4)
		j.Runs = append(j.Runs, settings.Run{ID: int64(i + 1), Outcome: settings.Fine, Started: ended.Add(-40 * time.Second), Ended: ended, Changed: int64(i % 7), Stored: 2_400_000})
	}
	return &fake{jobs: []session.JobState{j}}
}

// However many runs there were, no more than a part of them stands in the window;
// who reads on has the keyboard at the end where the next part begins.
func TestPastRunsComeInParts(t *testing.T) {
	s := newStage(t, "light", nothing())
	var parts [][2]int
	p := newPastList(250, func(from, to int) (rows []fyne.CanvasObject) {
		parts = append(parts, [2]int{from, to})
		for range to - from {
			rows = append(rows, look.Say("A run"))
		}
		return rows
	})
	s.u.tallModal(p.content, look.Gap(1)).show()
	s.settle()
	for _, step := range []struct {
		press          string
		focus          *look.Button
		later, earlier bool
	}{
		{"Show earlier ones", p.later, true, true},
		{"Show earlier ones", p.later, true, false},
		{"Show later ones", p.earlier, true, true},
		{"Show later ones", p.earlier, false, true},
	} {
		s.tap(step.press)
		if s.u.window.Canvas().Focused() != fyne.Focusable(step.focus) {
			t.Errorf("after %q the keyboard is elsewhere", step.press)
		}
		if later, earlier := p.content.Objects[0].Visible(), p.content.Objects[2].Visible(); later != step.later || earlier != step.earlier {
			t.Errorf("after %q there is a way to later ones: %v, to earlier ones: %v", step.press, later, earlier)
		}
	}
	if want := [][2]int{{0, 100}, {100, 200}, {200, 250}, {100, 200}, {0, 100}}; !slices.Equal(parts, want) {
		t.Errorf("the parts are %v, want %v", parts, want)
	}
}
