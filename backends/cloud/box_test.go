package cloud_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/cloud"
)

// boxLogin is a login that is valid for as long as the test runs, and
// boxExpired one that has to be renewed, which it can be once.
const boxLogin = `{"access_token":"access-0","token_type":"bearer","expiry":"0001-01-01T00:00:00Z"}`

var boxExpired = strings.Replace(expired, `"refresh"`, `"refresh-0"`, 1)

// boxWith has a login.
func boxWith(t *testing.T, s *servers.BoxServer, login string) backends.Config {
	c := behind(t, s.Impostor, nil)
	c.Options = map[string]string{"token": login}
	return c
}

func TestBox(t *testing.T) {
	t.Parallel()
	s := servers.Box(t)
	slowSuite(t, "box://backup", boxWith(t, s, boxLogin))
	missing := boxWith(t, s, boxLogin)
	missing.Create = false
	stranger := boxWith(t, s, boxLogin)
	stranger.CAFiles = nil
	refused(t, map[string]refusal{
		"missing folder": {"box://nothing/here", missing, backends.ErrNotExist, ""},
		"nobody":         {"box://backup", behind(t, s.Impostor, nil), backends.ErrAuth, ""},
		"wrong token":    {"box://backup", boxWith(t, s, strings.Replace(boxLogin, "access-0", "wrong-token", 1)), backends.ErrAuth, "wrong-token"},
		"revoked":        {"box://backup", boxWith(t, s, strings.Replace(expired, `"refresh"`, `"revoked-one"`, 1)), backends.ErrAuth, "revoked-one"},
		"certificate":    {"box://backup", stranger, backends.ErrCertificate, ""},
	})
	t.Run("Explore", func(t *testing.T) { exploredFolders(t, "box://", boxWith(t, s, boxLogin)) })
	t.Run("Tokens", func(t *testing.T) { boxTokens(t, s) })
	t.Run("Application", func(t *testing.T) { boxApplication(t, s) })
	t.Run("Full", func(t *testing.T) { boxFull(t, s) })
	t.Run("Space", func(t *testing.T) { boxSpace(t, s) })
	t.Run("Parts", func(t *testing.T) { boxParts(t, s) })
}

// boxTokens renews a login: the new one is kept, without which nobody could
// log in again, and found the next time.
func boxTokens(t *testing.T, s *servers.BoxServer) {
	kept := &tokens{kept: map[string]string{cloud.Account("box"): boxExpired}}
	c := behind(t, s.Impostor, nil)
	c.Tokens = kept
	st := mustOpen(t, "box://backup", c)
	if !cloud.Renews(st) {
		t.Error("Close would not find what renews the token")
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	if got := kept.kept[cloud.Account("box")]; !strings.Contains(got, "access-1") || !strings.Contains(got, "refresh-1") {
		t.Errorf("kept %s", got)
	}
	if err := mustOpen(t, "box://backup", c).Close(); err != nil {
		t.Error(err)
	}
	c.Tokens = &tokens{kept: map[string]string{cloud.Account("box"): boxExpired}}
	if _, err := tryOpen(t, "box://backup", c); !errors.Is(err, backends.ErrAuth) {
		t.Errorf("with a token that was used: %v, want ErrAuth", err)
	}
}

// boxApplication logs in with the file of an application; a login of a person
// that is kept is neither used nor lost.
func boxApplication(t *testing.T, s *servers.BoxServer) {
	old, file := s.Application(t), s.Application(t)
	empty := filepath.Join(t.TempDir(), "empty.json")
	if err := os.WriteFile(empty, []byte("null"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := &tokens{kept: map[string]string{cloud.Account("box"): boxExpired}}
	c := behind(t, s.Impostor, nil)
	c.Tokens = kept
	st := mustOpen(t, "box://backup?config="+file, c)
	err := errors.Join(st.Put(t.Context(), "app", backends.BytesSource("x")), st.Close())
	if err != nil {
		t.Error(err)
	}
	if len(kept.kept) != 1 || kept.kept[cloud.Account("box")] != boxExpired {
		t.Errorf("kept %v", kept.kept)
	}
	refused(t, map[string]refusal{
		"unknown application": {"box://backup?config=" + old, c, backends.ErrAuth, ""},
		"empty file":          {"box://backup?config=" + empty, c, backends.ErrConfig, ""},
	})
}

// boxFull stores where the service is asked first, and where it is not since
// the folder is new.
func boxFull(t *testing.T, s *servers.BoxServer) {
	st := mustOpen(t, "box://backup", boxWith(t, s, boxLogin))
	defer st.Close()
	s.SetFull(true)
	defer s.SetFull(false)
	for _, name := range []string{"x", "new/x"} {
		err := st.Put(t.Context(), name, backends.BytesSource("x"))
		if !errors.Is(err, backends.ErrFull) {
			t.Errorf("%s: got %v, want ErrFull", name, err)
		}
		backendtest.OneClass(t, err)
	}
}

func boxSpace(t *testing.T, s *servers.BoxServer) {
	st := mustOpen(t, "box://backup", boxWith(t, s, boxLogin))
	defer st.Close()
	free, total, err := st.(backends.Spacer).Space(t.Context())
	if err != nil || total != 10<<30 || free <= 0 || free >= total {
		t.Errorf("free %d of %d, %v", free, total, err)
	}
}

// tornSource is a source that ends before its end.
type tornSource struct{ whole, size int64 }

func (s tornSource) Size() int64 { return s.size }

func (s tornSource) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeros{}, s.whole)), nil
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// boxParts stores what is too large for one request, and again over it; what
// breaks leaves nothing at the service, and what was there stays.
func boxParts(t *testing.T, s *servers.BoxServer) {
	c := boxWith(t, s, boxLogin)
	c.Options["upload-cutoff"] = "50000000"
	st := mustOpen(t, "box://backup/parts", c)
	defer st.Close()
	const size = 50_000_001
	for _, end := range []string{"first", "second"} {
		content := append(make([]byte, size-len(end)), end...)
		if err := st.Put(t.Context(), "large", backends.BytesSource(content)); err != nil {
			t.Fatalf("%s: %v", end, err)
		}
		err := st.Put(t.Context(), "large", tornSource{whole: size - 1, size: size})
		if !errors.Is(err, backends.ErrSourceSize) {
			t.Errorf("a source that is short: %v", err)
		}
		r, err := st.Get(t.Context(), "large", 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes came back of %d, %v", end, len(got), size, err)
		}
	}
	if begun, left := s.Sessions(); begun != 4 || left != 0 {
		t.Errorf("of %d uploads in parts %d were left", begun, left)
	}
}
