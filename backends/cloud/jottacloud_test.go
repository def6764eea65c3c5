package cloud_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/cloud"
)

func jottacloudWith(t *testing.T, s *servers.JottacloudServer, login string) backends.Config {
	c := behind(t, s.Impostor, nil)
	c.Options = map[string]string{"token": login}
	return c
}

func TestJottacloud(t *testing.T) {
	t.Parallel()
	s := servers.Jottacloud(t)
	pacedSuite(t, "jottacloud://backup", jottacloudWith(t, s, lasting))
	missing := jottacloudWith(t, s, lasting)
	missing.Create = false
	stranger := jottacloudWith(t, s, lasting)
	stranger.CAFiles = nil
	refused(t, map[string]refusal{
		"missing folder": {"jottacloud://nothing/here", missing, backends.ErrNotExist, ""},
		"nobody":         {"jottacloud://backup", behind(t, s.Impostor, nil), backends.ErrAuth, ""},
		"wrong token":    {"jottacloud://backup", jottacloudWith(t, s, strings.Replace(lasting, "access-0", "wrong-token", 1)), backends.ErrAuth, "wrong-token"},
		"revoked":        {"jottacloud://backup", jottacloudWith(t, s, strings.Replace(expired, `"refresh"`, `"revoked-one"`, 1)), backends.ErrAuth, "revoked-one"},
		"certificate":    {"jottacloud://backup", stranger, backends.ErrCertificate, ""},
	})
	t.Run("Explore", func(t *testing.T) { exploredFolders(t, "jottacloud://", jottacloudWith(t, s, lasting)) })
	t.Run("Tokens", func(t *testing.T) { jottacloudTokens(t, s) })
	t.Run("Space", func(t *testing.T) { jottacloudSpace(t, s) })
	t.Run("Resumed", func(t *testing.T) { jottacloudResumed(t, s) })
	t.Run("Trash", func(t *testing.T) { jottacloudTrash(t, s) })
	t.Run("Full", func(t *testing.T) { jottacloudFull(t, s) })
	t.Run("Busy", func(t *testing.T) { busy(t, "jottacloud://backup", jottacloudWith(t, s, lasting), s.SetStatus) })
}

// jottacloudTokens renews a login: the new one is kept, without which nobody
// could log in again, and found the next time.
func jottacloudTokens(t *testing.T, s *servers.JottacloudServer) {
	account := cloud.Account("jottacloud")
	kept := &tokens{kept: map[string]string{account: boxExpired}}
	c := behind(t, s.Impostor, nil)
	c.Tokens = kept
	st := mustOpen(t, "jottacloud://backup", c)
	if !cloud.Renews(st) {
		t.Error("Close would not find what renews the token")
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	if got := kept.kept[account]; !strings.Contains(got, "access-1") || !strings.Contains(got, "refresh-1") {
		t.Errorf("kept %s", got)
	}
	if err := mustOpen(t, "jottacloud://backup", c).Close(); err != nil {
		t.Error(err)
	}
	c.Tokens = &tokens{kept: map[string]string{account: boxExpired}}
	if _, err := tryOpen(t, "jottacloud://backup", c); !errors.Is(err, backends.ErrAuth) {
		t.Errorf("with a token that was used: %v, want ErrAuth", err)
	}
}

func jottacloudSpace(t *testing.T, s *servers.JottacloudServer) {
	st := mustOpen(t, "jottacloud://backup", jottacloudWith(t, s, lasting))
	defer st.Close()
	free, total, err := st.(backends.Spacer).Space(t.Context())
	if err != nil || total != 10<<30 || free <= 0 || free >= total {
		t.Errorf("free %d of %d, %v", free, total, err)
	}
}

// jottacloudResumed breaks an upload: the next attempt sends the rest, and
// until then nothing is there.
func jottacloudResumed(t *testing.T, s *servers.JottacloudServer) {
	st := mustOpen(t, "jottacloud://backup/resumed", jottacloudWith(t, s, lasting))
	defer st.Close()
	content := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	s.CutNext()
	err := st.Put(t.Context(), "x", backends.BytesSource(content))
	if !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %v, want ErrTemporary", err)
	}
	backendtest.OneClass(t, err)
	if _, err := st.Stat(t.Context(), "x"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("Stat: %v, want ErrNotExist", err)
	}
	if err := st.Put(t.Context(), "x", backends.BytesSource(content)); err != nil {
		t.Fatal(err)
	}
	r, err := st.Get(t.Context(), "x", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back of %d, %v", len(got), len(content), err)
	}
	if n := s.Resumed(); n != 1 {
		t.Errorf("%d uploads were resumed", n)
	}
}

// jottacloudTrash deletes into the trash: what is there is not listed, and can
// be stored again.
func jottacloudTrash(t *testing.T, s *servers.JottacloudServer) {
	c := jottacloudWith(t, s, lasting)
	c.Options["hard-delete"] = "false"
	st := mustOpen(t, "jottacloud://backup/trash", c)
	defer st.Close()
	for range 2 {
		if err := errors.Join(st.Put(t.Context(), "x", backends.BytesSource("x")), st.Delete(t.Context(), "x"), st.Delete(t.Context(), "x")); err != nil {
			t.Fatal(err)
		}
		if _, err := st.Stat(t.Context(), "x"); !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("Stat: %v, want ErrNotExist", err)
		}
		for o, err := range st.List(t.Context(), "") {
			t.Errorf("%v is listed, %v", o, err)
		}
	}
}

func jottacloudFull(t *testing.T, s *servers.JottacloudServer) {
	st := mustOpen(t, "jottacloud://backup", jottacloudWith(t, s, lasting))
	defer st.Close()
	s.SetFull(true)
	defer s.SetFull(false)
	err := st.Put(t.Context(), "no-room", backends.BytesSource("no room"))
	if !errors.Is(err, backends.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	backendtest.OneClass(t, err)
}
