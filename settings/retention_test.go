package settings

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

// What is known of versions that are due to go outlives a change of the job.
func TestRetentionOfAJob(t *testing.T) {
	s := open(t, t.TempDir())
	j := Job{Name: "Home", Folders: []string{"/home/a"}, Destination: "file:///x", Encryption: None}
	if err := s.SaveJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	swept := time.Unix(1700000000, 7)
	for _, err := range []error{
		s.SetRetention(t.Context(), j.ID, "keep-versions=3", 30), s.Hold(t.Context(), j.ID, "14 versions would go"), s.Sweep(t.Context(), j.ID, swept),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Job(t.Context(), j.ID)
	if err != nil || got.Retention != "keep-versions=3" || got.FullEvery != 30 || got.Held != "14 versions would go" || !got.Swept.Equal(swept) {
		t.Fatalf("got %+v, %v", got, err)
	}
	got.Name, got.Held = "Renamed", ""
	if err := s.SaveJob(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	if jobs, err := s.Jobs(t.Context()); err != nil || jobs[0].Name != "Renamed" || jobs[0].Held != "14 versions would go" || !jobs[0].Swept.Equal(swept) {
		t.Errorf("after a change of the job: %+v, %v", jobs, err)
	}
	if err := s.Hold(t.Context(), 99, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("a job that is not there: %v", err)
	}
}

func TestRemovalIsRecorded(t *testing.T) {
	s := open(t, t.TempDir())
	j := Job{Name: "Home", Destination: "file:///x", Encryption: None}
	if err := s.SaveJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	r, err := s.BeginRun(t.Context(), j.ID, "backup")
	if err != nil {
		t.Fatal(err)
	}
	r.Outcome, r.Removed, r.Removal = Fine, 2, "Room is given back later."
	events := []RunEvent{{Kind: VersionRemoved, Text: "older than 1 year"}, {Text: "x"}}
	if err := s.EndRun(t.Context(), r, events); err != nil {
		t.Fatal(err)
	}
	runs, err := s.Runs(t.Context(), j.ID, 1)
	if err != nil || runs[0].Removed != 2 || runs[0].Removal != "Room is given back later." {
		t.Errorf("got %+v, %v", runs, err)
	}
	if got, err := s.Events(t.Context(), r.ID); err != nil || !reflect.DeepEqual(got, events) {
		t.Errorf("got %+v, %v", got, err)
	}
}
