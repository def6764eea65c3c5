package settings

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
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
		Destination: "file:///media/x", Encryption: Keys, Recipients: []string{"AB12", "CD34"},
		Options: map[string]string{"region": "eu-west-1", "storage-class": "STANDARD_IA"},
		Created: time.Unix(1700000000, 5), Retention: "1W:1D,U:1M", FullEvery: 90,
	}
	if err := s.SaveJob(t.Context(), &want); err != nil {
		t.Fatal(err)
	}
	want.Name, want.Options["region"] = "Renamed", "eu-central-1"
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

func TestNobodyElseReadsThem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	s := open(t, dir)
	if err := s.SetPreference(t.Context(), "theme", "dark"); err != nil {
		t.Fatal(err)
	}
	beginRun(t, s, saveJob(t, s))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 { // the database, two files beside it, and the owner of the run
		t.Errorf("got %v, %v", entries, err)
	}
	for _, e := range entries {
		if err := os.Chmod(filepath.Join(dir, e.Name()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	open(t, dir) // closes what was open
	for _, name := range []string{".", fileName, fileName + "-wal", fileName + "-shm"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestPreferences(t *testing.T) {
	s := open(t, t.TempDir())
	for _, want := range []string{"", "dark", "/archives/\xff \n"} {
		if want != "" {
			if err := s.SetPreference(t.Context(), "choice", want); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := s.Preference(t.Context(), "choice"); v != want || err != nil {
			t.Errorf("got %q, %v, want %q", v, err, want)
		}
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

func TestDamagedSettings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

// Settings of the first form keep what they hold; a run that they call running
// is of a program that is gone, for only one had them open.
func TestOldSettingsAreBroughtForward(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrations.ReadFile("migrations/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{
		string(first), "PRAGMA user_version = 1",
		"INSERT INTO job VALUES (7, 'Home', CAST('[\"L2E=\"]' AS BLOB), x'5b5d', '/d', 'none', x'5b5d', 5)",
		"INSERT INTO run (id, job, kind, started, outcome, process) VALUES (1, 7, 'backup', 1, 'running', 1), (2, 7, 'backup', 2, 'fine', 1)",
		"INSERT INTO event VALUES (2, x'ff', 'cannot be read')", "INSERT INTO preference VALUES ('theme', 'dark')",
	} {
		if _, err := db.Exec(step); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	j, err := s.Job(t.Context(), 7)
	if want := (Job{ID: 7, Name: "Home", Folders: []string{"/a"}, Rules: []Rule{}, Destination: "/d", Encryption: None, Recipients: []string{}, Options: map[string]string{}, Created: time.Unix(0, 5)}); err != nil || !reflect.DeepEqual(j, want) {
		t.Errorf("got %+v, %v", j, err)
	}
	runs, err := s.Runs(t.Context(), 7, 10)
	if err != nil || len(runs) != 2 || runs[0].Outcome != Fine || runs[1].Outcome != Interrupted {
		t.Errorf("got %+v, %v", runs, err)
	}
	if events, err := s.Events(t.Context(), 2); err != nil || !reflect.DeepEqual(events, []RunEvent{{Path: "\xff", Text: "cannot be read"}}) {
		t.Errorf("got %+v, %v", events, err)
	}
	if v, err := s.Preference(t.Context(), "theme"); v != "dark" || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
}

// worker is set in the processes that TestSeveralProcesses starts.
const worker = "VARVE_SETTINGS_WORKER"

// rounds is what each of them does.
const rounds = 20

// Several processes may make, bring forward and use the settings at once.
func TestSeveralProcesses(t *testing.T) {
	if dir := os.Getenv(worker); dir != "" {
		work(t, dir)
		return
	}
	const processes = 4
	dir := t.TempDir()
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSeveralProcesses$")
			cmd.Env = append(os.Environ(), worker+"="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	all.Wait()
	s := open(t, dir)
	jobs, err := s.Jobs(t.Context())
	if err != nil || len(jobs) != processes {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	for _, j := range jobs {
		runs, err := s.Runs(t.Context(), j.ID, mostRuns)
		if err != nil || len(runs) != rounds || slices.ContainsFunc(runs, func(r Run) bool { return r.Outcome != Fine }) {
			t.Errorf("%d runs, %v: %+v", len(runs), err, runs)
		}
	}
}

func work(t *testing.T, dir string) {
	s := open(t, dir)
	job := saveJob(t, s)
	for range rounds {
		r := beginRun(t, s, job)
		r.Outcome = Fine
		if err := s.EndRun(t.Context(), r, []RunEvent{{Text: "x"}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAdoption(t *testing.T) {
	s := open(t, t.TempDir())
	adopts := func(job int64, want bool) {
		t.Helper()
		if got, err := s.Adopts(t.Context(), job); got != want || err != nil {
			t.Errorf("job %d adopts: %v, %v; want %v", job, got, err, want)
		}
	}
	a, b := saveJob(t, s), saveJob(t, s)
	for range 2 {
		if err := s.Adopt(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	adopts(a, true)
	adopts(b, false)
	if err := s.EndAdoption(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	adopts(a, false)
	if err := s.Adopt(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteJob(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	adopts(b, false)
	if err := s.Adopt(t.Context(), b); err == nil {
		t.Error("a job that is not there adopts")
	}
}
