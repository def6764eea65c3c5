package settings

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func saveJob(t *testing.T, s *Store) int64 {
	t.Helper()
	job := Job{Name: "x", Encryption: None}
	if err := s.SaveJob(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	return job.ID
}

func beginRun(t *testing.T, s *Store, job int64) *Run {
	t.Helper()
	r, err := s.BeginRun(t.Context(), job, "backup")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func runs(t *testing.T, s *Store, job int64) []Run {
	t.Helper()
	found, err := s.Runs(t.Context(), job, 2*mostRuns)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestRuns(t *testing.T) {
	s := open(t, t.TempDir())
	job := saveJob(t, s)
	r := beginRun(t, s, job)
	if got := runs(t, s, job); len(got) != 1 || got[0].Outcome != Running || !got[0].Ended.IsZero() || !got[0].Version.IsZero() {
		t.Errorf("while it runs: %+v", got)
	}
	r.Outcome, r.Version, r.Sentence, r.Ended = Warnings, time.Unix(1700000000, 1), "3 files", time.Unix(1700000001, 2)
	r.Trouble = NoLogin
	r.Files, r.Bytes, r.Stored, r.Changed, r.Problems = 1, 2, 3, 4, 5
	if err := s.EndRun(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	want := *r
	want.Started = time.Unix(0, r.Started.UnixNano()) // without its monotonic part
	if got := runs(t, s, job); len(got) != 1 || got[0] != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEventsAreCapped(t *testing.T) {
	s := open(t, t.TempDir())
	r := beginRun(t, s, saveJob(t, s))
	var events []RunEvent
	for i := range mostEvents + 7 {
		events = append(events, RunEvent{Path: fmt.Sprintf("p\xff%d", i), Text: "cannot be read"})
	}
	r.Outcome = Warnings
	if err := s.EndRun(t.Context(), r, events); err != nil {
		t.Fatal(err)
	}
	got, err := s.Events(t.Context(), r.ID)
	if err != nil || len(got) != mostEvents || got[3] != events[3] || got[mostEvents-1] != events[mostEvents-1] {
		t.Errorf("%d events, %v", len(got), err)
	}
}

// Only the newest are kept, but a run that goes on is never forgotten.
func TestOldRunsAreForgotten(t *testing.T) {
	s := open(t, t.TempDir())
	job, other := saveJob(t, s), saveJob(t, s)
	beginRun(t, s, other)
	first := beginRun(t, s, job)
	_, err := s.db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO run (job, kind, started, outcome) SELECT ?, 'backup', i, 'fine' FROM n`, mostRuns+3, job)
	if err != nil {
		t.Fatal(err)
	}
	last := beginRun(t, s, job)
	got := runs(t, s, job)
	if len(got) != mostRuns || got[0].ID != last.ID || got[1].ID != first.ID {
		t.Errorf("%d runs, the first %+v", len(got), got[0])
	}
	if got := runs(t, s, other); len(got) != 1 {
		t.Errorf("another job has %d runs", len(got))
	}
}

// The kinds of runs are told apart, and none crowds out another.
func TestKindsOfRuns(t *testing.T) {
	s := open(t, t.TempDir())
	job := saveJob(t, s)
	backup := beginRun(t, s, job)
	backup.Outcome = Fine
	if err := s.EndRun(t.Context(), backup, nil); err != nil {
		t.Fatal(err)
	}
	_, err := s.db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO run (job, kind, started, outcome) SELECT ?, 'verify', i, 'fine' FROM n`, mostRuns+3, job)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.BeginRun(t.Context(), job, VerifyRun); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		kinds []string
		want  int
	}{{nil, mostRuns + 1}, {[]string{BackupRun}, 1}, {[]string{VerifyRun}, mostRuns}, {[]string{RestoreRun, BackupRun}, 1}, {[]string{RestoreRun}, 0}} {
		if got, err := s.Runs(t.Context(), job, 2*mostRuns, row.kinds...); len(got) != row.want || err != nil {
			t.Errorf("of %q there are %d, %v; want %d", row.kinds, len(got), err, row.want)
		}
	}
}

func TestEndOfARunWhoseJobIsDeleted(t *testing.T) {
	s := open(t, t.TempDir())
	job := saveJob(t, s)
	r := beginRun(t, s, job)
	if err := s.DeleteJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if err := s.EndRun(t.Context(), r, []RunEvent{{Text: "x"}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// running is set in the process that TestKilledRunsAreInterrupted kills.
const running = "VARVE_SETTINGS_RUNNING"

// A run whose program was killed does not stay running for ever, nor does one
// end that another program, or another part of this one, is busy with.
func TestKilledRunsAreInterrupted(t *testing.T) {
	if dir := os.Getenv(running); dir != "" {
		beginRun(t, open(t, dir), 1)
		fmt.Fprintln(os.Stdout, "begun")
		select {}
	}
	dir := t.TempDir()
	here := open(t, dir)
	job := saveJob(t, here)
	mine := beginRun(t, here, job)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledRunsAreInterrupted$")
	cmd.Env = append(os.Environ(), running+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("begun\n"))); err != nil {
		t.Fatal(err)
	}
	for _, r := range runs(t, open(t, dir), job) {
		if r.Outcome != Running {
			t.Errorf("run %d became %s while its program lived", r.ID, r.Outcome)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for _, r := range runs(t, open(t, dir), job) {
		if want := map[bool]Outcome{true: Running, false: Interrupted}[r.ID == mine.ID]; r.Outcome != want {
			t.Errorf("run %d is %s, want %s", r.ID, r.Outcome, want)
		}
	}
	owners(t, dir, 1)
	if err := here.Close(); err != nil {
		t.Fatal(err)
	}
	owners(t, dir, 0)
}

// owners checks how many locked files there are: none may pile up.
func owners(t *testing.T, dir string, want int) {
	t.Helper()
	if found, err := filepath.Glob(filepath.Join(dir, "running-*")); err != nil || len(found) != want {
		t.Errorf("got %q, %v, want %d", found, err, want)
	}
}
