package cloud_test

import (
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func TestSwift(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.Swift(t)
	slowSuite(t, "swift://container", backends.Config{
		Getenv: environment(t, map[string]string{"SWIFT_USERNAME": s.User, "SWIFT_PASSWORD": s.Key, "SWIFT_AUTHURL": s.Auth}),
	})
	login := func(scheme, key string) backends.Config {
		return backends.Config{Getenv: environment(t, map[string]string{scheme + "USERNAME": s.User, scheme + "PASSWORD": key, scheme + "AUTHURL": s.Auth})}
	}
	refused(t, map[string]refusal{
		"wrong password":    {"swift://container", login("SWIFT_", "wrong-password"), backends.ErrAuth, "wrong-password"},
		"missing container": {"swift://nothing-here", login("SWIFT_", s.Key), backends.ErrNotExist, ""},
		"no user":           {"swift://container", login("PCA_", s.Key), backends.ErrConfig, ""},
		"domain id":         {"swift://container", backends.Config{Getenv: environment(t, map[string]string{"SWIFT_USER_DOMAIN_ID": "x"})}, backends.ErrConfig, ""},
	})
	t.Run("Explore", func(t *testing.T) { exploredBuckets(t, "swift://", login("SWIFT_", s.Key), "container") })
	st := mustOpen(t, "cf+http://container/rackspace", backends.Config{Create: true, Getenv: environment(t, map[string]string{
		"CLOUDFILES_USERNAME": s.User, "CLOUDFILES_APIKEY": s.Key, "CLOUDFILES_AUTHURL": s.Auth,
	})})
	defer st.Close()
	if err := st.Put(t.Context(), "x", backends.BytesSource("x")); err != nil {
		t.Error(err)
	}
}
