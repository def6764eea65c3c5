package settings

import (
	"errors"
	"testing"
	"time"
)

// A job that goes on elsewhere keeps what the person chose and the damage that is
// known. What was learnt of the place before goes, of this job alone.
func TestRelocateForgetsThePlaceBefore(t *testing.T) {
	s := open(t, t.TempDir())
	job, other := saveJob(t, s), saveJob(t, s)
	begin := time.Unix(1_700_000_000, 0)
	for _, id := range []int64{job, other} {
		addCopy(t, s, id, "file:///media/pond")
		addCopy(t, s, id, "sftp://nas/lake")
		c := Checking{EveryDays: 7, Minutes: 10, Proved: begin, Read: 5, Of: 9, Found: Lost, Sentence: "It is damaged."}
		d := Drill{Tried: begin, Proved: begin, Files: 20, Failed: 1}
		err := errors.Join(s.AddSize(t.Context(), id, Size{begin, 9, 1}), s.SetLack(t.Context(), id, 4), s.Checked(t.Context(), id, &c), s.Drilled(t.Context(), id, &d))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Relocate(t.Context(), job, "file:///media/pond", map[string]string{"timeout": "9"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	for id, gone := range map[int64]bool{job: true, other: false} {
		j, err1 := s.Job(t.Context(), id)
		sizes, err2 := s.Sizes(t.Context(), id, time.Time{})
		lack, err3 := s.Lack(t.Context(), id)
		c, err4 := s.Checking(t.Context(), id)
		d, err5 := s.Drill(t.Context(), id)
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
			t.Fatal(err)
		}
		if (j.Destination == "file:///media/pond" && j.Options["timeout"] == "9") != gone {
			t.Errorf("job %d is at %s with %v", id, j.Destination, j.Options)
		}
		if (len(sizes) == 0) != gone || (lack == 0) != gone || (c.Proved.IsZero() && c.Read == 0) != gone || (d.Proved.IsZero() && d.Tried.IsZero()) != gone {
			t.Errorf("job %d: %v, %d, %+v, %+v", id, sizes, lack, c, d)
		}
		if c.Found != Lost || c.EveryDays != 7 || d.Failed != 1 {
			t.Errorf("job %d: what is not of the place changed: %+v, %+v", id, c, d)
		}
	}
	copies, err := s.Copies(t.Context())
	if err != nil || len(copies) != 3 || copies[0].Job != job || copies[0].Destination != "sftp://nas/lake" {
		t.Errorf("copies are %+v, %v", copies, err)
	}
	if err := s.Relocate(t.Context(), 99, "file:///media/pond", nil, time.Time{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a job that is not there: %v", err)
	}
}

// Where the newest versions are not at the new place, their runs stay in the
// history and have made none.
func TestRelocateForgetsVersionsThatAreNotThere(t *testing.T) {
	s := open(t, t.TempDir())
	job, other := saveJob(t, s), saveJob(t, s)
	begin := time.Unix(1_700_000_000, 0)
	for _, id := range []int64{job, other} {
		for day := range 3 {
			r, err := s.BeginRun(t.Context(), id, BackupRun)
			if err != nil {
				t.Fatal(err)
			}
			r.Outcome, r.Version = Fine, begin.AddDate(0, 0, day)
			if err := s.EndRun(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Relocate(t.Context(), job, "file:///media/pond", nil, begin.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[int64]int{job: 2, other: 3} {
		runs, err := s.Runs(t.Context(), id, 9, BackupRun)
		made := 0
		for _, r := range runs {
			if !r.Version.IsZero() {
				made++
			}
		}
		if err != nil || len(runs) != 3 || made != want {
			t.Errorf("job %d has %d versions in %d runs, want %d, %v", id, made, len(runs), want, err)
		}
	}
}
