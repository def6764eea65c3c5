package settings

import (
	"reflect"
	"testing"
	"time"
)

// What was told outlives the program, and goes with its job.
func TestWhatWasTold(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	one, two := saveJob(t, s), saveJob(t, s)
	late := Told{Job: one, State: "late", When: time.Unix(1700000000, 3)}
	damaged := Told{Job: two, State: "damaged", When: time.Unix(1700000000, 5), Again: time.Unix(1700014400, 0)}
	for _, k := range []Told{{Job: one, State: "unprotected", When: late.When, Again: late.When}, late, damaged} {
		if err := s.SetTold(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	told := func(want ...Told) {
		t.Helper()
		if got, err := open(t, dir).Told(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
	told(late, damaged)
	if err := s.SetTold(t.Context(), Told{Job: one}); err != nil {
		t.Fatal(err)
	}
	told(damaged)
	if err := s.DeleteJob(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	told()
	if err := s.SetTold(t.Context(), damaged); err == nil {
		t.Error("something was told of a job that is not there")
	}
}
