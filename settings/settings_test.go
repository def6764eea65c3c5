package settings

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestJobs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b%20?")
	s := open(t, dir)
	want := Job{
		Name: "Home", Folders: []string{"/home/a", "/bad-\xff"}, Rules: []Rule{{Kind: "glob", Pattern: "**/.cache"}},
		Destination: "file:///media/x", Encryption: Passphrase, Created: time.Unix(1700000000, 5),
	}
	if err := s.SaveJob(t.Context(), &want); err != nil {
		t.Fatal(err)
	}
	want.Name = "Renamed"
	if err := s.SaveJob(t.Context(), &want); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir) // two may have it open
	got, err := again.Job(t.Context(), want.ID)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if err := again.DeleteJob(t.Context(), want.ID); err != nil {
		t.Fatal(err)
	}
	if jobs, err := s.Jobs(t.Context()); len(jobs) != 0 || err != nil {
		t.Errorf("after the deletion: %v, %v", jobs, err)
	}
	if _, err := s.Job(t.Context(), want.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestRuns(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	job := Job{Name: "x", Encryption: None}
	if err := s.SaveJob(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	r, err := s.BeginRun(t.Context(), job.ID, "backup")
	if err != nil {
		t.Fatal(err)
	}
	r.Outcome, r.Files, r.Problems, r.Version = Warnings, 7, 2000, time.Unix(1700000000, 0)
	var events []RunEvent
	for i := range 2000 {
		events = append(events, RunEvent{fmt.Sprintf("p\xff%d", i), "cannot be read"})
	}
	if err := s.EndRun(t.Context(), r, events); err != nil {
		t.Fatal(err)
	}
	runs, err := s.Runs(t.Context(), job.ID, 10)
	if err != nil || len(runs) != 1 || runs[0].Outcome != Warnings || !runs[0].Version.Equal(r.Version) || runs[0].Problems != 2000 {
		t.Errorf("got %+v, %v", runs, err)
	}
	kept, err := s.Events(t.Context(), r.ID)
	if err != nil || len(kept) != mostEvents || kept[3] != events[3] {
		t.Errorf("%d events, %v", len(kept), err)
	}
}

// A run whose program died did not just stop being shown.
func TestDeadRunsAreInterrupted(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	job := Job{Name: "x", Encryption: None}
	if err := s.SaveJob(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	for _, process := range []int{dead.Process.Pid, os.Getpid()} {
		r, err := s.BeginRun(t.Context(), job.ID, "backup")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Exec("UPDATE run SET process = ? WHERE id = ?", process, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := open(t, dir).Runs(t.Context(), job.ID, 10)
	if err != nil || runs[0].Outcome != Running || runs[1].Outcome != Interrupted {
		t.Errorf("got %+v, %v", runs, err)
	}
}

func TestNobodyElseReadsThem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	s := open(t, dir)
	if err := s.SetPreference(t.Context(), "theme", "dark"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".", fileName, fileName + "-wal"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if v, err := s.Preference(t.Context(), "theme"); v != "dark" || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
}

func TestNewerSettingsAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir); !errors.Is(err, ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
}
