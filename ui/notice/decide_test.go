package notice

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// was is what was told in the morning.
func was(s State) map[int64]Told {
	return map[int64]Told{1: {State: s, When: noon.Add(-4 * time.Hour)}}
}

func TestDecide(t *testing.T) {
	fine, bad := Seen{Job: 1, Good: true}, func(s State) Seen { return Seen{Job: 1, State: s} }
	postponed := func(again time.Time) map[int64]Told {
		return map[int64]Told{1: {Late, noon.Add(-5 * time.Hour), again}}
	}
	for _, row := range []struct {
		name  string
		s     Situation
		told  map[int64]Told
		seen  []Seen
		steps []Step
		after State
	}{
		{"fine as ever", Situation{}, nil, []Seen{fine}, nil, Fine},
		{"a problem", Situation{}, nil, []Seen{bad(Unprotected)}, []Step{{1, Unprotected}}, Unprotected},
		{"the same problem, and after a restart", Situation{}, was(Unprotected), []Seen{bad(Unprotected)}, nil, Unprotected},
		{"another problem", Situation{}, was(Late), []Seen{bad(Damaged)}, []Step{{1, Damaged}}, Damaged},
		{"over", Situation{}, was(Unprotected), []Seen{fine}, []Step{{1, Again}}, Fine},
		{"over without a version", Situation{}, was(Passphrase), []Seen{{Job: 1}}, []Step{{1, Fine}}, Fine},
		{"answered", Situation{}, was(Question), []Seen{fine}, []Step{{1, Fine}}, Fine},
		{"a copy fails", Situation{}, nil, []Seen{bad(Copy)}, []Step{{1, Copy}}, Copy},
		{"it is copied again now", Situation{}, was(Copy), []Seen{{Job: 1, Good: true, Copying: true}}, nil, Copy},
		{"the copy is there", Situation{}, was(Copy), []Seen{fine}, []Step{{1, Fine}}, Fine},
		{"protected again, and copied now", Situation{}, was(Unprotected), []Seen{{Job: 1, Good: true, Copying: true}}, []Step{{1, Again}}, Fine},
		{"it runs now", Situation{}, was(Late), []Seen{{Job: 1, Unsure: true}}, nil, Late},
		{"removed", Situation{}, was(Late), nil, nil, Fine},
		{"while the person looks", Situation{Watching: true}, nil, []Seen{bad(Unprotected)}, []Step{{1, Fine}}, Unprotected},
		{"mended while the person looks", Situation{Watching: true}, was(Unprotected), []Seen{fine}, []Step{{1, Fine}}, Fine},
		{"unwanted", Situation{Choice: None}, nil, []Seen{bad(Damaged)}, []Step{{1, Fine}}, Damaged},
		{"problems only", Situation{Choice: Problems}, nil, []Seen{bad(Damaged)}, []Step{{1, Damaged}}, Damaged},
		{"problems only, and it is over", Situation{Choice: Problems}, was(Damaged), []Seen{fine}, []Step{{1, Fine}}, Fine},
		{"a choice that nobody knows", Situation{Choice: "loud"}, was(Damaged), []Seen{fine}, []Step{{1, Again}}, Fine},
		{"later", Situation{}, postponed(noon.Add(time.Minute)), []Seen{bad(Late)}, nil, Late},
		{"later has come", Situation{}, postponed(noon), []Seen{bad(Late)}, []Step{{1, Late}}, Late},
		{"later has come while the person looks", Situation{Watching: true}, postponed(noon), []Seen{bad(Late)}, nil, Late},
		{"over before later", Situation{}, postponed(noon.Add(time.Minute)), []Seen{fine}, []Step{{1, Again}}, Fine},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.s.Now = noon
			before := maps.Clone(row.told)
			steps, after := Decide(row.s, row.told, row.seen)
			if !slices.Equal(steps, row.steps) || after[1].State != row.after {
				t.Errorf("got %v and %v, want %v and %v", steps, after, row.steps, row.after)
			}
			if !maps.Equal(row.told, before) {
				t.Error("what was told before has changed")
			}
			if again, _ := Decide(row.s, after, row.seen); len(again) > 0 {
				t.Errorf("a second look brings %v", again)
			}
		})
	}
}

func TestLook(t *testing.T) {
	with := func(h session.Health, change func(*session.JobState)) session.JobState {
		j := session.JobState{Job: settings.Job{ID: 1, Name: "Letters"}, Health: h, Runs: []settings.Run{{}}}
		if change != nil {
			change(&j)
		}
		return j
	}
	waits := func(w ...schedule.Wait) func(*session.JobState) {
		return func(j *session.JobState) { j.Timing.Cause, j.Timing.Waits = schedule.Slot, w }
	}
	copied := func(h session.CopyHealth) func(*session.JobState) {
		return func(j *session.JobState) { j.Copies = []session.CopyState{{}, {Health: h}} }
	}
	for _, row := range []struct {
		name string
		job  session.JobState
		rest time.Time
		want Seen
	}{
		{"protected", with(session.Protected, nil), time.Time{}, Seen{Good: true}},
		{"exceptions", with(session.Attention, nil), time.Time{}, Seen{Good: true}},
		{"runs", with(session.Busy, nil), time.Time{}, Seen{Unsure: true}},
		{"halted", with(session.Paused, nil), time.Time{}, Seen{Unsure: true}},
		{"removes versions", with(session.Protected, func(j *session.JobState) { j.Removing = true }), time.Time{}, Seen{Unsure: true, Good: true}},
		{"stopped by the person", with(session.Unfinished, nil), time.Time{}, Seen{Unsure: true}},
		{"new", with(session.Unprotected, func(j *session.JobState) { j.Runs = nil }), time.Time{}, Seen{}},
		{"failed", with(session.Unprotected, nil), time.Time{}, Seen{State: Unprotected}},
		{"damaged", with(session.Damaged, nil), time.Time{}, Seen{State: Damaged}},
		{"damaged, and a question", with(session.Damaged, func(j *session.JobState) { j.Held = "Look." }), time.Time{}, Seen{State: Damaged}},
		{"a question", with(session.Late, func(j *session.JobState) { j.Held = "Look." }), time.Time{}, Seen{State: Question}},
		{"waits for a passphrase", with(session.Late, waits(schedule.Passphrase)), time.Time{}, Seen{State: Passphrase}},
		{"waits for its drive", with(session.Protected, waits(schedule.Drive, schedule.Passphrase)), time.Time{}, Seen{Good: true}},
		{"a copy failed", with(session.Protected, copied(session.CopyFailed)), time.Time{}, Seen{State: Copy, Good: true}},
		{"a copy is gone, and the backup failed", with(session.Unprotected, copied(session.CopyEmptied)), time.Time{}, Seen{State: Unprotected}},
		{"a copy is old", with(session.Protected, func(j *session.JobState) {
			j.Copies = []session.CopyState{{Health: session.CopyWaits, Old: true}}
		}), time.Time{}, Seen{State: Copy, Good: true}},
		{"a copy waits for its drive", with(session.Protected, copied(session.CopyWaits)), time.Time{}, Seen{Good: true}},
		{"a copy is made", with(session.Protected, copied(session.CopyRuns)), time.Time{}, Seen{Good: true, Copying: true}},
		{"late", with(session.Late, nil), time.Time{}, Seen{State: Late}},
		{"late in a pause", with(session.Late, waits(schedule.Paused)), noon, Seen{State: Late, Unsure: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.want.Job = 1
			if got := Look(&row.job, row.rest); got != row.want {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}
