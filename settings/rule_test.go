package settings

import (
	"errors"
	"slices"
	"testing"
)

// What is kept of a job can be changed, whatever bytes its paths are.
func TestSourcesOfAJob(t *testing.T) {
	s := open(t, t.TempDir())
	j := Job{Name: "Home", Folders: []string{"/home/a"}, Rules: []Rule{{Kind: "topic", Pattern: "caches"}}, Destination: "file:///x", Encryption: None}
	if err := s.SaveJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Job(t.Context(), j.ID); err != nil || !slices.Equal(got.Rules, j.Rules) {
		t.Errorf("got %+v, %v", got, err)
	}
	folders := []string{"/home/b", "/mnt/\xff\xfe"}
	rules := []Rule{{Kind: "folder", Pattern: "/mnt/\xff\xfe/ü"}, {Kind: "glob", Include: true, Pattern: "**/<keep>"}}
	if err := s.SetSources(t.Context(), j.ID, "b and another", folders, rules); err != nil {
		t.Fatal(err)
	}
	got, err := s.Job(t.Context(), j.ID)
	if err != nil || !slices.Equal(got.Folders, folders) || !slices.Equal(got.Rules, rules) || got.Name != "b and another" || got.Destination != j.Destination {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := s.SetSources(t.Context(), 99, "", folders, nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("a job that is not there: %v", err)
	}
}
