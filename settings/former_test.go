package settings

import (
	"slices"
	"testing"
)

// Names of folders need not be text, and a job that is removed takes its own
// along.
func TestFormerRoots(t *testing.T) {
	s := open(t, t.TempDir())
	job, other := saveJob(t, s), saveJob(t, s)
	for _, root := range []string{"/home/ada", "/caf\xe9", "/home/ada"} {
		if err := s.AddFormerRoot(t.Context(), job, root); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(job int64, want ...string) {
		t.Helper()
		roots, err := s.FormerRoots(t.Context(), job)
		if slices.Sort(roots); err != nil || !slices.Equal(roots, want) {
			t.Errorf("job %d had %q, %v", job, roots, err)
		}
	}
	holds(job, "/caf\xe9", "/home/ada")
	holds(other)
	if err := s.DeleteJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	holds(job)
	if err := s.AddFormerRoot(t.Context(), job, "/"); err == nil {
		t.Error("a job that is not there had folders")
	}
}
