package settings

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func addCopy(t *testing.T, s *Store, job int64, destination string) Copy {
	t.Helper()
	c := Copy{Job: job, Destination: destination, Options: map[string]string{"timeout": "5"}}
	if err := s.AddCopy(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCopies(t *testing.T) {
	s := open(t, t.TempDir())
	job := saveJob(t, s)
	one, two := addCopy(t, s, job, "file:///media/lake"), addCopy(t, s, job, "sftp://nas/lake")
	two.CopyStanding = CopyStanding{
		Finished: time.Unix(1700000000, 1), Version: time.Unix(1700000001, 2), Tried: time.Unix(1700000002, 3), Outcome: Failed, Sentence: "It is full.", Trouble: FullPlace, Waiting: time.Unix(1700000003, 4),
	}
	if err := s.RecordCopy(t.Context(), two.ID, two.CopyStanding); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Copies(t.Context()); err != nil || !reflect.DeepEqual(got, []Copy{one, two}) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, []Copy{one, two})
	}
	if got, err := s.Copy(t.Context(), two.ID); err != nil || !reflect.DeepEqual(got, two) {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := s.DeleteCopy(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.RecordCopy(t.Context(), one.ID, CopyStanding{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that is removed is recorded: %v", err)
	}
	if err := s.DeleteJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Copy(t.Context(), two.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the copy outlives its job: %v", err)
	}
	if err := s.AddCopy(t.Context(), &Copy{Job: 99}); err == nil {
		t.Error("a job that is not there has a copy")
	}
}

// At another address nothing is known of a copy but that versions were removed;
// at its own it stays as it was.
func TestMoveCopy(t *testing.T) {
	s := open(t, t.TempDir())
	c := addCopy(t, s, saveJob(t, s), "sftp://nas/lake")
	stood := CopyStanding{Finished: time.Unix(1700000000, 1), Version: time.Unix(1700000001, 2), Tried: time.Unix(1700000002, 3), Outcome: Failed, Sentence: "It is full.", Trouble: FullPlace}
	if err := s.RecordCopy(t.Context(), c.ID, stood); err != nil {
		t.Fatal(err)
	}
	if err := s.ShrinkCopies(t.Context(), "file:///d"); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		destination string
		want        CopyStanding
	}{
		{"sftp://nas/lake", stood},
		{"sftp://nas/pond", CopyStanding{}},
	} {
		before, err := s.Copy(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		options := map[string]string{"port": "22"}
		if err := s.MoveCopy(t.Context(), c.ID, row.destination, options); err != nil {
			t.Fatal(err)
		}
		row.want.Shrunk = before.Shrunk
		if got, err := s.Copy(t.Context(), c.ID); err != nil || got.Destination != row.destination || !reflect.DeepEqual(got.Options, options) || got.CopyStanding != row.want {
			t.Errorf("%s: got %+v, %v", row.destination, got, err)
		}
	}
	if err := s.MoveCopy(t.Context(), 99, "sftp://nas/pond", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

// That versions were removed is known until a copy has followed, also when that
// comes while another one ends.
func TestShrunkCopies(t *testing.T) {
	s := open(t, t.TempDir())
	j := Job{Name: "x", Destination: "file:///d", Encryption: None}
	if err := s.SaveJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	c, other := addCopy(t, s, j.ID, "file:///c"), addCopy(t, s, saveJob(t, s), "file:///o")
	shrunk := func(id int64) bool {
		got, err := s.Copy(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return got.Shrunk
	}
	if err := s.ShrinkCopies(t.Context(), "file:///d"); err != nil || !shrunk(c.ID) || shrunk(other.ID) {
		t.Errorf("shrunk are %v and %v, %v", shrunk(c.ID), shrunk(other.ID), err)
	}
	record := func(still bool) {
		if err := s.RecordCopy(t.Context(), c.ID, CopyStanding{Shrunk: still}); err != nil {
			t.Fatal(err)
		}
	}
	if record(true); !shrunk(c.ID) {
		t.Error("a copy that failed has followed")
	}
	if record(false); shrunk(c.ID) {
		t.Error("it is shrunk although it has followed")
	}
	record(true)
	if shrunk(c.ID) {
		t.Error("recording a copy says that versions were removed")
	}
}

// What was changed at a destination makes its copies follow, but none that waits
// for a person.
func TestOutdatedCopies(t *testing.T) {
	s := open(t, t.TempDir())
	j := Job{Name: "x", Destination: "file:///d", Encryption: None}
	if err := s.SaveJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	other := addCopy(t, s, saveJob(t, s), "file:///o")
	if err := s.RecordCopy(t.Context(), other.ID, CopyStanding{Outcome: Fine}); err != nil {
		t.Fatal(err)
	}
	c := addCopy(t, s, j.ID, "file:///c")
	for was, want := range map[Outcome]Outcome{
		Fine: Interrupted, Warnings: Interrupted, Interrupted: Interrupted, Cancelled: Cancelled, Failed: Failed, Emptied: Emptied, Doubted: Doubted, "": "",
	} {
		if err := s.RecordCopy(t.Context(), c.ID, CopyStanding{Outcome: was}); err != nil {
			t.Fatal(err)
		}
		if err := s.OutdateCopies(t.Context(), "file:///d"); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Copy(t.Context(), c.ID); err != nil || got.Outcome != want {
			t.Errorf("%q became %q, %v", was, got.Outcome, err)
		}
	}
	if got, err := s.Copy(t.Context(), other.ID); err != nil || got.Outcome != Fine {
		t.Errorf("that of another destination: %+v, %v", got, err)
	}
}

func TestRunsThatCopy(t *testing.T) {
	s := open(t, t.TempDir())
	job := saveJob(t, s)
	c := addCopy(t, s, job, "sftp://nas/lake")
	r, err := s.BeginCopy(t.Context(), &c)
	if err != nil {
		t.Fatal(err)
	}
	r.Outcome = Fine
	if err := s.EndRun(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Runs(t.Context(), job, 9, CopyRun); err != nil || len(got) != 1 || got[0].Destination != c.Destination || got[0].Kind != CopyRun {
		t.Errorf("got %+v, %v", got, err)
	}
}
