package session

import (
	"testing"
	"time"

	"github.com/varve-backup/varve/settings"
)

func TestOldCopies(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	var runs []settings.Run // the newest first
	for _, days := range []int{1, 20, 40, 60} {
		runs = append(runs, settings.Run{Outcome: settings.Fine, Version: ago(days)})
	}
	runs = append(runs, settings.Run{Outcome: settings.Failed, Version: ago(90)})
	for days, want := range map[int]bool{1: false, 20: false, 40: false, 60: true, 365: true} {
		if got := isOld(&settings.Copy{CopyStanding: settings.CopyStanding{Version: ago(days)}}, runs, now); got != want {
			t.Errorf("a copy of %d days ago: %v", days, got)
		}
	}
	if !isOld(&settings.Copy{}, runs, now) || isOld(&settings.Copy{}, runs[:1], now) {
		t.Error("a copy that was never made")
	}
}

func TestTroubleWithCopies(t *testing.T) {
	old := func(h CopyHealth) CopyState { return CopyState{Health: h, Old: true, Behind: 3} }
	for h, want := range map[CopyHealth]bool{
		CopyFresh: false, CopyRuns: false, CopyPaused: false, CopyDue: true, CopyWaits: true, CopyFailed: true, CopyEmptied: true, CopyDoubted: true,
	} {
		j := JobState{Copies: []CopyState{{Copy: settings.Copy{CopyStanding: settings.CopyStanding{Finished: time.Unix(1, 0)}}}, old(h)}}
		if got := j.CopyTrouble() != nil; got != want {
			t.Errorf("health %d: %v", h, got)
		}
		if j.FreshCopy() != &j.Copies[0] {
			t.Error("the whole copy is not found")
		}
	}
	if j := (JobState{Copies: []CopyState{{Health: CopyDue, Behind: 1}}}); j.CopyTrouble() != nil || j.FreshCopy() != nil {
		t.Error("a copy that was just not made yet is no trouble, and no help")
	}
}

// A run that failed to copy is over once that place was copied to again, and not
// because another place was, or because a backup made a version.
func TestOnlyACopyEndsTheTroubleOfItsPlace(t *testing.T) {
	const one, two = "file:///one", "file:///two"
	failed := settings.Run{ID: 5, Kind: settings.CopyRun, Destination: one, Outcome: settings.Failed, Trouble: settings.FullPlace}
	for name, row := range map[string]struct {
		later settings.Run
		want  settings.Trouble
	}{
		"another place":  {settings.Run{ID: 6, Kind: settings.CopyRun, Destination: two, Outcome: settings.Fine}, settings.FullPlace},
		"the same place": {settings.Run{ID: 6, Kind: settings.CopyRun, Destination: one, Outcome: settings.Fine}, settings.NoTrouble},
		"a backup":       {settings.Run{ID: 6, Kind: settings.BackupRun, Outcome: settings.Fine, Version: time.Unix(1, 0)}, settings.FullPlace},
	} {
		j := JobState{Runs: []settings.Run{row.later}, Others: []settings.Run{failed}}
		if got := j.InTheWay(&failed); got != row.want {
			t.Errorf("%s: %q is in the way, want %q", name, got, row.want)
		}
	}
}
