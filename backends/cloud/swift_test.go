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
}
