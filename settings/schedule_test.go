package settings

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

func TestTimingOfAJob(t *testing.T) {
	s := open(t, t.TempDir())
	job := saveJob(t, s)
	if got, err := s.Timing(t.Context(), job); err != nil || !reflect.DeepEqual(got, Timing{}) {
		t.Errorf("a job of before there were plans: %+v, %v", got, err)
	}
	want := Timing{
		Times: []int{18 * 60}, Days: 0b111110, Quiet: time.Minute, PerHour: 2, OnMains: true, Battery: 30, Unmetered: true, NoPowerSaver: true,
		Networks: []string{"Home", "\xff"}, Since: time.Unix(1700000000, 3),
	}
	for range 2 { // set, and changed
		want.Battery++
		if err := s.SetTiming(t.Context(), job, want); err != nil {
			t.Fatal(err)
		}
	}
	want.Networks[1] = "\ufffd" // names of networks are text
	if got, err := s.Timing(t.Context(), job); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if _, err := s.db.Exec(`UPDATE timing SET plan = CAST('{"times":[60],"moonPhase":3}' AS BLOB)`); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Timing(t.Context(), job); err != nil || !reflect.DeepEqual(got.Times, []int{60}) {
		t.Errorf("what another Varve wrote: %+v, %v", got, err)
	}
	if err := s.SetTiming(t.Context(), 99, want); err == nil {
		t.Error("a job that is not there got a plan")
	}
	if err := s.DeleteJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Timing(t.Context(), job); err != nil || got.Times != nil {
		t.Errorf("after the job was deleted: %+v, %v", got, err)
	}
}

func TestSkipsAreKeptAndBounded(t *testing.T) {
	s := open(t, t.TempDir())
	job := saveJob(t, s)
	slot := time.Unix(1700000000, 0)
	add := func(slot time.Time, cause string) bool {
		t.Helper()
		added, err := s.AddSkip(t.Context(), Skip{Job: job, Slot: slot, Noticed: slot.Add(time.Second), Cause: cause, Sentence: "It was " + cause + "."})
		if err != nil {
			t.Fatal(err)
		}
		return added
	}
	if !add(slot, "battery") || add(slot, "battery") || !add(slot, "drive") {
		t.Error("a slot has one skip for each cause")
	}
	got, err := s.Skips(t.Context(), job, 1)
	want := []Skip{{job, slot, slot.Add(time.Second), "drive", "It was drive."}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for i := range mostSkips {
		add(slot.Add(time.Duration(i+1)*time.Hour), "off")
	}
	all, err := s.Skips(t.Context(), job, 2*mostSkips)
	if err != nil || len(all) != mostSkips || all[len(all)-1].Cause != "off" {
		t.Errorf("%d are kept, %v", len(all), err)
	}
}

// One program at a time starts jobs by itself; its end frees the place.
func TestOneScheduler(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	release, claimed, err := a.ClaimSchedule()
	if err != nil || !claimed {
		t.Fatal(claimed, err)
	}
	if _, claimed, err := b.ClaimSchedule(); err != nil || claimed {
		t.Fatalf("a second one: %v, %v", claimed, err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, claimed, err = b.ClaimSchedule()
	if err != nil || !claimed {
		t.Fatal(claimed, err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

func TestOrphansAreEnded(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	job := saveJob(t, a)
	beginRun(t, a, job)
	for _, want := range []Outcome{Running, Interrupted} {
		if want == Interrupted {
			if err := a.owner.release(); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.EndOrphans(t.Context()); err != nil {
			t.Fatal(err)
		}
		if runs, err := b.Runs(t.Context(), job, 1); err != nil || runs[0].Outcome != want {
			t.Error(fmt.Sprint("want ", want), runs, err)
		}
	}
}
