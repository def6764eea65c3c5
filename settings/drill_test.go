package settings

import (
	"testing"
	"time"
)

// What a person chose and what drills brought do not touch each other.
func TestChoiceAndFindingsOfADrill(t *testing.T) {
	s := open(t, t.TempDir())
	job, other := saveJob(t, s), saveJob(t, s)
	drill := func(job int64) Drill {
		t.Helper()
		d, err := s.Drill(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := Drill{EveryDays: 30, Tried: time.Unix(1_700_000_000, 7), Proved: time.Unix(1_690_000_000, 0), Files: 20, Bytes: 41_000_000, Compared: 12, Failed: 1}
	if err := s.Drilled(t.Context(), job, &want); err != nil {
		t.Fatal(err)
	}
	if got := drill(job); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := s.SetDrill(t.Context(), job, 0); err != nil {
		t.Fatal(err)
	}
	want.EveryDays = 0
	if got := drill(job); got != want {
		t.Errorf("after a choice: got %+v, want %+v", got, want)
	}
	want.Failed, want.Proved = 0, want.Tried
	if err := s.Drilled(t.Context(), job, &want); err != nil {
		t.Fatal(err)
	}
	if got := drill(job); got != want {
		t.Errorf("after a drill: got %+v, want %+v", got, want)
	}
	if got := drill(other); got != NewDrill() {
		t.Errorf("another job has %+v", got)
	}
	if err := s.DeleteJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if got := drill(job); got != NewDrill() {
		t.Errorf("a job that is gone has %+v", got)
	}
}
