package settings

import (
	"testing"
	"time"
)

func checking(t *testing.T, s *Store, job int64) Checking {
	t.Helper()
	c, err := s.Checking(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestJobsAreProvedByThemselves(t *testing.T) {
	s := open(t, t.TempDir())
	if c := checking(t, s, saveJob(t, s)); c != (Checking{EveryDays: 7, Minutes: 10}) {
		t.Errorf("got %+v", c)
	}
}

// What a person chose and what checks brought do not touch each other.
func TestChoiceAndFindingsOfACheck(t *testing.T) {
	s := open(t, t.TempDir())
	job, other := saveJob(t, s), saveJob(t, s)
	brought := Checking{Proved: time.Unix(1_700_000_000, 7), Read: 62, Of: 100, Found: Lost, Sentence: "A file is damaged."}
	if err := s.Checked(t.Context(), job, &brought); err != nil {
		t.Fatal(err)
	}
	want := brought
	want.EveryDays, want.Minutes = 7, 10
	if got := checking(t, s, job); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := s.SetChecking(t.Context(), job, 30, 0); err != nil {
		t.Fatal(err)
	}
	want.EveryDays, want.Minutes = 30, 0
	if got := checking(t, s, job); got != want {
		t.Errorf("after a choice: got %+v, want %+v", got, want)
	}
	brought.Found, brought.Sentence, brought.Proved = Whole, "", time.Time{}
	if err := s.Checked(t.Context(), job, &brought); err != nil {
		t.Fatal(err)
	}
	want.Found, want.Sentence, want.Proved = Whole, "", time.Time{}
	if got := checking(t, s, job); got != want {
		t.Errorf("after a check: got %+v, want %+v", got, want)
	}
	if got := checking(t, s, other); got != NewChecking() {
		t.Errorf("another job: %+v", got)
	}
	if err := s.DeleteJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if got := checking(t, s, job); got != NewChecking() {
		t.Errorf("of a job that is gone: %+v", got)
	}
}

// Checks are no backups: neither is among the others, and neither makes the
// others forgotten.
func TestChecksAreRecordedApart(t *testing.T) {
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
	check, err := s.BeginRun(t.Context(), job, VerifyRun)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Runs(t.Context(), job, 2*mostRuns, BackupRun); err != nil || len(got) != 1 || got[0].ID != backup.ID {
		t.Errorf("backups: %+v, %v", got, err)
	}
	checks, err := s.Runs(t.Context(), job, 2*mostRuns, VerifyRun)
	if err != nil || len(checks) != mostRuns || checks[0].ID != check.ID || checks[0].Kind != VerifyRun {
		t.Errorf("%d checks, %v", len(checks), err)
	}
	if err := s.DropRun(t.Context(), check.ID); err != nil {
		t.Fatal(err)
	}
	if checks, err := s.Runs(t.Context(), job, 1, VerifyRun); err != nil || checks[0].ID == check.ID {
		t.Errorf("after it was dropped: %+v, %v", checks, err)
	}
}
