package cloud_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func TestB2(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.B2(t)
	slowSuite(t, fmt.Sprintf("b2://%s:%s@bucket", s.Account, s.Key), backends.Config{
		Getenv: environment(t, nil), Options: map[string]string{"endpoint": s.URL},
	})
	c := backends.Config{Getenv: environment(t, nil), Options: map[string]string{"endpoint": s.URL}}
	refused(t, map[string]refusal{
		"wrong key":      {fmt.Sprintf("b2://%s:wrong-key@bucket", s.Account), c, backends.ErrAuth, "wrong-key"},
		"no key":         {fmt.Sprintf("b2://%s@bucket", s.Account), c, backends.ErrAuth, ""},
		"missing bucket": {fmt.Sprintf("b2://%s:%s@nothing-here", s.Account, s.Key), c, backends.ErrNotExist, s.Key},
		"no account":     {"b2://bucket", c, backends.ErrConfig, ""},
	})
	t.Run("Explore", func(t *testing.T) { exploredBuckets(t, fmt.Sprintf("b2://%s:%s@", s.Account, s.Key), c, "bucket") })
	t.Run("Versions", func(t *testing.T) { b2Versions(t, s) })
	t.Run("Full", func(t *testing.T) { b2Full(t, s) })
}

// Deleting takes the versions beneath as well, or hides, as duplicity's flag
// has it.
func b2Versions(t *testing.T, s *servers.B2Server) {
	for hide, kept := range map[string]int{"false": 0, "true": 4} {
		st := mustOpen(t, fmt.Sprintf("b2://%s@versions-%s", s.Account, hide), backends.Config{
			Create: true, Getenv: environment(t, map[string]string{"FTP_PASSWORD": s.Key}), Options: map[string]string{"endpoint": s.URL, "b2-hide-files": hide},
		})
		defer st.Close()
		before := s.Versions()
		for _, content := range []string{"one", "two", "three"} {
			if err := st.Put(t.Context(), "x", backends.BytesSource(content)); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.Delete(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		if err := statOf(t, st, "x"); !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("hide=%s: it is still there: %v", hide, err)
		}
		if n := s.Versions() - before; n != kept {
			t.Errorf("hide=%s: %d versions stay, want %d", hide, n, kept)
		}
	}
}

func b2Full(t *testing.T, s *servers.B2Server) {
	st := mustOpen(t, fmt.Sprintf("b2://%s:%s@bucket", s.Account, s.Key), backends.Config{
		Getenv: environment(t, nil), Options: map[string]string{"endpoint": s.URL},
	})
	defer st.Close()
	s.SetFull(true)
	defer s.SetFull(false)
	err := st.Put(t.Context(), "x", backends.BytesSource("x"))
	if !errors.Is(err, backends.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	backendtest.OneClass(t, err)
	if err := st.(backends.Prober).Writable(t.Context()); !errors.Is(err, backends.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
}
