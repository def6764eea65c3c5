package cloud_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/cloud"
)

// tokens keeps logins in memory.
type tokens struct {
	mu   sync.Mutex
	kept map[string]string // guarded by mu
	err  error             // what Save returns
}

// Load implements backends.Tokens.
func (k *tokens) Load(_ context.Context, account string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept[account], nil
}

// Save implements backends.Tokens.
func (k *tokens) Save(_ context.Context, account, token string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.kept[account] = token
	}
	return k.err
}

const expired = `{"access_token":"old","token_type":"bearer","refresh_token":"refresh","expiry":"2001-01-01T00:00:00Z"}`

func behind(t testing.TB, s *servers.Impostor, env map[string]string) backends.Config {
	all := map[string]string{"HTTPS_PROXY": s.Proxy}
	maps.Copy(all, env)
	return backends.Config{Create: true, Getenv: environment(t, all), CAFiles: []string{s.CA}}
}

func TestDropbox(t *testing.T) {
	t.Parallel()
	s := servers.Dropbox(t)
	slowSuite(t, "dpbx://backup", behind(t, s.Impostor, map[string]string{"DPBX_ACCESS_TOKEN": "access-0"}))
	missing := behind(t, s.Impostor, map[string]string{"DPBX_ACCESS_TOKEN": "access-0"})
	missing.Create = false
	nobody := behind(t, s.Impostor, nil)
	stranger := behind(t, s.Impostor, map[string]string{"DPBX_ACCESS_TOKEN": "access-0"})
	stranger.CAFiles = nil
	revoked := behind(t, s.Impostor, nil)
	revoked.Options = map[string]string{"token": strings.Replace(expired, `"refresh"`, `"revoked"`, 1)}
	refused(t, map[string]refusal{
		"missing folder": {"dpbx://nothing/here", missing, backends.ErrNotExist, ""},
		"nobody":         {"dpbx://backup", nobody, backends.ErrAuth, ""},
		"wrong token":    {"dpbx://backup", behind(t, s.Impostor, map[string]string{"DPBX_ACCESS_TOKEN": "wrong"}), backends.ErrAuth, ""},
		"revoked":        {"dpbx://backup", revoked, backends.ErrAuth, "revoked"},
		"certificate":    {"dpbx://backup", stranger, backends.ErrCertificate, ""},
	})
	t.Run("Explore", func(t *testing.T) {
		exploredFolders(t, "dpbx://", behind(t, s.Impostor, map[string]string{"DPBX_ACCESS_TOKEN": "access-0"}))
	})
	t.Run("Tokens", func(t *testing.T) { dropboxTokens(t, s) })
	t.Run("Full", func(t *testing.T) { dropboxFull(t, s) })
}

// dropboxTokens renews a login: the new one is kept, and found the next time.
func dropboxTokens(t *testing.T, s *servers.DropboxServer) {
	kept := &tokens{kept: map[string]string{cloud.Account("dpbx"): expired}}
	c := behind(t, s.Impostor, nil)
	c.Tokens = kept
	st := mustOpen(t, "dpbx://backup", c)
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	if got := kept.kept[cloud.Account("dpbx")]; !strings.Contains(got, "access-0") || !strings.Contains(got, "refresh") {
		t.Errorf("kept %s", got)
	}
	mustOpen(t, "dpbx://backup", c).Close()
	full := errors.New("the disk is full")
	c.Tokens = &tokens{kept: map[string]string{cloud.Account("dpbx"): expired}, err: full}
	if err := mustOpen(t, "dpbx://backup", c).Close(); !errors.Is(err, full) {
		t.Errorf("a login that was not kept: %v", err)
	}
}

func dropboxFull(t *testing.T, s *servers.DropboxServer) {
	st := mustOpen(t, "dpbx://backup", behind(t, s.Impostor, map[string]string{"DPBX_ACCESS_TOKEN": "access-0"}))
	defer st.Close()
	s.SetFull(true)
	defer s.SetFull(false)
	err := st.Put(t.Context(), "x", backends.BytesSource("x"))
	if !errors.Is(err, backends.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	backendtest.OneClass(t, err)
}
