package cloud_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/cloud"
)

// TestOneDrive begins with what duplicity knows: a token to be renewed, and no
// drive.
func TestOneDrive(t *testing.T) {
	t.Parallel()
	s := servers.OneDrive(t)
	login := map[string]string{"OAUTH2_CLIENT_ID": "my-app", "OAUTH2_REFRESH_TOKEN": "refresh"}
	slowSuite(t, "onedrive://backup", behind(t, s.Impostor, login))
	missing := behind(t, s.Impostor, login)
	missing.Create = false
	refused(t, map[string]refusal{
		"missing folder": {"onedrive://nothing", missing, backends.ErrNotExist, ""},
		"revoked":        {"onedrive://backup", behind(t, s.Impostor, map[string]string{"OAUTH2_REFRESH_TOKEN": "revoked-one"}), backends.ErrAuth, "revoked-one"},
	})
	t.Run("Explore", func(t *testing.T) { exploredFolders(t, "onedrive://", behind(t, s.Impostor, login)) })
	t.Run("Tokens", func(t *testing.T) {
		kept := &tokens{kept: map[string]string{}}
		c := behind(t, s.Impostor, login)
		c.Tokens = kept
		st := mustOpen(t, "onedrive://backup", c)
		defer st.Close()
		if got := kept.kept[cloud.Account("onedrive")]; !strings.Contains(got, "access-0") {
			t.Errorf("kept %s", got)
		}
		s.SetFull(true)
		defer s.SetFull(false)
		err := st.Put(t.Context(), "x", backends.BytesSource("x"))
		if !errors.Is(err, backends.ErrFull) {
			t.Errorf("got %v, want ErrFull", err)
		}
		backendtest.OneClass(t, err)
	})
}
