package cloud_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func koofrWith(t *testing.T, s *servers.KoofrServer, password string) backends.Config {
	c := behind(t, s.Impostor, map[string]string{"BACKEND_PASSWORD": password})
	c.Options = map[string]string{"user": servers.KoofrUser}
	return c
}

func TestKoofr(t *testing.T) {
	t.Parallel()
	s := servers.Koofr(t)
	suite(t, "koofr://backup", koofrWith(t, s, servers.KoofrPassword))
	missing := koofrWith(t, s, servers.KoofrPassword)
	missing.Create = false
	stranger := koofrWith(t, s, servers.KoofrPassword)
	stranger.CAFiles = nil
	refused(t, map[string]refusal{
		"missing folder": {"koofr://nothing/here", missing, backends.ErrNotExist, ""},
		"nobody":         {"koofr://backup", koofrWith(t, s, ""), backends.ErrAuth, ""},
		"wrong password": {"koofr://backup", koofrWith(t, s, "wrong-password"), backends.ErrAuth, "wrong-password"},
		"certificate":    {"koofr://backup", stranger, backends.ErrCertificate, ""},
	})
	t.Run("Explore", func(t *testing.T) { exploredFolders(t, "koofr://", koofrWith(t, s, servers.KoofrPassword)) })
	t.Run("Asked", func(t *testing.T) { koofrAsked(t, s) })
	t.Run("OneOfOnesOwn", func(t *testing.T) { koofrElsewhere(t, s) })
	t.Run("Space", func(t *testing.T) { koofrSpace(t, s) })
	t.Run("Full", func(t *testing.T) { koofrFull(t, s) })
	t.Run("Busy", func(t *testing.T) { busy(t, "koofr://backup", koofrWith(t, s, servers.KoofrPassword), s.SetStatus) })
}

// koofrAsked asks a second time for a password that was wrong.
func koofrAsked(t *testing.T, s *servers.KoofrServer) {
	c := koofrWith(t, s, "")
	asked := 0
	c.Secret = func(_ context.Context, r backends.SecretRequest) (string, error) {
		if asked++; r.Again != (asked > 1) {
			t.Errorf("question %d is %+v", asked, r)
		}
		if asked == 1 {
			return "wrong-password", nil
		}
		return servers.KoofrPassword, nil
	}
	if err := mustOpen(t, "koofr://backup", c).Close(); err != nil || asked != 2 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

// koofrElsewhere goes to a server that somebody else runs.
func koofrElsewhere(t *testing.T, s *servers.KoofrServer) {
	c := koofrWith(t, s, servers.KoofrPassword)
	c.Options["provider"], c.Options["endpoint"] = "other", "https://koofr.example.org"
	st := mustOpen(t, "koofr://elsewhere", c)
	if err := errors.Join(st.Put(t.Context(), "x", backends.BytesSource("x")), st.Close()); err != nil {
		t.Error(err)
	}
	if s.Asked("koofr.example.org") == 0 {
		t.Error("nobody asked that server")
	}
}

func koofrSpace(t *testing.T, s *servers.KoofrServer) {
	st := mustOpen(t, "koofr://backup", koofrWith(t, s, servers.KoofrPassword))
	defer st.Close()
	free, total, err := st.(backends.Spacer).Space(t.Context())
	if err != nil || total != 10<<30 || free <= 0 || free >= total {
		t.Errorf("free %d of %d, %v", free, total, err)
	}
}

func koofrFull(t *testing.T, s *servers.KoofrServer) {
	st := mustOpen(t, "koofr://backup", koofrWith(t, s, servers.KoofrPassword))
	defer st.Close()
	s.SetFull(true)
	defer s.SetFull(false)
	err := st.Put(t.Context(), "x", backends.BytesSource("x"))
	if !errors.Is(err, backends.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	if strings.Contains(err.Error(), "headers") || !strings.Contains(err.Error(), "QuotaExceeded") {
		t.Errorf("it says %q", err)
	}
	backendtest.OneClass(t, err)
}
