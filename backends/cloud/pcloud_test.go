package cloud_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// lasting is a login that does not end by itself.
const lasting = `{"access_token":"access-0","token_type":"bearer","expiry":"0001-01-01T00:00:00Z"}`

func pcloudWith(t *testing.T, s *servers.PCloudServer, login string) backends.Config {
	c := behind(t, s.Impostor, nil)
	c.Options = map[string]string{"token": login}
	return c
}

func TestPCloud(t *testing.T) {
	t.Parallel()
	s := servers.PCloud(t)
	pacedSuite(t, "pcloud://backup", pcloudWith(t, s, lasting))
	missing := pcloudWith(t, s, lasting)
	missing.Create = false
	stranger := pcloudWith(t, s, lasting)
	stranger.CAFiles = nil
	refused(t, map[string]refusal{
		"missing folder": {"pcloud://nothing/here", missing, backends.ErrNotExist, ""},
		"nobody":         {"pcloud://backup", behind(t, s.Impostor, nil), backends.ErrAuth, ""},
		"wrong token":    {"pcloud://backup", pcloudWith(t, s, strings.Replace(lasting, "access-0", "wrong-token", 1)), backends.ErrAuth, "wrong-token"},
		"certificate":    {"pcloud://backup", stranger, backends.ErrCertificate, ""},
	})
	t.Run("Explore", func(t *testing.T) { exploredFolders(t, "pcloud://", pcloudWith(t, s, lasting)) })
	t.Run("Region", func(t *testing.T) { pcloudRegion(t, s) })
	t.Run("Top", func(t *testing.T) { pcloudTop(t, s) })
	t.Run("Full", func(t *testing.T) { pcloudFull(t, s) })
	t.Run("Busy", func(t *testing.T) { busy(t, "pcloud://backup", pcloudWith(t, s, lasting), s.SetStatus) })
	t.Run("Ends", func(t *testing.T) { pcloudEnds(t, s) })
}

// pcloudRegion stores in Europe, where sums are others.
func pcloudRegion(t *testing.T, s *servers.PCloudServer) {
	c := pcloudWith(t, s, lasting)
	c.Options["hostname"] = "eapi.pcloud.com"
	st := mustOpen(t, "pcloud://europe", c)
	defer st.Close()
	if err := st.Put(t.Context(), "x", backends.BytesSource("x")); err != nil {
		t.Fatal(err)
	}
	kind, sum, err := st.(backends.Hasher).Hash(t.Context(), "x")
	if err != nil || kind != "sha1" || len(sum) != 20 {
		t.Errorf("the sum is %s %x, %v", kind, sum, err)
	}
	free, total, err := st.(backends.Spacer).Space(t.Context())
	if err != nil || total != 10<<30 || free <= 0 || free >= total {
		t.Errorf("free %d of %d, %v", free, total, err)
	}
}

// pcloudTop lists all that there is, from the topmost folder.
func pcloudTop(t *testing.T, s *servers.PCloudServer) {
	st := mustOpen(t, "pcloud://", pcloudWith(t, s, lasting))
	defer st.Close()
	found := false
	for o, err := range st.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		found = found || o.Name == "europe/x"
	}
	if !found {
		t.Error("what is in a folder was not found")
	}
}

// pcloudFull leaves nothing of what found no room.
func pcloudFull(t *testing.T, s *servers.PCloudServer) {
	st := mustOpen(t, "pcloud://backup", pcloudWith(t, s, lasting))
	defer st.Close()
	s.SetFull(true)
	defer s.SetFull(false)
	err := st.Put(t.Context(), "no-room", backends.BytesSource("xx"))
	if !errors.Is(err, backends.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	backendtest.OneClass(t, err)
	if n := s.Items("varve-put"); n != 0 {
		t.Errorf("%d files were left", n)
	}
}

// busy asks a service that is overloaded.
func busy(t *testing.T, address string, c backends.Config, set func(int)) {
	st := mustOpen(t, address, c)
	defer st.Close()
	defer set(0)
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		set(status)
		_, err := st.Stat(t.Context(), "x")
		if !errors.Is(err, backends.ErrTemporary) || backends.IsPermanent(err) {
			t.Errorf("%d: %v, want ErrTemporary", status, err)
		}
		backendtest.OneClass(t, err)
	}
}

// pcloudEnds takes the login back while a destination is open.
func pcloudEnds(t *testing.T, s *servers.PCloudServer) {
	st := mustOpen(t, "pcloud://backup", pcloudWith(t, s, lasting))
	defer st.Close()
	s.Expire()
	_, err := st.Stat(t.Context(), "x")
	if !errors.Is(err, backends.ErrAuth) {
		t.Errorf("got %v, want ErrAuth", err)
	}
	backendtest.OneClass(t, err)
}
